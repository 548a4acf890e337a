internal import TaskModel

/// A value of a statement, in PostgreSQL's binary format: nothing to quote, and no setting of the server's changes it.
struct Parameter {
    /// PostgreSQL's number for a type, and for arrays of it.
    enum Kind: UInt32 {
        case flag = 16
        case bytes = 17
        case number = 20
        case text = 25
        case bytesArray = 1001
        case numberArray = 1016
        case textArray = 1009
    }

    let kind: Kind
    /// Nil is NULL.
    let value: [UInt8]?

    private init(_ kind: Kind, _ value: [UInt8]?) {
        self.kind = kind
        self.value = value
    }

    static func flag(_ value: Bool?) -> Parameter { Parameter(.flag, value.map { [$0 ? 1 : 0] }) }
    static func bytes(_ value: [UInt8]?) -> Parameter { Parameter(.bytes, value) }
    static func number(_ value: Int64?) -> Parameter { Parameter(.number, value?.bigEndianBytes) }
    static func number(_ value: Int) -> Parameter { number(Int64(value)) }
    static func time(_ value: Timestamp?) -> Parameter { number(value?.millisecondsSinceEpoch) }
    static func text(_ value: String?) -> Parameter { Parameter(.text, value.map { Array($0.utf8) }) }
    static func task(_ value: TaskID?) -> Parameter { text(value?.description) }
    /// A client's name; one that is nil is the empty text.
    static func client(_ value: String?) -> Parameter { text(value ?? "") }

    /// What somebody wrote: PostgreSQL keeps all characters in texts but NUL.
    static func words(_ value: String?) -> Parameter { text(value?.replacing("\0", with: "\u{FFFD}")) }

    static func texts(_ values: [String?]) -> Parameter {
        array(.textArray, of: .text, values.map { $0.map { Array($0.utf8) } })
    }

    static func tasks(_ values: [TaskID]) -> Parameter { texts(values.map(\.description)) }
    static func numbers(_ values: [Int64?]) -> Parameter {
        array(.numberArray, of: .number, values.map { $0?.bigEndianBytes })
    }

    static func bytesOfEach(_ values: [[UInt8]?]) -> Parameter { array(.bytesArray, of: .bytes, values) }

    /// An array of one dimension: number of dimensions, whether there are NULLs, type, length, first index, elements.
    private static func array(_ kind: Kind, of element: Kind, _ values: [[UInt8]?]) -> Parameter {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: values.isEmpty ? 0 : 1)
        bytes.append(bigEndian: values.contains(nil) ? 1 : 0)
        bytes.append(bigEndian: Int32(element.rawValue))
        if !values.isEmpty {
            bytes.append(bigEndian: Int32(values.count))
            bytes.append(bigEndian: 1)
        }
        for value in values {
            bytes.append(bigEndian: value.map { Int32($0.count) } ?? -1)
            bytes += value ?? []
        }
        return Parameter(kind, bytes)
    }
}

extension Int64 {
    fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: Int32) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}

/// One value in a document. It keeps the document alive.
package struct JSONElement: Sendable {
    package enum Kind: String, Sendable {
        case null
        case bool = "true or false"
        case number
        case string
        case array
        case object
    }

    let document: JSONDocument
    let index: Int

    private var node: JSONNode { document.nodes[index] }

    package var kind: Kind {
        switch node.kind {
        case .null: .null
        case .true, .false: .bool
        case .number: .number
        case .string, .escapedString: .string
        case .array: .array
        case .object: .object
        }
    }

    package var isNull: Bool { node.kind == .null }

    /// Nil unless the value is `true` or `false`.
    package var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Nil unless the value is a string.
    package var string: String? {
        let node = node
        guard node.isString else { return nil }
        return JSONText.decode(
            document.bytes[Int(node.start)..<Int(node.end)],
            isEscaped: node.kind == .escapedString
        )
    }

    /// The number as it is written; nil unless the value is a number.
    package var digits: String? {
        guard node.kind == .number else { return nil }
        return String(decoding: document.bytes[range], as: UTF8.self)
    }

    /// Nil unless the value is a number that a `Double` can hold.
    package var double: Double? {
        digits.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Nil unless the value is a whole number that an `Int` can hold, written without fraction or exponent.
    package var integer: Int? {
        digits.flatMap { Int($0) }
    }

    /// Where the value stands in the document's bytes; for a string without its quotation marks.
    private var range: Range<Int> { Int(node.start)..<Int(node.end) }

    /// Where the value stands in the document's bytes, a string with its quotation marks.
    package var sourceRange: Range<Int> {
        node.isString ? range.lowerBound - 1..<range.upperBound + 1 : range
    }

    /// The bytes of the whole document that the value is in.
    package var sourceBytes: [UInt8] { document.bytes }

    /// The elements of an array; empty for anything else.
    package var elements: [JSONElement] {
        guard node.kind == .array else { return [] }
        var elements: [JSONElement] = []
        var index = index + 1
        while index < Int(node.next) {
            elements.append(JSONElement(document: document, index: index))
            index = Int(document.nodes[index].next)
        }
        return elements
    }

    /// The members of an object in their order; empty for anything else.
    package var members: [(key: String, value: JSONElement)] {
        guard node.kind == .object else { return [] }
        var members: [(key: String, value: JSONElement)] = []
        var index = index + 1
        while index < Int(node.next) {
            let key = JSONElement(document: document, index: index).string ?? ""
            members.append((key, JSONElement(document: document, index: index + 1)))
            index = Int(document.nodes[index + 1].next)
        }
        return members
    }

    /// The member of an object with this key.
    package subscript(key: String) -> JSONElement? { member(named: Array(key.utf8)) }

    /// The member of an object whose key has these bytes.
    func member(named key: [UInt8]) -> JSONElement? {
        let node = node
        guard node.kind == .object else { return nil }
        var index = index + 1
        while index < Int(node.next) {
            if hasText(document.nodes[index], key) { return JSONElement(document: document, index: index + 1) }
            index = Int(document.nodes[index + 1].next)
        }
        return nil
    }

    private func hasText(_ node: JSONNode, _ text: [UInt8]) -> Bool {
        let range = Int(node.start)..<Int(node.end)
        guard node.kind == .string else {
            return JSONText.decode(document.bytes[range], isEscaped: true).utf8.elementsEqual(text)
        }
        guard range.count == text.count else { return false }
        for offset in 0..<text.count where document.bytes[range.lowerBound + offset] != text[offset] { return false }
        return true
    }
}

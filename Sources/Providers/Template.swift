internal import JSON
internal import TaskModel

/// What fills a hole.
enum HoleSource: Sendable, Hashable {
    /// A part of the task's id, by its position.
    case part(Int)
    /// A variable that the configuration gives; replaced by its value when a provider is made.
    case variable(String)
    /// Why the caller cancels.
    case reason
    /// The title that the caller gives.
    case title
    /// A value in the status answer that was read first.
    case status(JSONPointer)
}

/// A text with holes: a path, a query, a header.
struct TextTemplate: Sendable {
    enum Place: Sendable {
        /// One segment of a path.
        case segment
        /// A part of a path that keeps its slashes.
        case path
        case query
        case header
    }

    enum Piece: Sendable {
        case text(String)
        case hole(HoleSource, Place)
    }

    var pieces: [Piece]

    var sources: [HoleSource] {
        pieces.compactMap { piece in
            guard case .hole(let source, _) = piece else { return nil }
            return source
        }
    }

    /// The same template with its variables filled.
    func filled(with variables: [String: String]) throws(HoleError) -> TextTemplate {
        var filled: [Piece] = []
        for piece in pieces {
            if case .hole(.variable(let name), let place) = piece {
                filled.append(.text(try Self.encode(variables[name] ?? "", of: .variable(name), place)))
            } else {
                filled.append(piece)
            }
        }
        return TextTemplate(pieces: filled)
    }

    /// A value as it can stand in a hole.
    fileprivate static func encode(
        _ value: String,
        of source: HoleSource,
        _ place: Place
    ) throws(HoleError) -> String {
        switch place {
        case .segment:
            if value.utf8.count <= 2, value == "." || value == ".." { throw .unfit(value, source) }
            return value.percentEncoded(keeping: false)
        case .path:
            let segments = value.split(separator: "/", omittingEmptySubsequences: false)
            guard !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
                throw .unfit(value, source)
            }
            return value.percentEncoded(keeping: true)
        case .query:
            return value.percentEncoded(keeping: false)
        case .header:
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { throw .unfit(value, source) }
            return value
        }
    }
}

/// A template whose variables are filled, ready for the values that come with each call.
struct PreparedTemplate: Sendable {
    private struct Hole: Sendable {
        let source: HoleSource
        let place: TextTemplate.Place
    }

    /// What stands before each hole, and behind the last.
    private var literals = [""]
    private var holes: [Hole] = []

    init(_ template: TextTemplate) {
        for piece in template.pieces {
            switch piece {
            case .text(let literal): literals[holes.count] += literal
            case .hole(let source, let place):
                holes.append(Hole(source: source, place: place))
                literals.append("")
            }
        }
    }

    func render(_ value: (HoleSource) -> String?) throws(HoleError) -> String {
        // Nearly every template has one hole, and its text is made in one piece.
        if holes.count == 1 { return String(literals[0], try filling(0, value), literals[1]) }
        var text = literals[0]
        for index in holes.indices { text += try filling(index, value) + literals[index + 1] }
        return text
    }

    private func filling(_ index: Int, _ value: (HoleSource) -> String?) throws(HoleError) -> String {
        let source = holes[index].source
        guard let value = value(source), !value.isEmpty else { throw .empty(source) }
        return try TextTemplate.encode(value, of: source, holes[index].place)
    }
}

extension String {
    /// Three texts as one.
    fileprivate init(_ first: String, _ second: String, _ third: String) {
        let count = first.utf8.count + second.utf8.count + third.utf8.count
        self.init(unsafeUninitializedCapacity: count) { buffer in
            var rest = buffer[...]
            func append(_ text: String) {
                rest = rest[text.withBytes { rest.initialize(fromContentsOf: $0) }...]
            }
            append(first)
            append(second)
            append(third)
            return count
        }
    }
}

/// Why a request cannot be made.
enum HoleError: Error, Sendable {
    case empty(HoleSource)
    /// A value that cannot stand where its hole is.
    case unfit(String, HoleSource)
}

/// A JSON value with holes, written around them once.
struct BodyTemplate: Sendable {
    enum Piece: Sendable {
        case bytes([UInt8])
        case string(HoleSource)
        /// Digits, written as a number.
        case integer(HoleSource)
    }

    var pieces: [Piece]

    var sources: [HoleSource] {
        pieces.compactMap { piece in
            switch piece {
            case .bytes: nil
            case .string(let source), .integer(let source): source
            }
        }
    }

    func render(_ value: (HoleSource) -> String?) throws(HoleError) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .bytes(let literal): bytes += literal
            case .string(let source):
                var writer = JSONWriter(capacity: 64)
                writer.string(try filling(source, value))
                bytes += writer.bytes
            case .integer(let source):
                let digits = try filling(source, value)
                guard Self.isInteger(digits) else { throw .unfit(digits, source) }
                bytes += digits.utf8
            }
        }
        return bytes
    }

    private func filling(_ source: HoleSource, _ value: (HoleSource) -> String?) throws(HoleError) -> String {
        guard let value = value(source), !value.isEmpty else { throw .empty(source) }
        return value
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            return false
        }
        return first != UInt8(ascii: "0") || digits.utf8.count == 1
    }
}

extension String {
    /// Every byte but RFC 3986's unreserved characters as `%XX`.
    var percentEncoded: String { percentEncoded(keeping: false) }

    /// The same; `keeping` leaves slashes as they are.
    fileprivate func percentEncoded(keeping slashes: Bool) -> String {
        let kept = slashes ? CharacterSet.unreservedAndSlash : CharacterSet.unreserved
        let isPlain = withBytes { bytes in
            var position = 0
            return kept.run(in: bytes, at: &position, most: bytes.count) == bytes.count
        }
        if isPlain { return self }
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in utf8 {
            if kept.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

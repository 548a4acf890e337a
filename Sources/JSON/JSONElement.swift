/// One value in a document.
///
/// It keeps the document alive.
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
        guard node.kind == .string else { return JSONText.decode(document.bytes[range], isEscaped: true) }
        return document.bytes.withUnsafeBufferPointer { bytes in
            String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
    }

    /// The number as it is written; nil unless the value is a number.
    package var digits: String? {
        guard node.kind == .number else { return nil }
        return String(decoding: document.bytes[range], as: UTF8.self)
    }

    /// Nil unless the value is a number that a `Double` can hold.
    package var double: Double? {
        smallInteger.map { Double($0) } ?? digits.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A number of at most fifteen digits and nothing else, as most are: a `Double` holds every one of them exactly.
    private var smallInteger: Int? {
        let node = node
        guard node.kind == .number, node.end - node.start <= 15 else { return nil }
        return document.bytes.withUnsafeBufferPointer { bytes in
            var value = 0
            for index in Int(node.start)..<Int(node.end) {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value &* 10 &+ Int(digit)
            }
            return value
        }
    }

    /// Nil unless the value is a whole number that an `Int` can hold, written without fraction or exponent.
    package var integer: Int? {
        digits.flatMap { Int($0) }
    }

    /// Where the text of a string stands in the document's bytes, if it stands there as it is; nil for one with escapes,
    /// and for all that is no string.
    package var plainText: Range<Int>? { node.kind == .string ? range : nil }

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
    package subscript(key: String) -> JSONElement? {
        guard node.kind == .object else { return nil }
        let member = Array(key.utf8).withUnsafeBufferPointer { key in
            document.member(named: key, tag: JSONNode.tag(key), of: index)
        }
        return member.map { JSONElement(document: document, index: $0) }
    }
}

extension JSONDocument {
    /// The value of an object's member, by the bytes of its key and their tag.
    @inline(__always)
    func member(named key: UnsafeBufferPointer<UInt8>, tag: UInt16, of object: Int) -> Int? {
        nodes.withUnsafeBufferPointer { nodes in
            var index = object + 1
            let end = Int(nodes[object].next)
            while index < end {
                if nodes[index].tag == tag, hasText(nodes[index], key) { return index + 1 }
                index = Int(nodes[index + 1].next)
            }
            return nil
        }
    }

    private func hasText(_ node: JSONNode, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let range = Int(node.start)..<Int(node.end)
        guard node.kind == .string else {
            return JSONText.decode(bytes[range], isEscaped: true).utf8.elementsEqual(text)
        }
        guard range.count == text.count else { return false }
        return bytes.withUnsafeBufferPointer { $0.part(range.lowerBound, range.upperBound).isSame(as: text) }
    }
}

/// A place in a document after RFC 6901, parsed once, with one addition: `*` stands for each element of an array.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// One key or index; what it says stands in `text`.
    struct Token: Sendable, Hashable {
        let start: Int
        let end: Int
        /// The tag that a member's key must have.
        let tag: UInt16
        /// The token as the index of an array, where it can be one.
        let index: Int?
        let isStar: Bool
    }

    private(set) var tokens: [Token] = []
    /// The keys of all tokens, one behind the other.
    private(set) var text: [UInt8] = []
    private(set) var hasStar = false

    /// The whole document.
    package init() {}

    /// Nil unless the text is empty or starts with `/` and has `~` only as `~0` and `~1`.
    package init?(_ text: String) {
        guard !text.isEmpty else { return }
        guard text.hasPrefix("/") else { return nil }
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let key = Self.unescape(part) else { return nil }
            append(key)
        }
    }

    /// This place and then the member `key`, or the element with this index.
    package func appending(_ key: String) -> JSONPointer {
        var longer = self
        longer.append(key)
        return longer
    }

    package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

    package var description: String {
        tokens.map { token in
            String(decoding: text[token.start..<token.end], as: UTF8.self).reduce(into: "/") { text, character in
                switch character {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.append(character)
                }
            }
        }
        .joined()
    }

    private mutating func append(_ key: String) {
        let isIndex = key == "0" || (key.first != "0" && key.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 })
        let bytes = Array(key.utf8)
        tokens.append(
            Token(
                start: text.count,
                end: text.count + bytes.count,
                tag: bytes.withUnsafeBufferPointer { JSONNode.tag($0) },
                index: isIndex ? Int(key) : nil,
                isStar: key == "*"
            )
        )
        text += bytes
        hasStar = hasStar || key == "*"
    }

    private static func unescape(_ part: Substring) -> String? {
        guard part.contains("~") else { return String(part) }
        var text = ""
        var characters = part.makeIterator()
        while let character = characters.next() {
            guard character == "~" else {
                text.append(character)
                continue
            }
            switch characters.next() {
            case "0": text.append("~")
            case "1": text.append("/")
            default: return nil
            }
        }
        return text
    }
}

extension JSONElement {
    /// The first value at `pointer` that is not null.
    package func value(at pointer: JSONPointer) -> JSONElement? {
        if pointer.hasStar { return first(at: pointer) { !$0.isNull } }
        guard let index = document.index(at: pointer, from: 0, below: index), document.nodes[index].kind != .null else {
            return nil
        }
        return JSONElement(document: document, index: index)
    }

    /// The first value at `pointer` that `isWanted` takes; with no `*` in the pointer there is one value at most.
    package func first(
        at pointer: JSONPointer,
        where isWanted: (JSONElement) -> Bool = { _ in true }
    ) -> JSONElement? {
        first(at: pointer, from: 0, where: isWanted)
    }

    /// The same, for what is left of the pointer from one of its tokens on.
    private func first(at pointer: JSONPointer, from token: Int, where isWanted: (JSONElement) -> Bool) -> JSONElement?
    {
        let star = pointer.tokens[token...].firstIndex { $0.isStar } ?? pointer.tokens.count
        guard let index = document.index(at: pointer, from: token, to: star, below: index) else { return nil }
        let element = JSONElement(document: document, index: index)
        if star == pointer.tokens.count { return isWanted(element) ? element : nil }
        if element.kind == .object {
            // In an object the star is a key like any other.
            return element["*"]?.first(at: pointer, from: star + 1, where: isWanted)
        }
        for element in element.elements {
            if let found = element.first(at: pointer, from: star + 1, where: isWanted) { return found }
        }
        return nil
    }
}

extension JSONDocument {
    /// The node at what is left of a pointer from one of its tokens on, below another node.
    @inline(__always)
    fileprivate func index(at pointer: JSONPointer, from first: Int, to end: Int? = nil, below index: Int) -> Int? {
        pointer.text.withUnsafeBufferPointer { text in
            var index = index
            for token in first..<(end ?? pointer.tokens.count) {
                let token = pointer.tokens[token]
                let below =
                    switch nodes[index].kind {
                    case .object: member(named: text.part(token.start, token.end), tag: token.tag, of: index)
                    case .array: token.index.flatMap { element($0, of: index) }
                    case .null, .true, .false, .number, .string, .escapedString: Int?.none
                    }
                guard let below else { return nil }
                index = below
            }
            return index
        }
    }

    private func element(_ position: Int, of array: Int) -> Int? {
        var index = array + 1
        let end = Int(nodes[array].next)
        for _ in 0..<position where index < end { index = Int(nodes[index].next) }
        return index < end ? index : nil
    }
}

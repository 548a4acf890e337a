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
        first(at: pointer) { !$0.isNull }
    }

    /// The first value at `pointer` that `isWanted` takes; with no `*` in the pointer there is one value at most.
    package func first(
        at pointer: JSONPointer,
        where isWanted: (JSONElement) -> Bool = { _ in true }
    ) -> JSONElement? {
        first(at: pointer, token: 0, where: isWanted)
    }

    /// The same, for what is left of the pointer from one of its tokens on.
    private func first(
        at pointer: JSONPointer,
        token first: Int,
        where isWanted: (JSONElement) -> Bool
    ) -> JSONElement? {
        var index = index
        for token in first..<pointer.tokens.count {
            if pointer.tokens[token].isStar, document.nodes[index].kind == .array {
                for element in JSONElement(document: document, index: index).elements {
                    let found = element.first(at: pointer, token: token + 1, where: isWanted)
                    if let found { return found }
                }
                return nil
            }
            guard let below = document.index(of: pointer.tokens[token], in: pointer, below: index) else { return nil }
            index = below
        }
        let element = JSONElement(document: document, index: index)
        return isWanted(element) ? element : nil
    }
}

extension JSONDocument {
    /// The node of a token's member or element, below the node of an object or array.
    fileprivate func index(of token: JSONPointer.Token, in pointer: JSONPointer, below index: Int) -> Int? {
        switch nodes[index].kind {
        case .object:
            pointer.text.withUnsafeBufferPointer { text in
                member(
                    named: UnsafeBufferPointer(rebasing: text[token.start..<token.end]),
                    tag: token.tag,
                    of: index
                )
            }
        case .array: token.index.flatMap { element($0, of: index) }
        case .null, .true, .false, .number, .string, .escapedString: nil
        }
    }

    private func element(_ position: Int, of array: Int) -> Int? {
        var index = array + 1
        let end = Int(nodes[array].next)
        for _ in 0..<position where index < end { index = Int(nodes[index].next) }
        return index < end ? index : nil
    }
}

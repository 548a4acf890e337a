/// A place in a document after RFC 6901, parsed once, with one addition: `*` stands for each element of an array.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    private struct Token: Sendable, Hashable {
        let key: String
        let bytes: [UInt8]
        /// The token as the index of an array, where it can be one.
        let index: Int?
    }

    private var tokens: [Token] = []

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
            token.key.reduce(into: "/") { text, character in
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
        tokens.append(Token(key: key, bytes: Array(key.utf8), index: isIndex ? Int(key) : nil))
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
    /// The first value at `pointer` that `isWanted` takes; with no `*` in the pointer there is one value at most.
    package func first(
        at pointer: JSONPointer,
        where isWanted: (JSONElement) -> Bool = { _ in true }
    ) -> JSONElement? {
        pointer.first(from: self, token: 0, where: isWanted)
    }
}

extension JSONPointer {
    fileprivate func first(
        from element: JSONElement,
        token: Int,
        where isWanted: (JSONElement) -> Bool
    ) -> JSONElement? {
        guard token < tokens.count else { return isWanted(element) ? element : nil }
        switch element.kind {
        case .object:
            guard let member = element.member(named: tokens[token].bytes) else { return nil }
            return first(from: member, token: token + 1, where: isWanted)
        case .array:
            let elements = element.elements
            if tokens[token].key == "*" {
                for element in elements {
                    if let found = first(from: element, token: token + 1, where: isWanted) { return found }
                }
                return nil
            }
            guard let index = tokens[token].index, index < elements.count else { return nil }
            return first(from: elements[index], token: token + 1, where: isWanted)
        case .null, .bool, .number, .string:
            return nil
        }
    }
}

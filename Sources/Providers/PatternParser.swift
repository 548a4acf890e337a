/// Reads the text of a pattern.
struct PatternParser {
    /// More than any id needs; a count cannot make matching long.
    private static let longestRun = 4096

    private var rest: Substring

    init(_ source: String) {
        rest = source[...]
    }

    mutating func parse() throws(PatternError) -> [Pattern.Element] {
        guard rest.hasPrefix("^"), rest.hasSuffix("$") else {
            throw PatternError("must start with ^ and end with $, so that it is about the whole text")
        }
        rest = rest.dropFirst().dropLast()
        let elements = try parseElements(untilGroupEnds: false)
        guard !elements.isEmpty else { throw PatternError("matches nothing but the empty text") }
        return elements
    }

    private mutating func parseElements(untilGroupEnds inGroup: Bool) throws(PatternError) -> [Pattern.Element] {
        var elements: [Pattern.Element] = []
        while let character = rest.first {
            if character == ")", inGroup { return elements }
            if character == "(" {
                rest.removeFirst()
                guard !inGroup else { throw PatternError("groups do not nest") }
                let group = try parseElements(untilGroupEnds: true)
                guard rest.hasPrefix(")?"), !group.isEmpty else {
                    throw PatternError("a group must hold something and end with )?")
                }
                rest.removeFirst(2)
                elements.append(.optional(group, start: Pattern.firstSet(group)))
            } else {
                let set = try parseSet()
                let (least, most) = try parseCount()
                elements.append(.run(set, least: least, most: most))
            }
        }
        if inGroup { throw PatternError("a group has no end") }
        return elements
    }

    private mutating func parseSet() throws(PatternError) -> CharacterSet {
        let character = rest.removeFirst()
        switch character {
        case "[": return try parseClass()
        case "\\": return try parseEscape()
        case ".": return .any
        case "^", "$", "|", "*", "+", "?", "{", "}", ")", "]":
            throw PatternError("\(character) cannot stand there; write \\\(character) for the character itself")
        default: return CharacterSet(try ascii(character)...(try ascii(character)))
        }
    }

    private mutating func parseClass() throws(PatternError) -> CharacterSet {
        var set = CharacterSet()
        let isNegated = rest.first == "^"
        if isNegated { rest.removeFirst() }
        while let character = rest.popFirst() {
            if character == "]" { return isNegated ? set.visibleComplement : set }
            if character == "\\" {
                set = set.union(try parseEscape())
                continue
            }
            let first = try ascii(character)
            guard rest.first == "-", rest.dropFirst().first != "]" else {
                set.insert(first)
                continue
            }
            rest.removeFirst()
            guard let upper = rest.popFirst(), try ascii(upper) >= first else {
                throw PatternError("a range in a class must go upwards")
            }
            set = set.union(CharacterSet(first...(try ascii(upper))))
        }
        throw PatternError("a class has no ]")
    }

    private mutating func parseEscape() throws(PatternError) -> CharacterSet {
        guard let character = rest.popFirst() else { throw PatternError("a \\ stands at the end") }
        if character == "d" { return CharacterSet(UInt8(ascii: "0")...UInt8(ascii: "9")) }
        guard !character.isLetter, !character.isNumber else {
            throw PatternError("\\\(character) is not known; \\d is the only class with a letter")
        }
        let byte = try ascii(character)
        return CharacterSet(byte...byte)
    }

    private mutating func parseCount() throws(PatternError) -> (least: Int, most: Int) {
        switch rest.first {
        case "?":
            rest.removeFirst()
            return (0, 1)
        case "*":
            rest.removeFirst()
            return (0, Self.longestRun)
        case "+":
            rest.removeFirst()
            return (1, Self.longestRun)
        case "{":
            guard let end = rest.firstIndex(of: "}") else { throw PatternError("a count has no }") }
            let counts = rest[..<end].dropFirst().split(separator: ",", omittingEmptySubsequences: false).map {
                Int($0)
            }
            rest = rest[rest.index(after: end)...]
            guard let least = counts.first ?? nil, let most = counts.last ?? nil, counts.count <= 2,
                0 <= least, least <= most, 0 < most, most <= Self.longestRun
            else {
                throw PatternError("a count is {n} or {n,m}, with n not above m, and m from 1 to \(Self.longestRun)")
            }
            return (least, most)
        default:
            return (1, 1)
        }
    }

    private func ascii(_ character: Character) throws(PatternError) -> UInt8 {
        guard let byte = character.asciiValue, (0x20...0x7e).contains(byte) else {
            throw PatternError("only printable characters of ASCII can be named; . stands for any character")
        }
        return byte
    }
}

/// A text's shape: anchored characters and classes with counts, matched in one pass without backtracking.
///
/// What could match in two ways is refused when the pattern is compiled, so that matching needs no memory and takes
/// the time of one look at each character.
package struct Pattern: Sendable {
    /// What the pattern was made of.
    package let source: String
    private let steps: [Step]

    enum Element: Sendable {
        case run(CharacterSet, least: Int, most: Int)
        /// What may be there as a whole, or not at all; and the characters with which it starts.
        case optional([Element], start: CharacterSet)
    }

    /// An element, or the start of an optional group whose steps follow.
    private struct Step: Sendable {
        let set: CharacterSet
        let least: Int
        let most: Int
        /// For a group the number of its steps, which are left out where no character of `set` comes; else 0.
        let length: Int
    }

    /// Throws what is wrong with the pattern, for the one who wrote it.
    package init(_ source: String) throws(PatternError) {
        var parser = PatternParser(source)
        let elements = try parser.parse()
        try Self.requireOneWay(elements, followedBy: CharacterSet())
        steps = Self.steps(elements)
        self.source = source
    }

    private static func steps(_ elements: [Element]) -> [Step] {
        elements.flatMap { element -> [Step] in
            switch element {
            case .run(let set, let least, let most): return [Step(set: set, least: least, most: most, length: 0)]
            case .optional(let group, let start):
                let inner = steps(group)
                return [Step(set: start, least: 0, most: 0, length: inner.count)] + inner
            }
        }
    }

    /// Whether the whole text has this shape.
    package func matches(_ text: String) -> Bool {
        text.withBytes { matches($0) }
    }

    /// The same for a text in UTF-8.
    func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        var next = 0
        while next < steps.count {
            let step = steps[next]
            next += 1
            if step.length > 0 {
                if position == bytes.count || !step.set.contains(bytes[position]) { next += step.length }
                continue
            }
            if step.set.run(in: bytes, at: &position, most: step.most) < step.least { return false }
        }
        return position == bytes.count
    }

    /// A run that may end early, and a group that may be left out, must be told from what comes behind by one character.
    private static func requireOneWay(_ elements: [Element], followedBy end: CharacterSet) throws(PatternError) {
        for (index, element) in elements.enumerated() {
            let behind = firstSet(Array(elements[(index + 1)...])).union(
                canBeEmpty(elements[(index + 1)...]) ? end : .init()
            )
            switch element {
            case .run(let set, let least, let most):
                guard least == most || !set.overlaps(behind) else {
                    throw PatternError(
                        "a repeated class and what follows it share characters, so where it ends is open"
                    )
                }
            case .optional(let group, let start):
                guard !start.overlaps(behind) else {
                    throw PatternError("an optional group starts like what follows it, so whether it is there is open")
                }
                try requireOneWay(group, followedBy: behind)
            }
        }
    }

    /// The characters with which these elements can start.
    static func firstSet(_ elements: [Element]) -> CharacterSet {
        var set = CharacterSet()
        for element in elements {
            switch element {
            case .run(let characters, let least, _):
                set = set.union(characters)
                if least > 0 { return set }
            case .optional(_, let start):
                set = set.union(start)
            }
        }
        return set
    }

    private static func canBeEmpty(_ elements: ArraySlice<Element>) -> Bool {
        elements.allSatisfy { element in
            switch element {
            case .run(_, let least, _): least == 0
            case .optional: true
            }
        }
    }
}

/// What is wrong with a pattern.
package struct PatternError: Error, Sendable {
    package let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

/// A set of characters: any of ASCII, and all others together or none of them.
struct CharacterSet: Sendable, Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var hasOthers = false

    /// The visible characters of ASCII.
    static let visible = CharacterSet(0x21...0x7e)

    /// RFC 3986's unreserved characters: what stands in a URL as it is.
    static let unreserved = CharacterSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        .union(CharacterSet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        .union(CharacterSet(UInt8(ascii: "0")...UInt8(ascii: "9")))
        .union(CharacterSet(UInt8(ascii: "-")...UInt8(ascii: ".")))
        .union(CharacterSet(UInt8(ascii: "_")...UInt8(ascii: "_")))
        .union(CharacterSet(UInt8(ascii: "~")...UInt8(ascii: "~")))
    static let unreservedAndSlash = unreserved.union(CharacterSet(UInt8(ascii: "/")...UInt8(ascii: "/")))

    init() {}

    init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << byte } else { high |= 1 << (byte - 64) }
    }

    /// Whether a character is in the set, by its first byte.
    func contains(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return hasOthers }
        let half = byte < 64 ? low : high
        return half &>> UInt64(byte) & 1 == 1
    }

    /// Passes over characters of the set, and says how many.
    ///
    /// Beyond ASCII a character's first byte stands for it, and the others are passed over with it.
    @inline(__always)
    func run(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, most: Int) -> Int {
        let start = position
        let end = start &+ min(most, bytes.count &- start)
        while position < end, bytes[position] < 0x80, contains(bytes[position]) { position &+= 1 }
        var count = position &- start
        guard hasOthers else { return count }
        while count < most, position < bytes.count, contains(bytes[position]) {
            position &+= 1
            count &+= 1
            while position < bytes.count, bytes[position] & 0xc0 == 0x80 { position &+= 1 }
        }
        return count
    }

    func union(_ other: CharacterSet) -> CharacterSet {
        var set = self
        set.low |= other.low
        set.high |= other.high
        set.hasOthers = hasOthers || other.hasOthers
        return set
    }

    func overlaps(_ other: CharacterSet) -> Bool {
        low & other.low != 0 || high & other.high != 0 || (hasOthers && other.hasOthers)
    }

    /// The visible characters of ASCII that are not in this set.
    var visibleComplement: CharacterSet {
        var set = CharacterSet.visible
        set.low &= ~low
        set.high &= ~high
        return set
    }

    /// The visible characters of ASCII, and all beyond ASCII.
    static var any: CharacterSet {
        var set = CharacterSet.visible
        set.hasOthers = true
        return set
    }
}

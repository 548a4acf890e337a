/// One part of a provider's id.
struct IDPart: Sendable {
    let name: String
    let pattern: Pattern

    /// The texts of the parts of a native id, or nil if it cannot be one: parts are separated by colons, and the last
    /// takes the rest.
    static func split(_ native: String, _ parts: [IDPart]) -> [String]? {
        if parts.count == 1 { return parts[0].pattern.matches(native) ? [native] : nil }
        let texts = native.split(separator: ":", maxSplits: parts.count - 1, omittingEmptySubsequences: false)
        guard texts.count == parts.count, zip(texts, parts).allSatisfy({ $1.pattern.matches($0) }) else { return nil }
        return texts.map(String.init)
    }
}

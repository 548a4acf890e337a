/// One part of a provider's id.
struct IDPart: Sendable {
    let name: String
    let pattern: Pattern
}

extension [IDPart] {
    /// Whether a native id can be made of these parts: they are separated by colons, and the last takes the rest.
    func match(_ native: String) -> Bool {
        if count == 1 { return self[0].pattern.matches(native) }
        let texts = split(native)
        return texts.count == count && zip(texts, self).allSatisfy { $1.pattern.matches(String($0)) }
    }

    /// The text of one part of a native id that matches.
    func text(of part: Int, in native: String) -> String {
        count == 1 ? native : String(split(native)[part])
    }

    private func split(_ native: String) -> [Substring] {
        native.split(separator: ":", maxSplits: count - 1, omittingEmptySubsequences: false)
    }
}

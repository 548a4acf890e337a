internal import JSON

/// What must stand at one place of an answer.
final class Condition: Sendable {
    let place: JSONPointer
    let test: Test

    init(place: JSONPointer, test: Test) {
        self.place = place
        self.test = test
    }

    indirect enum Test: Sendable {
        case equals([Literal])
        /// Nothing, or null.
        case missing
        case above(Double)
        /// In lower case.
        case contains(String)
        case not(Test)
    }

    enum Literal: Sendable, Hashable {
        /// In lower case, without surrounding space.
        case text(String)
        case number(Double)
        case bool(Bool)
    }

    /// Whether the condition holds in an answer; nil is an answer that is not JSON and has nothing anywhere.
    func holds(in root: JSONElement?) -> Bool {
        holds(test, in: root)
    }

    private func holds(_ test: Test, in root: JSONElement?) -> Bool {
        switch test {
        case .not(let inner): !holds(inner, in: root)
        case .missing: root?.value(at: place) == nil
        case .equals(let literals):
            root?.first(at: place) { element in literals.contains { $0.equals(element) } } != nil
        case .above(let limit): root?.first(at: place) { ($0.double ?? -.infinity) > limit } != nil
        case .contains(let text): root?.first(at: place) { $0.string?.lowercased().contains(text) == true } != nil
        }
    }
}

extension Condition.Literal {
    func equals(_ element: JSONElement) -> Bool {
        switch self {
        case .text(let text): element.string?.trimmedAndLowercased == text
        case .number(let number): element.double == number
        case .bool(let bool): element.bool == bool
        }
    }
}

extension [Condition] {
    /// Whether all of them hold.
    func hold(in root: JSONElement?) -> Bool {
        for condition in self where !condition.holds(in: root) { return false }
        return true
    }
}

extension String {
    /// The form in which words are compared: without regard to case and surrounding space.
    var trimmedAndLowercased: String {
        var text = self
        let isPlain = text.withUTF8 { bytes in
            for byte in bytes where byte &- 0x21 > 0x5e || byte &- UInt8(ascii: "A") < 26 { return false }
            return true
        }
        if isPlain { return self }
        let trimmed = drop { $0.isWhitespace }
        guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return trimmed[...last].lowercased()
    }
}

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
        case equals(Literals)
        /// Nothing, or null.
        case missing
        case above(Double)
        /// In lower case.
        case contains(String)
        case not(Test)
    }

    /// What a value can be equal to.
    struct Literals: Sendable {
        /// In lower case, without surrounding space.
        let texts: WordTable
        let numbers: [Double]
        let bools: [Bool]
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
            root?.first(at: place) { literals.contain($0) } != nil
        case .above(let limit): root?.first(at: place) { ($0.double ?? -.infinity) > limit } != nil
        case .contains(let text): root?.first(at: place) { $0.string?.lowercased().contains(text) == true } != nil
        }
    }
}

extension Condition.Literals {
    func contain(_ element: JSONElement) -> Bool {
        switch element.kind {
        case .string: element.string.flatMap { texts.index(ofWord: $0) } != nil
        case .number: element.double.map { numbers.contains($0) } ?? false
        case .bool: element.bool.map { bools.contains($0) } ?? false
        case .null, .array, .object: false
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
        if isTrimmedAndLowercased { return self }
        let first = utf8.first ?? 0
        let last = utf8.last ?? 0
        // Between visible characters of ASCII there is no space around the word.
        if (0x21...0x7e).contains(first), (0x21...0x7e).contains(last) { return lowercased() }
        let trimmed = drop { $0.isWhitespace }
        guard let end = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return trimmed[...end].lowercased()
    }

    /// Whether the word is in that form already, as far as a look at its bytes can tell: visible ASCII without capitals.
    var isTrimmedAndLowercased: Bool {
        withBytes { bytes in
            for byte in bytes where byte &- 0x21 > 0x5d || byte &- UInt8(ascii: "A") < 26 { return false }
            return true
        }
    }
}

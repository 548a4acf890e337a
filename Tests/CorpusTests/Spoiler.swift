import GatewayTesting

/// Makes new inputs of those that are kept, the same ones for the same seed.
///
/// It knows nothing of the program and learns nothing from it.
struct Spoiler {
    private static let mostBytes = 8192

    private let corpus: Corpus
    private var random: SeededGenerator

    init(_ corpus: Corpus, seed: UInt64) {
        self.corpus = corpus
        random = SeededGenerator(seed: seed)
    }

    /// The input with one to four things changed in it.
    mutating func spoil(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
        return Array(bytes.prefix(Self.mostBytes))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        // Mostly a few bytes, sometimes all the rest.
        let length =
            random.chance(25) ? bytes.count - place : min(Int.random(in: 1...8, using: &random), bytes.count - place)
        let range = place..<place + length
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where !range.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where !range.isEmpty: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 2: bytes.removeSubrange(range)
        case 3: bytes.insert(contentsOf: bytes[range], at: place)
        case 4: splice(&bytes, from: place)
        case 5: bytes.insert(contentsOf: word(), at: place)
        default: bytes.replaceSubrange(range, with: word())
        }
    }

    /// Puts the end of another input in the place of this one's.
    private mutating func splice(_ bytes: inout [UInt8], from place: Int) {
        let other = corpus.inputs.randomElement(using: &random) ?? []
        bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
    }

    private mutating func word() -> [UInt8] { corpus.words.randomElement(using: &random) ?? [] }
}

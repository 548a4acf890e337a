/// Looks for many texts at once, in time that shrinks with their length and not with their number.
///
/// After Sun Wu and Udi Manber, "A Fast Algorithm for Multi-pattern Searching" (1994): the bytes at the end of a window
/// as long as the shortest text say how far the next text is at least, so that most bytes are never looked at.
final class SecretSearch: Sendable {
    private static let tableBits = 12

    /// Longest first, so that of two that begin alike the whole one is found.
    private let patterns: [[UInt8]]
    /// The length of the window: of the shortest text, up to 16.
    private let window: Int
    /// How many bytes at the end of the window are looked at.
    private let block: Int
    /// How far the window can move, by what stands at its end.
    private let shifts: [UInt8]
    /// Which texts have it at the end of their first `window` bytes, where it cannot move.
    private let candidates: [UInt16: [Int]]

    init(_ texts: [[UInt8]]) {
        let patterns = texts.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        self.patterns = patterns
        let window = min(16, patterns.last?.count ?? 0)
        self.window = window
        block = min(3, window)
        guard window > 0 else {
            shifts = []
            candidates = [:]
            return
        }
        let block = block
        var shifts = [UInt8](repeating: UInt8(window - block + 1), count: 1 << Self.tableBits)
        var candidates: [UInt16: [Int]] = [:]
        for (number, pattern) in patterns.enumerated() {
            for end in block...window {
                let hash = pattern.withUnsafeBytes { Self.hash($0, end, block) }
                shifts[hash] = min(shifts[hash], UInt8(window - end))
                if end == window { candidates[UInt16(hash), default: []].append(number) }
            }
        }
        self.shifts = shifts
        self.candidates = candidates
    }

    /// Where the first of the texts stands, from `start` on; of those that begin at one place, the longest.
    func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
        guard window > 0 else { return nil }
        // Nearly all secrets are long enough, and with a number that the compiler knows this is twice as fast.
        return block == 3 ? first(in: bytes, from: start, block: 3) : first(in: bytes, from: start, block: block)
    }

    @inline(__always)
    private func first(in bytes: UnsafeRawBufferPointer, from start: Int, block: Int) -> Range<Int>? {
        shifts.withUnsafeBufferPointer { shifts in
            var end = start &+ window
            while end <= bytes.count {
                let hash = Self.hash(bytes, end, block)
                let shift = Int(shifts[hash])
                if shift == 0 {
                    let place = end &- window
                    if let length = match(bytes, at: place, hash) { return place..<place + length }
                    end &+= 1
                } else {
                    end &+= shift
                }
            }
            return nil
        }
    }

    /// The length of the text that stands at a place.
    private func match(_ bytes: UnsafeRawBufferPointer, at start: Int, _ hash: Int) -> Int? {
        for number in candidates[UInt16(hash)] ?? [] {
            let pattern = patterns[number]
            guard start + pattern.count <= bytes.count else { continue }
            if pattern.indices.allSatisfy({ bytes[start + $0] == pattern[$0] }) { return pattern.count }
        }
        return nil
    }

    /// A number for the `block` bytes in front of `end`.
    @inline(__always)
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ end: Int, _ block: Int) -> Int {
        var value = 0
        for index in 0..<block { value = value << 4 ^ Int(bytes[end &- block &+ index]) }
        return value & (1 << tableBits - 1)
    }
}

internal import CDigest

/// The SHA-256 of a key: what the gateway keeps of one that is not its own.
///
/// Four words and not 32 bytes, so that comparing two is a few instructions without a branch.
package struct KeyDigest: Sendable, Hashable, CustomStringConvertible {
    private static let byteCount = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of a key.
    package init(of key: UnsafeRawBufferPointer) {
        self.init(
            bytes: [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
                let isMade = cdigest_sha256(key.baseAddress, key.count, buffer.baseAddress)
                // Without the digest nobody could be told from anybody.
                precondition(isMade, "libcrypto cannot make a SHA-256")
                count = Self.byteCount
            }
        )
    }

    /// The digest of a key that is a text.
    package init(of key: some StringProtocol) {
        self = Array(key.utf8).withUnsafeBytes { KeyDigest(of: $0) }
    }

    /// Reads 64 lower-case digits of base 16; nil for anything else.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in 0..<Self.byteCount {
            guard let high = Self.value(digits[2 * index]), let low = Self.value(digits[2 * index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) {
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        words = (word(0), word(8), word(16), word(24))
    }

    /// All ones where both digests are the same, and zero where they are not, in the same time whatever they are.
    package func mask(ifSameAs other: KeyDigest) -> UInt64 {
        let difference =
            (words.0 ^ other.words.0) | (words.1 ^ other.words.1)
            | (words.2 ^ other.words.2) | (words.3 ^ other.words.3)
        // The highest bit is set for every number but zero.
        return ((difference | (0 &- difference)) >> 63) &- 1
    }

    package static func == (left: KeyDigest, right: KeyDigest) -> Bool {
        left.mask(ifSameAs: right) != 0
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }

    /// Sixty-four lower-case digits of base 16.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int(word >> UInt64(shift) & 15)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

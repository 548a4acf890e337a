/// A small gzip file that unpacks to very many spaces.
enum GzipBomb {
    /// One block of fixed Huffman codes (RFC 1951, 3.2.6): a space, then repetitions of 258 bytes at distance one.
    static func make(unpackingTo bytes: Int) -> [UInt8] {
        let repetitions = max(0, (bytes - 1) / 258)
        let length = 1 + repetitions * 258
        // The header of RFC 1952: deflate, no name, no time, unknown system.
        var writer = BitWriter(bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        writer.append(0b1, bits: 1)
        writer.append(0b01, bits: 2)
        writer.appendCode(0x30 + 0x20, bits: 8)
        for _ in 0..<repetitions {
            writer.appendCode(0b1100_0101, bits: 8)
            writer.appendCode(0, bits: 5)
        }
        writer.appendCode(0, bits: 7)
        writer.finish()
        writer.append(littleEndian: checksum(ofSpaces: length))
        writer.append(littleEndian: UInt32(truncatingIfNeeded: length))
        return writer.bytes
    }

    /// The CRC-32 of so many spaces, in as many steps as the number has digits.
    ///
    /// Feeding a byte is an affine map of the 32 bits, so twice as many bytes are the map applied to itself.
    static func checksum(ofSpaces count: Int) -> UInt32 {
        var map = AffineMap.space
        var remainder: UInt32 = 0xFFFF_FFFF
        var rest = count
        while rest > 0 {
            if rest & 1 == 1 { remainder = map.apply(remainder) }
            map = map.squared
            rest >>= 1
        }
        return ~remainder
    }
}

private struct AffineMap {
    /// What becomes of each single bit.
    var columns: [UInt32]
    var constant: UInt32

    /// The map of one space.
    static var space: AffineMap {
        func feed(_ remainder: UInt32, _ byte: UInt32) -> UInt32 {
            (0..<8).reduce(remainder ^ byte) { value, _ in
                value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
            }
        }
        let constant = feed(0, 0x20)
        return AffineMap(columns: (0..<32).map { feed(1 << $0, 0x20) ^ constant }, constant: constant)
    }

    func apply(_ value: UInt32) -> UInt32 { turn(value) ^ constant }

    var squared: AffineMap { AffineMap(columns: columns.map(turn), constant: apply(constant)) }

    private func turn(_ value: UInt32) -> UInt32 {
        var result: UInt32 = 0
        for bit in 0..<32 where value >> bit & 1 == 1 { result ^= columns[bit] }
        return result
    }
}

private struct BitWriter {
    var bytes: [UInt8]
    private var pending: UInt32 = 0
    private var count = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Numbers go in from their lowest bit.
    mutating func append(_ value: UInt32, bits: Int) {
        pending |= value << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    /// Huffman codes go in from their highest bit.
    mutating func appendCode(_ code: UInt32, bits: Int) {
        var reversed: UInt32 = 0
        for bit in 0..<bits where code >> bit & 1 == 1 { reversed |= 1 << (bits - 1 - bit) }
        append(reversed, bits: bits)
    }

    mutating func finish() {
        if count > 0 { append(0, bits: 8 - count) }
    }

    mutating func append(littleEndian value: UInt32) {
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
}

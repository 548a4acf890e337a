/// A gzip file of `repeats` times 258 zero bytes, and one more: about 13 bits for 258 bytes.
///
/// Built by hand, as one block with the fixed codes of RFC 1951: a zero, then copies of 258 bytes from one byte before.
func gzipOfZeros(repeats: Int) -> [UInt8] {
    var bits = BitWriter()
    bits.writeLowFirst(1, count: 1)
    bits.writeLowFirst(1, count: 2)
    bits.writeHighFirst(0b0011_0000, count: 8)
    for _ in 0..<repeats {
        bits.writeHighFirst(0b1100_0101, count: 8)
        bits.writeHighFirst(0, count: 5)
    }
    bits.writeHighFirst(0, count: 7)
    let size = UInt32(truncatingIfNeeded: repeats * 258 + 1)
    let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
    return header + bits.bytes + littleEndian(checksumOfZeros(count: Int(size))) + littleEndian(size)
}

private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var used = 8

    mutating func writeLowFirst(_ value: Int, count: Int) {
        for bit in 0..<count { write(value >> bit & 1) }
    }

    mutating func writeHighFirst(_ value: Int, count: Int) {
        for bit in (0..<count).reversed() { write(value >> bit & 1) }
    }

    private mutating func write(_ bit: Int) {
        if used == 8 {
            bytes.append(0)
            used = 0
        }
        bytes[bytes.count - 1] |= UInt8(bit << used)
        used += 1
    }
}

private func checksumOfZeros(count: Int) -> UInt32 {
    let table = (0..<256 as Range<UInt32>).map { index in
        (0..<8).reduce(index) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
    }
    var sum: UInt32 = 0xffff_ffff
    for _ in 0..<count { sum = table[Int(sum & 0xff)] ^ sum >> 8 }
    return ~sum
}

private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Sixteen lower-case digits of base 16 for a 64-bit number, and single digits read.
package enum Hexadecimal {
    /// How many bytes `write` writes.
    package static let textLength = 16

    package static func text(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: textLength) { buffer in
            write(number, to: UnsafeMutableRawBufferPointer(buffer))
            return textLength
        }
    }

    /// Two digits for each byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Writes the digits to the start of `bytes`.
    package static func write(_ number: UInt64, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: number >> 32)).bigEndian, as: UInt64.self)
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: number)).bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// The value of a digit, lower-case or upper-case; nil for another byte.
    package static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The eight digits of a number, the first in the highest byte: all at once, for each call writes dozens of them.
    private static func digits(_ number: UInt32) -> UInt64 {
        // Four bits to a byte.
        var values = UInt64(number)
        values = (values | values << 16) & 0x0000_ffff_0000_ffff
        values = (values | values << 8) & 0x00ff_00ff_00ff_00ff
        values = (values | values << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // One in each byte whose digit is a letter.
        let letters = (values + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return values + 0x3030_3030_3030_3030 + letters * 0x27
    }
}

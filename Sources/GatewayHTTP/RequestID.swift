/// What names one request in its answer and in the log: the caller's own word for it where it is harmless, else a
/// number of ours.
enum RequestID: Sendable, Hashable, CustomStringConvertible {
    case given(String)
    case made(UInt64)

    /// Takes the caller's `X-Request-Id` if it is 1–128 letters, digits or one of `-._~:/+=@`.
    init(given text: String?, randomness: () -> UInt64) {
        guard let text, (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isSafe) else {
            self = .made(randomness())
            return
        }
        self = .given(text)
    }

    var description: String {
        switch self {
        case .given(let text): text
        case .made(let number): Hexadecimal.text(number)
        }
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="),
            UInt8(ascii: "@"):
            true
        default: false
        }
    }
}

/// Sixteen digits of base 16 for a 64-bit number.
enum Hexadecimal {
    static func text(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 { buffer[index] = digit(number >> UInt64(60 - 4 * index)) }
            return 16
        }
    }

    /// The lower-case digit for the lowest four bits.
    static func digit(_ number: UInt64) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: number & 15)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

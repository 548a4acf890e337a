internal import TaskModel

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

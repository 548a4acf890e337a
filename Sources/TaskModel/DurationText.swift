extension Duration {
    /// Reads a number with a unit (`250ms`, `30s`, `15m`, `2h`); a bare number is seconds.
    ///
    /// Fractions are allowed.
    ///
    /// Nil for anything else: a sign, an unknown unit, a number too large for a thousand years.
    package init?(text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = digits.utf8.first, first != UInt8(ascii: "."), digits.last != ".",
            let number = Double(digits)
        else { return nil }
        let factor: Double
        switch text.dropFirst(digits.count) {
        case "ms": factor = 0.001
        case "", "s": factor = 1
        case "m": factor = 60
        case "h": factor = 3600
        default: return nil
        }
        self.init(seconds: number * factor)
    }

    /// Nil for what is negative, not finite, or longer than a thousand years.
    package init?(seconds: Double) {
        guard seconds >= 0, seconds < 1000 * 365 * 86400 else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// The whole seconds that are at least as long as this: what `Retry-After` and `poll_after_seconds` count in.
    package var secondsRoundedUp: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }

    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// Counts what a rate allows: a bucket that fills steadily, from which each call takes one token.
package struct TokenBucket: Sendable {
    package let rate: CallRate
    private var tokens: Double
    private var filledAt: Duration

    package init(_ rate: CallRate, at now: Duration) {
        self.rate = rate
        tokens = Double(rate.burst)
        filledAt = now
    }

    /// Takes a token, if there is one.
    package mutating func take(at now: Duration) -> Bool {
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// How long until there is a token; zero where there is one.
    package func wait(at now: Duration) -> Duration {
        time(toFill: 1 - level(now))
    }

    /// How long until the bucket is full; zero where it is.
    package func waitUntilFull(at now: Duration) -> Duration {
        time(toFill: Double(rate.burst) - level(now))
    }

    /// How many whole tokens there are.
    package func left(at now: Duration) -> Int {
        Int(level(now))
    }

    /// Rounded up, so that whoever waits this long finds what is missing now.
    private func time(toFill missing: Double) -> Duration {
        missing > 0 ? .nanoseconds(Int64((missing / rate.perSecond * 1e9).rounded(.up))) : .zero
    }

    private mutating func fill(_ now: Duration) {
        tokens = level(now)
        filledAt = max(filledAt, now)
    }

    private func level(_ now: Duration) -> Double {
        let passed = max(.zero, now - filledAt)
        return min(Double(rate.burst), tokens + Double(passed.nanoseconds) / 1e9 * rate.perSecond)
    }
}

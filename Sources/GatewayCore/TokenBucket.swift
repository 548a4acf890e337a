internal import Providers
internal import TaskModel

/// Counts what a rate allows: a bucket that fills steadily, from which each call takes one token.
struct TokenBucket: Sendable {
    let rate: CallRate
    private var tokens: Double
    private var filledAt: Duration

    init(_ rate: CallRate, at now: Duration) {
        self.rate = rate
        tokens = Double(rate.burst)
        filledAt = now
    }

    /// Takes a token, if there is one.
    mutating func take(at now: Duration) -> Bool {
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// How long until there is a token; zero where there is one.
    func wait(at now: Duration) -> Duration {
        let tokens = level(now)
        guard tokens < 1 else { return .zero }
        // Rounded up, so that whoever waits this long finds it.
        return .nanoseconds(Int64(((1 - tokens) / rate.perSecond * 1e9).rounded(.up)))
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

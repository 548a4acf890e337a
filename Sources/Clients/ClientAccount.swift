internal import Synchronization
internal import TaskModel

/// A client while the gateway runs: what is said of it, and what it has used of its rate.
package final class ClientAccount: Sendable {
    package let client: Client
    private let bucket: Mutex<TokenBucket>?

    init(_ client: Client, at now: Duration) {
        self.client = client
        bucket = client.rate.map { Mutex(TokenBucket($0, at: now)) }
    }

    /// Counts a request; nil for a client without a rate.
    func count(at now: Duration) -> RateStanding? {
        bucket?
            .withLock { bucket in
                let isWithin = bucket.take(at: now)
                let left = bucket.left(at: now)
                let wait = bucket.wait(at: now)
                let reset = left == 0 ? wait : bucket.waitUntilFull(at: now)
                let window = (Double(bucket.rate.burst) / bucket.rate.perSecond).rounded(.up)
                return RateStanding(
                    isWithin: isWithin,
                    quota: bucket.rate.burst,
                    window: max(1, Int(window)),
                    left: left,
                    reset: reset.secondsRoundedUp,
                    wait: wait
                )
            }
    }
}

/// What a rate leaves a client at one moment.
///
/// A reference, so that an answer of a gateway without rates carries nothing but an empty place for it.
package final class RateStanding: Sendable {
    /// Whether the request that it was looked up for is within the rate.
    package let isWithin: Bool
    /// How many requests may be sent at once after a rest.
    package let quota: Int
    /// In how many seconds all of the quota comes back.
    package let window: Int
    /// How many requests may be sent now.
    package let left: Int
    /// In how many seconds there is one more, where none is left, and all of the quota, where some are.
    package let reset: Int
    /// How long until a request may be sent; zero where one may be sent now.
    package let wait: Duration

    init(isWithin: Bool, quota: Int, window: Int, left: Int, reset: Int, wait: Duration) {
        self.isWithin = isWithin
        self.quota = quota
        self.window = window
        self.left = left
        self.reset = reset
        self.wait = wait
    }
}

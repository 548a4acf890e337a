/// How much of itself a provider is asked to give, and how much of the gateway it may take.
package struct LimitSettings: Sendable, Hashable {
    /// Calls under way at a time, or nil for as many as there can be connections to it.
    package var calls: Int?
    /// Calls that wait at a time to be sent.
    package var waiting = 8192
    /// The longest that a call waits to be sent.
    package var waitingTime = Duration.seconds(10)
    /// How many calls are sent in a time, or nil for what the definition says.
    package var rate: RateSettings?
    /// When the provider is left alone because it fails.
    package var breaker = BreakerSettings()
    /// Whether a status read that failed in a way that may pass is made once more.
    package var repeatsReads = true

    package init() {}
}

/// How many calls a provider is sent in a time.
package struct RateSettings: Sendable, Hashable {
    /// The calls that each second allows in the long run.
    package var perSecond: Double
    /// The calls that may go at once after a rest, or nil for as many as a second allows.
    package var burst: Int?
}

/// When a provider is left alone because it fails.
package struct BreakerSettings: Sendable, Hashable {
    /// The time that is looked back over.
    package var window = Duration.seconds(10)
    /// Fewer calls than this in the window prove nothing.
    package var calls = 20
    /// The share of them that failed, from which on the provider is left alone.
    package var share = 0.5
    /// How long it is left alone before one call tries it.
    package var pause = Duration.seconds(5)

    package init() {}
}

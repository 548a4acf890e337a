/// How many calls are let through in a time: to a provider, or of a client.
package struct CallRate: Sendable, Hashable {
    /// The calls that each second allows in the long run.
    package var perSecond: Double
    /// The calls that may go at once after a rest.
    package var burst: Int

    /// What a file may say.
    package static let ratesPerSecond = 0.01...100_000
    package static let bursts = 1...100_000

    /// Without a burst, as many calls as a second allows may go at once, and one in any case.
    package init(perSecond: Double, burst: Int? = nil) {
        self.perSecond = perSecond
        self.burst = burst ?? max(1, Int(perSecond.rounded(.up)))
    }
}

internal import Providers
internal import Upstream

/// A provider that is on, with what the gateway makes and notes of it.
final class ServedProvider: Sendable {
    let provider: Provider
    let policy: TaskPolicy
    let transport: any UpstreamTransport
    let door: ProviderDoor
    let health: ProviderHealth
    private let limits: ProviderLimits

    /// `before` is the provider of this name in the reading of the configuration before: where it is still the same,
    /// what was noted of it goes on, and where it may be called as often, its door does.
    init(
        _ provider: Provider,
        _ limits: ProviderLimits,
        _ transport: any UpstreamTransport,
        _ timekeeper: any Timekeeper,
        after before: ServedProvider? = nil
    ) {
        let before = before.flatMap { $0.provider.hasTasks(of: provider) ? $0 : nil }
        self.provider = provider
        self.transport = transport
        self.limits = limits
        policy = TaskPolicy(provider)
        door = before.flatMap { $0.limits == limits ? $0.door : nil } ?? ProviderDoor(limits, timekeeper)
        health = before?.health ?? ProviderHealth()
    }

    var name: String { provider.name }

    /// Whether what is remembered of the other's tasks is true of this one's: exactly then, what is noted goes on.
    func hasTasks(of other: ServedProvider) -> Bool { health === other.health }
}

internal import Providers

/// A provider that is on, with what the gateway makes and notes of it.
// Safety: what is mutable is touched under the gateway's lock alone.
final class ServedProvider: @unchecked Sendable {
    let provider: Provider
    let policy: TaskPolicy
    let door: ProviderDoor
    let metrics = ProviderMetrics()
    var health = ProviderHealth()

    init(_ provider: Provider, _ limits: ProviderLimits, _ timekeeper: any Timekeeper) {
        self.provider = provider
        policy = TaskPolicy(provider)
        door = ProviderDoor(limits, timekeeper)
    }

    var name: String { provider.name }
}

import GatewayTesting
import ProgramTesting
import ProviderSimulator

/// One call that a fault befalls: a provider of the configuration with a proxy of its own, and a task.
struct FaultCase: Sendable {
    let name: String
    let fault: Fault
    let setting: Setting
    let required: Required
    let proxy: FaultProxy
    let task: String
    /// Of those that differ by chance alone, which one it is.
    let round: Int

    var provider: SimulatedProvider { setting.provider }
    var description: String { "\(fault.name) / \(setting.call) at \(provider.rawValue), round \(round)" }

    /// This case as a provider of the configuration.
    var configuration: String {
        let host =
            if case .unresolvable = fault.action { "nowhere.invalid" } else if fault.isSecure { "localhost" } else {
                "127.0.0.1"
            }
        let times = fault.takesTime ? ("300ms", "700ms") : ("10s", "20s")
        let key = Key.of(provider).map { _ in #"{"env": "\#(Key.variable(provider))"}"# } ?? #""none""#
        return """
            "\(name)": {"definition": "\(provider.rawValue)",
              "base_url": "\(fault.isSecure ? "https" : "http")://\(host):\(proxy.port)",
              "credential": \(key), "minimum_interval": "0s", "limits": {"breaker": {"calls": 1000000}},
              "timeouts": {"connect": "\(times.0)", "total": "\(times.1)", "stalled": "\(times.1)"}}
            """
    }

    /// What the application asks.
    func ask(_ client: GatewayClient) async throws -> Answer {
        switch setting.call {
        case .status: try await client.task(name, task)
        case .cancel, .cancelAlone: try await client.cancel(name, task)
        case .rename: try await client.send("PATCH", "/tasks/\(name):\(task)", body: #"{"title": "other words"}"#)
        }
    }

    /// How many requests the provider's side saw, and how many of them were cancels.
    func seen(by simulator: SimulatedProviders) -> (requests: Int, cancels: Int) {
        let reached = simulator.requests(of: provider).count { $0.taskID == task }
        if proxy.seen.isEmpty { return (reached, cancelsReached(simulator)) }
        let changes = setting.call == .rename ? 0 : proxy.seen.filter { !$0.hasPrefix("GET ") }.count
        return (proxy.seen.count, changes)
    }

    /// How many cancels the provider itself got.
    func cancelsReached(_ simulator: SimulatedProviders) -> Int {
        simulator.requests(of: provider).count { $0.taskID == task && $0.operation == .cancel }
    }
}

/// The keys of the simulated providers, each different from the others.
enum Key {
    static func of(_ provider: SimulatedProvider) -> String? {
        switch provider {
        case .blackboxCloud: "bb_canaryChaos41d7"
        case .blackboxAgent: "sk-canaryChaos9a02"
        case .xpander: "canary/chaos+5e71=="
        case .qmail, .qmailCore: nil
        }
    }

    static func variable(_ provider: SimulatedProvider) -> String {
        "KEY_" + provider.rawValue.uppercased().replacing("-", with: "_")
    }

    static let environment = Dictionary(
        uniqueKeysWithValues: SimulatedProvider.allCases.compactMap { provider in
            of(provider).map { (variable(provider), $0) }
        }
    )
}

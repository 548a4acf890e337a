import Glibc
import ProgramTesting
import ProviderSimulator

/// Simulated providers, and a store in a file that outlives the gateways which use it, one after the other.
final class KeptWorld: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    let simulator: SimulatedProviders
    private let folder: TemporaryFolder
    private let config: String

    private init(_ simulator: SimulatedProviders) throws {
        self.simulator = simulator
        folder = try TemporaryFolder()
        func provider(_ name: String, _ at: SimulatedProvider, _ credential: String) -> String {
            """
            "\(name)": {"definition": "\(at.rawValue)", "base_url": "http://127.0.0.1:\(simulator.port(of: at))",
              "credential": \(credential), "minimum_interval": "100ms", "limits": {"breaker": {"calls": 1000000}}}
            """
        }
        let providers = [
            provider("blackbox-cloud", .blackboxCloud, #"{"env": "CLOUD_KEY"}"#),
            provider("xpander", .xpander, #"{"env": "XPANDER_KEY"}"#),
            provider("qmail", .qmail, #""none""#),
        ]
        config = try folder.write(
            """
            {"listen": "127.0.0.1:0", "store": {"sqlite": "taskgate.db"},
             "webhooks": {"secret": {"env": "WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
             "following": {"cancel_hold": "60s", "claim": "600s"},
             "providers": {\(providers.joined(separator: ",\n"))}}
            """,
            to: "config.json"
        )
    }

    static func run(_ body: @Sendable (KeptWorld) async throws -> Void) async throws {
        var settings = SimulatorSettings()
        settings.clock = .manual()
        let simulator = SimulatedProviders(settings)
        try await simulator.start()
        do {
            try await body(KeptWorld(simulator))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    /// Starts a gateway; another one must not run.
    func start() async throws -> RunningProgram {
        try await RunningProgram.serve(
            config,
            environment: ["CLOUD_KEY": Key.cloud, "XPANDER_KEY": Key.xpander, "WEBHOOK_SECRET": Self.secret],
            in: folder
        )
    }

    /// A new task that stays in a state.
    func add(_ provider: SimulatedProvider, _ state: String? = nil) -> String {
        simulator.addTask(to: provider, .staying(in: state ?? provider.workingWord))
    }

    /// How many cancels of a task its provider got.
    func cancels(of id: String, at provider: SimulatedProvider) -> Int {
        simulator.requests(of: provider).filter { $0.taskID == id && $0.operation == .cancel }.count
    }
}

extension GatewayClient {
    /// Puts a watch on a task.
    func watch(_ provider: String, _ id: String, _ wish: String) async throws -> Answer {
        try await send("PUT", "/tasks/\(provider):\(id)/watch", body: wish)
    }
}

import Glibc
import ProgramTesting
import ProviderSimulator

/// Simulated providers, and a store that outlives the gateways which use it: a file, which one after the other has, or a
/// database.
final class KeptWorld: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    let simulator: SimulatedProviders
    private let folder: TemporaryFolder
    private let config: String
    private let environment: [String: String]

    private init(_ simulator: SimulatedProviders, database: String?) throws {
        self.simulator = simulator
        environment = [
            "CLOUD_KEY": Key.cloud, "XPANDER_KEY": Key.xpander, "WEBHOOK_SECRET": Self.secret,
            "DATABASE": database ?? "",
        ]
        let store = database == nil ? #"{"sqlite": "taskgate.db"}"# : #"{"postgres": {"env": "DATABASE"}}"#
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
            {"listen": "127.0.0.1:0", "store": \(store),
             "webhooks": {"secret": {"env": "WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
             "following": {"cancel_hold": "60s", "claim": "600s"},
             "providers": {\(providers.joined(separator: ",\n"))}}
            """,
            to: "config.json"
        )
    }

    /// Runs something in a world of its own; `database` is the URL of one, nil is a file.
    static func run(
        database: String? = nil,
        _ body: @Sendable (KeptWorld) async throws -> Void
    ) async throws {
        var settings = SimulatorSettings()
        settings.clock = .manual()
        let simulator = SimulatedProviders(settings)
        try await simulator.start()
        do {
            try await body(KeptWorld(simulator, database: database))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    /// Starts a gateway; with a file, another one must not run.
    func start() async throws -> RunningProgram {
        try await RunningProgram.serve(config, environment: environment, in: folder)
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

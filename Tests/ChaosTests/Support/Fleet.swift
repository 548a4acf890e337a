import Glibc
import PostgresTesting
import ProgramTesting
import ProviderSimulator
import Synchronization

/// Gateways that share a database, and are killed and started again.
final class Fleet: Sendable {
    let server: PostgresServer
    let database: PostgresDatabase
    let simulator: SimulatedProviders
    private let folder: TemporaryFolder
    private let config: String
    private let definitions: String
    private let gateways: Mutex<[RunningProgram?]>

    /// Starts a database, and gateways that poll each task once in `interval`.
    init(_ count: Int, interval: Duration, _ simulator: SimulatedProviders) async throws {
        self.simulator = simulator
        server = try await PostgresServer()
        database = try await server.makeDatabase()
        folder = try TemporaryFolder()
        let all = [SimulatedProvider.blackboxCloud, .xpander]
        let definitions = try Definitions(of: all, interval: interval, simulator, in: folder)
        self.definitions = definitions.folder
        config = try folder.write(
            """
            {"listen": "127.0.0.1:0", "store": {"postgres": {"env": "DATABASE"}}, "log": {"access": false},
             "webhooks": {"secret": {"env": "WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
             "following": {"claim": "3s", "cancel_hold": "10m"}, "providers": {\(definitions.providers)}}
            """,
            to: "config.json"
        )
        gateways = Mutex(Array(repeating: nil, count: count))
        for index in 0..<count { try await start(index) }
    }

    /// The clients of the gateways that run.
    var clients: [GatewayClient] { gateways.withLock { $0.compactMap { $0?.client } } }

    var count: Int { gateways.withLock { $0.count } }

    /// Ends a gateway as a crash would.
    func kill(_ index: Int) {
        let gateway = gateways.withLock { gateways in
            defer { gateways[index] = nil }
            return gateways[index]
        }
        gateway?.process.kill()
    }

    /// Starts a gateway, again and again as a supervisor would while it ends because the database is away.
    func start(_ index: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                let gateway = try await RunningProgram.serve(
                    config,
                    providers: definitions,
                    environment: Key.environment.merging(
                        ["DATABASE": database.url, "WEBHOOK_SECRET": HookReceiver.secret]
                    ) { $1 },
                    in: folder
                )
                return gateways.withLock { $0[index] = gateway }
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Ends all gateways in good order.
    func stop() async throws {
        let running = gateways.withLock { $0.compactMap { $0 } }
        for gateway in running { gateway.process.send(SIGTERM) }
        for gateway in running {
            let end = try await gateway.process.waitForEnd()
            guard end == .code(0) else { throw NeverHappened(description: "\(end): \(gateway.process.text)") }
        }
    }

    /// Everything that those which run now have logged.
    var logs: [String] { gateways.withLock { $0.compactMap { $0?.process.text } } }

    /// Asks any of them until one has done it, as an application with a list of addresses would.
    func ask<Value: Sendable>(
        _ what: String,
        within limit: Duration = .seconds(60),
        _ body: (GatewayClient) async throws -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let client = clients.randomElement(), let value = try? await body(client) { return value }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NeverHappened(description: "no gateway: \(what)")
    }
}

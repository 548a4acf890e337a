import Glibc
import ProgramTesting
import ProviderSimulator
import Testing

/// The keys of the providers: all different, so that each can be told from the others wherever it turns up.
enum Key {
    static let cloud = "bb_canaryCloud7f3a91"
    static let agent = "sk-canaryAgent2c8e55"
    static let xpander = "canary/xpander+b64d07=="
    static let all = [cloud, agent, xpander]
}

/// What differs from world to world.
struct WorldSetup: Sendable {
    var quirks = SimulatorQuirks()
    var minimumInterval = "0s"
    /// Without repetitions, so that a test can count calls, and with a circuit that no fault of another test opens.
    var limits = #"{"breaker": {"calls": 1000000}, "repeat_reads": false}"#
    var logLevel = "info"
    var logFormat = "text"
    var accessLog = true
    /// More members of the configuration, each with its comma.
    var more = ""
    var drain = "5s"
    var listensOnSocket = false
    var host = "127.0.0.1"
    /// The list of clients; nil is none.
    var clients: String?
    var reload = #"{"watch": false}"#
}

/// Simulated providers, and the built program as a gateway in front of them.
final class World: Sendable {
    let simulator: SimulatedProviders
    let folder: TemporaryFolder
    let config: String
    let gateway: ChildProcess
    let client: GatewayClient

    private init(
        _ simulator: SimulatedProviders,
        _ folder: TemporaryFolder,
        _ config: String,
        _ gateway: ChildProcess,
        _ client: GatewayClient
    ) {
        (self.simulator, self.folder, self.config, self.gateway, self.client) =
            (simulator, folder, config, gateway, client)
    }

    /// Runs something in a world of its own.
    static func run(
        _ setup: WorldSetup = WorldSetup(),
        _ body: @Sendable (World) async throws -> Void
    ) async throws {
        var settings = SimulatorSettings()
        settings.clock = .manual()
        settings.quirks = setup.quirks
        let simulator = SimulatedProviders(settings)
        try await simulator.start()
        do {
            let world = try await start(simulator, setup)
            try await body(world)
            world.gateway.kill()
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private static func start(_ simulator: SimulatedProviders, _ setup: WorldSetup) async throws -> World {
        let folder = try TemporaryFolder()
        try folder.write(Key.agent + "\n", to: "agent-key")
        chmod(folder.path + "/agent-key", 0o600)
        let config = try folder.write(configuration(simulator, setup, folder), to: "config.json")
        let gateway = try await RunningProgram.serve(
            config,
            environment: ["CLOUD_KEY": Key.cloud, "XPANDER_KEY": Key.xpander],
            in: folder
        )
        return World(simulator, folder, config, gateway.process, gateway.client)
    }

    private static func configuration(
        _ simulator: SimulatedProviders,
        _ setup: WorldSetup,
        _ folder: TemporaryFolder
    ) -> String {
        func provider(_ name: String, _ at: SimulatedProvider, _ credential: String, _ more: String = "") -> String {
            """
            "\(name)": {"definition": "\(at.rawValue)", "base_url": "http://127.0.0.1:\(simulator.port(of: at))",
              "credential": \(credential), "minimum_interval": "\(setup.minimumInterval)", "limits": \(setup.limits)\(more)}
            """
        }
        let cloudKey = #"{"env": "CLOUD_KEY"}"#
        // The others wait longer than a busy machine takes: only what is about a time that is over asks this one.
        let short = #", "timeouts": {"connect": "1s", "total": "1s", "stalled": "1s"}"#
        let providers = [
            provider("blackbox-cloud", .blackboxCloud, cloudKey),
            provider("blackbox-agent", .blackboxAgent, #"{"file": "agent-key"}"#),
            provider("xpander", .xpander, #"{"env": "XPANDER_KEY"}"#),
            provider("qmail", .qmail, #""none""#),
            provider("qmail-core", .qmailCore, #""none""#),
            provider("cloud-quick", .blackboxCloud, cloudKey, short),
            provider("cloud-own", .blackboxCloud, #""caller""#),
            // QMail's program in its newer version, at the address of the older.
            #""qmail-moved": {"definition": "qmail", "base_url": "http://127.0.0.1:\#(simulator.port(of: .qmailCore))"}"#,
            // Nothing listens on the first port.
            #""cloud-gone": {"definition": "blackbox-cloud", "base_url": "http://127.0.0.1:1", "credential": \#(cloudKey)}"#,
            #""agent-off": {"definition": "blackbox-agent", "credential": {"env": "NOT_SET"}}"#,
        ]
        let listen = setup.listensOnSocket ? "unix:\(folder.path)/gate.sock" : "\(setup.host):0"
        return """
            {"listen": "\(listen)", "drain": "\(setup.drain)", 
             "reload": \(setup.reload), "log": {"level": "\(setup.logLevel)", "format": "\(setup.logFormat)", "access": \(setup.accessLog)}, \(setup.more)
             "timeouts": {"connect": "30s", "total": "30s", "stalled": "30s"}, "clients": \(setup.clients ?? "null"),
             "providers": {\(providers.joined(separator: ",\n"))}}
            """
    }
}

// MARK: - One world for a whole suite

extension World {
    @TaskLocal static var current: World?

    /// The world of the suite; its tests keep apart by each having tasks of its own.
    static var shared: World {
        get throws { try #require(current, "the suite has no world") }
    }
}

/// Gives a suite a world, and ends it behind the last test.
struct WorldTrait: SuiteTrait, TestScoping {
    var setup = WorldSetup()

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await World.run(setup) { world in
            try await World.$current.withValue(world) { try await function() }
        }
    }
}

extension Trait where Self == WorldTrait {
    static var world: Self { Self() }
    static func world(_ setup: WorldSetup) -> Self { Self(setup: setup) }
}

extension SimulatedProvider {
    var name: String { rawValue }
}

extension World {
    /// A new task that stays in a state.
    func add(_ provider: SimulatedProvider, _ state: String? = nil) -> String {
        simulator.addTask(to: provider, .staying(in: state ?? provider.workingWord))
    }

    /// How many requests about one task its provider got.
    func calls(
        _ operation: SimulatedOperation? = nil,
        of id: String,
        at provider: SimulatedProvider
    ) -> Int {
        simulator.requests(of: provider).filter {
            $0.taskID == id && (operation == nil || $0.operation == operation)
        }
        .count
    }
}

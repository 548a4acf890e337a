import ProgramTesting
import ProviderSimulator

/// What differs from scenario to scenario.
struct StageSetup: Sendable {
    /// Whether the simulated tasks live by the real clock; else time stands still for them.
    var livesInRealTime = false
    /// Members of the configuration beside `listen` and `providers`, each followed by a comma.
    var gateway = ""
    /// Members of each provider, each preceded by a comma.
    var providers = ""
    /// Where a provider is reached, other than at the simulator.
    var addresses: [SimulatedProvider: String] = [:]
}

/// Simulated providers, and the built program as a gateway in front of them, for one scenario.
struct Stage: Sendable {
    let simulator: SimulatedProviders
    let program: RunningProgram
    var client: GatewayClient { program.client }

    /// Runs something on a stage of its own.
    static func run(
        _ setup: StageSetup = StageSetup(),
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        var settings = SimulatorSettings()
        settings.clock = setup.livesInRealTime ? .real() : .manual()
        settings.holdsDemoTasks = false
        let simulator = SimulatedProviders(settings)
        try await simulator.start()
        do {
            let folder = try TemporaryFolder()
            let providers = SimulatedProvider.allCases.map { provider in
                let address = setup.addresses[provider] ?? "http://127.0.0.1:\(simulator.port(of: provider))"
                let key = Key.of(provider).map { _ in #"{"env": "\#(Key.variable(provider))"}"# } ?? #""none""#
                return """
                    "\(provider.rawValue)": {"base_url": "\(address)", "credential": \(key),
                      "minimum_interval": "0s"\(setup.providers)}
                    """
            }
            let config = try folder.write(
                """
                {"listen": "127.0.0.1:0", \(setup.gateway)
                 "providers": {\(providers.joined(separator: ",\n"))}}
                """,
                to: "config.json"
            )
            let program = try await RunningProgram.serve(config, environment: Key.environment, in: folder)
            try await body(Stage(simulator: simulator, program: program))
            program.process.kill()
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    /// A new task that stays at work.
    func add(_ provider: SimulatedProvider) -> String {
        simulator.addTask(to: provider, .staying(in: provider.workingWord))
    }

    /// How many requests about a task its provider got.
    func count(_ operation: SimulatedOperation, of task: String, at provider: SimulatedProvider) -> Int {
        simulator.requests(of: provider).filter { $0.taskID == task && $0.operation == operation }.count
    }

    /// How many calls to a provider are under way or wait for that.
    func calls(to provider: SimulatedProvider) async throws -> Int {
        let report = try await client.get("/providers/\(provider.rawValue)")
        return Int((report["calls_under_way"].double ?? 0) + (report["calls_waiting"].double ?? 0))
    }
}

internal import Addresses
internal import ArgumentParser
internal import Documents
internal import GatewaySettings
internal import Logging
internal import ProviderSimulator
internal import TaskModel
internal import UnixSignals

/// `taskgate demo`: simulated providers and a gateway in front of them, in one process, without keys or network.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Serves simulated providers through a gateway, and prints what to try; needs no keys and no network."
    )

    @Option(help: "Where the gateway listens; port 0 takes a free one.")
    var listen = "127.0.0.1:7070"

    @Option(help: ArgumentHelp("The folder of the providers' files.", valueName: "folder"))
    var providers: String?

    /// Keys of the documented shapes; the simulator accepts any.
    private static let keys: [SimulatedProvider: String] = [
        .blackboxCloud: "bb_demo0123456789",
        .blackboxAgent: "sk-demo0123456789",
        .xpander: "demo-0123456789",
    ]

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var log = LogSettings()
        log.level = .notice
        var settings = SimulatorSettings()
        settings.remembers = 1000
        let simulator = SimulatedProviders(settings)
        let gateway: RunningGateway
        do {
            try await simulator.start()
            let plan = try plan(for: simulator)
            let observation = try Observation(log, auditFile: nil, secrets: plan.secrets)
            gateway = try await RunningGateway(plan, observation)
        } catch let faults as DocumentFaults {
            throw CommandOutput.refuse(faults)
        } catch {
            CommandOutput.error("cannot start the demonstration: \(error)")
            CommandOutput.error("If the port is taken, choose another: taskgate demo --listen 127.0.0.1:0")
            throw ExitCode(1)
        }
        Self.show(simulator, gateway)
        await Shutdown.wait(for: signals) { _ in
            await gateway.stop()
            await simulator.stop()
        }
    }

    /// A gateway in front of the simulator.
    ///
    /// Its keys are no secrets.
    private func plan(for simulator: SimulatedProviders) throws -> GatewayPlan {
        var settings = Settings()
        do throws(AddressProblem) {
            settings.listen = try ListenAddress(listen)
            try settings.listen.requireLoopback()
        } catch {
            throw ValidationError("--listen \(error)")
        }
        settings.server.drainGrace = .zero
        for provider in SimulatedProvider.allCases {
            var entry = ProviderSettings(name: provider.rawValue)
            entry.baseURL = try BaseURL("http://127.0.0.1:\(simulator.port(of: provider))")
            settings.providers.append(entry)
        }
        let folder = DefinitionFolder.find(named: providers, besideConfiguration: "")
        return try GatewayPlan(settings, file: "the demonstration", definitions: folder) { entry in
            guard let provider = SimulatedProvider(rawValue: entry.name), let key = Self.keys[provider] else {
                return .none
            }
            return .key(Secret(key), warning: nil)
        }
    }

    private static func show(_ simulator: SimulatedProviders, _ gateway: RunningGateway) {
        let base = "http://\(gateway.address)"
        CommandOutput.line(
            CommandOutput.bold("Taskgate \(Taskgate.version): a gateway in front of simulated providers")
        )
        CommandOutput.line()
        CommandOutput.line("gateway \(base)")
        CommandOutput.line("simulator \(simulator.controlURL)")
        CommandOutput.line()
        let rows = simulator.tasks.map { ["\($0.provider.rawValue):\($0.id)", $0.shows] }
        for line in CommandOutput.table([["TASK", "WHAT IT SHOWS"]] + rows) { CommandOutput.line("  \(line)") }
        CommandOutput.line()
        CommandOutput.line("Try:")
        CommandOutput.line("  curl '\(base)/tasks/xpander:c70f5b29-e83a-4196-95d7-2b8e4f1a6c03'")
        CommandOutput.line("  curl -X POST '\(base)/tasks/blackbox-cloud:9qQe2F8Z_nXx9-eJA0BD6/cancel'")
        CommandOutput.line("  curl -X POST '\(base)/tasks/qmail:a7f8c9d1-e234-56b7-8901-23c45de67f89/cancel?wait=10s'")
        CommandOutput.line()
        CommandOutput.line("Stop with Ctrl-C.")
    }
}

internal import ArgumentParser
internal import ProviderSimulator
internal import UnixSignals

/// `taskgate simulate`: the simulated providers, on this machine.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Serves simulated providers that behave as their documentation says, quirks and faults included.",
        discussion: """
            Any key of the documented shape is accepted. Tasks live through their states by a clock that the control \
            interface can advance; it also makes tasks and injects faults. Ask it: curl <control URL>/
            """
    )

    @Option(help: "How much faster than real time the tasks live.")
    var speed = 1.0

    @Option(help: "The port of the control interface; 0 takes a free one.")
    var controlPort = 0

    @Flag(help: "Start without the demonstration's tasks.")
    var empty = false

    func validate() throws {
        guard speed > 0, speed <= 1_000_000 else { throw ValidationError("--speed must be above 0, up to 1000000.") }
        guard (0...65535).contains(controlPort) else {
            throw ValidationError("--control-port must be from 0 to 65535.")
        }
    }

    func run() async throws {
        var settings = SimulatorSettings()
        settings.clock = .real(scale: speed)
        settings.controlPort = controlPort
        settings.holdsDemoTasks = !empty
        // Enough to look at by hand; tests remember more.
        settings.remembers = 1000
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let simulator = SimulatedProviders(settings)
        do {
            try await simulator.start()
        } catch {
            CommandOutput.error("cannot simulate: \(error)")
            throw ExitCode(1)
        }
        for provider in SimulatedProvider.allCases {
            CommandOutput.line("\(provider.rawValue) \(simulator.url(of: provider))")
        }
        CommandOutput.line("control \(simulator.controlURL)")
        await Shutdown.wait(for: signals) { _ in await simulator.stop() }
    }
}

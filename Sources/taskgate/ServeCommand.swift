internal import ArgumentParser
internal import CProcess
internal import CurlUpstream
internal import GatewaySettings
internal import LogOutput
internal import Logging
internal import Providers
internal import UnixSignals

/// `taskgate serve`: the gateway.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the providers of a configuration until it is told to stop.",
        discussion: """
            Ask it: curl http://127.0.0.1:7070/tasks/<provider>:<id>
            Stop a task: curl -X POST http://127.0.0.1:7070/tasks/<provider>:<id>/cancel

            SIGTERM or SIGINT: /readyz turns to 503, requests in flight end, and the exit code is 0. A second signal \
            ends at once, with exit code 130 or 143. SIGHUP, or a change of the files: they are read again, and served \
            without losing a call; files with mistakes change nothing, and the log names the mistakes. Exit code 1: the configuration has mistakes, or the address \
            cannot be listened on.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        // Before they are read: what changes meanwhile is read once more.
        let stamps = FileStamps(of: options)
        let plan = try options.plan()
        let observation: Observation
        do throws(LogOutputProblem) {
            observation = try Observation(
                plan.settings.log,
                auditFile: plan.settings.auditFile,
                secrets: plan.secrets
            )
        } catch {
            CommandOutput.error("cannot serve: \(error)")
            throw ExitCode(1)
        }
        let logger = observation.logger
        for warning in plan.warnings { logger.warning("\(warning)") }
        for entry in plan.catalog.entries {
            if let reason = entry.offReason { logger.notice("\(entry.name) is off: \(reason).") }
        }
        // Trapped before anything listens, so that no signal finds the default.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let gateway: RunningGateway
        do {
            gateway = try await RunningGateway(plan, observation)
        } catch {
            observation.flush()
            CommandOutput.error("cannot serve: \(error)")
            throw ExitCode(1)
        }
        let serving = plan.catalog.entries.filter { $0.provider != nil }.map(\.name)
        if let address = gateway.operationAddress { logger.info("/metrics, /livez and /readyz are at \(address)") }
        logger.info("Providers are called by \(CurlLibrary.versionText)")
        logger.info(
            "Taskgate \(Taskgate.version) serves \(serving.joined(separator: ", ")) on \(gateway.address)"
        )
        cprocess_forget_start()
        let reloader = Reloader(options, stamps, gateway, observation)
        let watching = Task { await reloader.watchFiles() }
        await Shutdown.wait(
            for: signals,
            beforeExit: { observation.flush() },
            hangUp: { await reloader.hangUp() },
            drain: { signal in
                logger.info("\(signal): draining")
                watching.cancel()
                await gateway.stop()
                logger.info("stopped")
            }
        )
    }
}

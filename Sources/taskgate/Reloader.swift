internal import Addresses
internal import Documents
internal import GatewayHTTP
internal import GatewaySettings
internal import LogOutput
internal import Logging
internal import NIOPosix
internal import Providers
internal import TaskModel

/// Reads the files again, on SIGHUP and when they change, and gives a gateway what they say.
///
/// One reading after the other. Whatever is wrong keeps the gateway as it is.
actor Reloader {
    /// How soon it looks again for a file that is changing.
    private static let settlingTime = Duration.milliseconds(500)

    private let options: ConfigurationOptions
    private let gateway: RunningGateway
    private let observation: Observation
    private var watch: FileWatch<FileStamps>
    private var settings: ReloadSettings
    /// The reading that was asked for last; the next one begins behind it.
    private var lastReading: Task<Void, Never>?
    /// Where files are read: a thread that may wait for a disk.
    private let fileThread = NIOThreadPool(numberOfThreads: 1)

    /// Reads what `options` name; `gateway` serves what they said when the files were as `stamps` say.
    init(
        _ options: ConfigurationOptions,
        _ stamps: FileStamps,
        _ gateway: RunningGateway,
        _ observation: Observation
    ) {
        self.options = options
        self.gateway = gateway
        self.observation = observation
        settings = gateway.settings.reload
        watch = FileWatch(read: stamps)
        fileThread.start()
    }

    /// Looks for changes until its task is cancelled.
    func watchFiles() async {
        while !Task.isCancelled {
            var pause = settings.interval
            if settings.watch {
                let before = watch.read
                switch watch.looked(await onFileThread { before.again() } ?? before) {
                case .unchanged: break
                case .unsettled: pause = min(pause, Self.settlingTime)
                case .changed: await read(because: "a file changed")
                }
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Reads the files at once; the audit's file is opened again, too, for whoever has moved it away.
    func hangUp() async {
        do throws(LogOutputProblem) {
            try observation.audit.reopen()
        } catch {
            observation.logger.error("The audit goes on in the file before: \(error)")
        }
        await read(because: "SIGHUP")
    }

    /// One reading after the other, so that none takes the place of a newer one.
    private func read(because reason: String) async {
        let previous = lastReading
        let reading = Task {
            await previous?.value
            await readNow(because: reason)
        }
        lastReading = reading
        await reading.value
    }

    private func readNow(because reason: String) async {
        let (logger, options) = (observation.logger, options)
        // Before they are read: what changes meanwhile is read once more.
        guard let stamps = await onFileThread({ FileStamps(of: options) }) else { return }
        watch.reads(stamps)
        do {
            let plan = try await readFiles()
            try gateway.requireSafe(plan)
            try await gateway.use(plan)
            settings = plan.settings.reload
            for warning in plan.warnings { logger.warning("\(warning)") }
            for entry in plan.catalog.entries {
                if let offReason = entry.offReason { logger.notice("\(entry.name) is off: \(offReason).") }
            }
            let waiting = plan.settings.keysThatWaitForRestart(after: gateway.settings)
            for key in waiting { logger.warning("\(key) has changed, and waits for a restart.") }
            ended(
                isTaken: true,
                waiting.isEmpty ? nil : "changes of \(waiting.joined(separator: ", ")) wait for a restart"
            )
            logger.notice("The files were read again and are served.", metadata: ["reason": "\(reason)"])
        } catch let faults as DocumentFaults {
            for fault in faults.faults { logger.error("\(fault)") }
            let mistakes = faults.faults.count == 1 ? "a mistake" : "\(faults.faults.count) mistakes"
            refused("the files have \(mistakes), which the log names")
        } catch {
            logger.error("\(error)")
            refused("what the files say cannot be served; the log says why")
        }
    }

    private func refused(_ detail: String) {
        observation.logger.error("The files were read again; the gateway goes on with what it had: \(detail).")
        ended(isTaken: false, detail + "; the gateway goes on with what it had")
    }

    private func ended(isTaken: Bool, _ detail: String?) {
        let now = SystemTimekeeper.roughTime()
        observation.reloads.ended(isTaken: isTaken, at: now)
        gateway.readiness.note(ReloadReport(triedAt: now, isTaken: isTaken, detail: detail))
    }

    // MARK: - Files

    private func readFiles() async throws -> GatewayPlan {
        let options = options
        let result = await onFileThread { () -> Result<GatewayPlan, DocumentFaults> in
            do throws(DocumentFaults) {
                return .success(try GatewayPlan(configuration: options.config, providers: options.providers))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw CancellationError() }
        return try result.get()
    }

    /// Nil while the process ends.
    private func onFileThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        try? await fileThread.runIfActive { body() }
    }
}

/// What a reading of the files must not change while the gateway serves.
struct UnsafeReload: Error, CustomStringConvertible {
    let description: String
}

extension RunningGateway {
    /// Throws where a plan, right by itself, would open the addresses at which this gateway listens already.
    nonisolated func requireSafe(_ plan: GatewayPlan) throws(UnsafeReload) {
        let addresses = [settings.listen] + (settings.metricsListen.map { [$0] } ?? [])
        guard plan.settings.clients == nil, let open = addresses.first(where: { !$0.isLoopback }) else { return }
        throw UnsafeReload(
            description:
                "Without clients nobody would need a key at \(open), where the gateway listens until it is restarted."
        )
    }
}

internal import Glibc
internal import UnixSignals

/// How a command that serves comes to its end.
enum Shutdown {
    /// Waits for the first signal to end, and runs `drain`; a second one does not wait for it.
    ///
    /// SIGHUP runs `hangUp`; whatever ends the process, `beforeExit` runs in front of it.
    static func wait(
        for signals: UnixSignalsSequence,
        beforeExit: @escaping @Sendable () -> Void = {},
        hangUp: @escaping @Sendable () async -> Void = {},
        drain: @escaping @Sendable (UnixSignal) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var isDraining = false
            for await signal in signals {
                if signal == .sighup {
                    group.addTask { await hangUp() }
                    continue
                }
                if isDraining {
                    beforeExit()
                    exit(signal == .sigint ? 130 : 143)
                }
                isDraining = true
                group.addTask {
                    await drain(signal)
                    beforeExit()
                    exit(0)
                }
            }
        }
    }
}

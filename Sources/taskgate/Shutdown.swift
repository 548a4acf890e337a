internal import Glibc
internal import UnixSignals

/// How a command that serves comes to its end.
enum Shutdown {
    /// Waits for the first signal, and runs `drain`; a second signal does not wait for it.
    static func wait(for signals: UnixSignalsSequence, _ drain: @escaping @Sendable (UnixSignal) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            var isDraining = false
            for await signal in signals {
                if isDraining { exit(signal == .sigint ? 130 : 143) }
                isDraining = true
                group.addTask {
                    await drain(signal)
                    exit(0)
                }
            }
        }
    }
}

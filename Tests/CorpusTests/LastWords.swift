import Glibc

/// What is written to standard error when a signal ends the process: a trap in a target says by itself where it was, not
/// which input led there.
enum LastWords {
    private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE]
    private static let mostBytes = 1 << 16
    nonisolated(unsafe) private static let text = UnsafeMutableRawPointer.allocate(byteCount: mostBytes, alignment: 1)
    nonisolated(unsafe) private static var count = 0
    /// What each signal does without this, by its number.
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 64)

    /// Has the handler in place; the second time nothing happens.
    private static let isWatching: Bool = {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            _ = write(STDERR_FILENO, LastWords.text, LastWords.count)
            // It comes again when the handler returns.
            sigaction(signal, LastWords.before + Int(signal), nil)
        }
        return signals.allSatisfy { sigaction($0, &action, before + Int($0)) == 0 }
    }()

    /// Has this said should the process end now; to be called by one test at a time.
    static func prepare(_ words: String) {
        precondition(isWatching)
        let bytes = Array("\n\(words)\n".utf8.prefix(mostBytes))
        count = 0
        text.copyMemory(from: bytes, byteCount: bytes.count)
        count = bytes.count
    }

    static func forget() { count = 0 }
}

import Logging
import Synchronization

/// Keeps what is logged, each entry as one line.
final class LogRecorder: LogHandler {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        recorded.withLock { $0.append(([event.level.rawValue, "\(event.message)"] + metadata).joined(separator: " ")) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set { _ = newValue }
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set { _ = newValue }
    }

    var logLevel: Logger.Level {
        get { .trace }
        set { _ = newValue }
    }
}

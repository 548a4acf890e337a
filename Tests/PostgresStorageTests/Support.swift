import Logging
import PostgresStorage
import PostgresTesting
import Synchronization
import TaskModel
import TaskStorage

/// What a store logged.
final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = event.metadata.map { " \($0)" } ?? ""
            recorder.lines.withLock { $0.append("\(event.level) \(event.message)\(metadata)") }
        }
    }
}

extension PostgresStore {
    /// A store that fails sooner than one that serves.
    static func test(
        _ connection: String,
        _ limits: Limits = Limits(time: .seconds(2)),
        logger: Logger = LogRecorder().logger,
        changed: @escaping @Sendable () -> Void = {}
    ) async throws -> PostgresStore {
        try await PostgresStore(connection: Secret(connection), limits: limits, logger: logger, changed: changed)
    }
}

extension PostgresDatabase {
    /// Runs a body with stores on this database, and closes them.
    func withStores<Result>(
        _ count: Int,
        _ body: ([PostgresStore]) async throws -> Result
    ) async throws -> Result {
        var stores: [PostgresStore] = []
        for _ in 0..<count { stores.append(try await .test(connection, PostgresStore.Limits())) }
        do {
            let result = try await body(stores)
            for store in stores { await store.close() }
            return result
        } catch {
            for store in stores { await store.close() }
            throw error
        }
    }
}

/// The problem that a body ends with; nil where it succeeds.
func problem(_ body: () async throws -> Void) async -> StoreProblem? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StoreProblem ?? StoreProblem(.failed, "another error: \(error)")
    }
}

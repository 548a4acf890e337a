internal import GatewaySettings
internal import Logging
internal import PostgresStorage
internal import SQLiteStorage
internal import TaskModel
internal import TaskStorage

/// Opens the store that the configuration names.
enum StoreOpening {
    /// Opens it; `changed` is called when there may be news in it.
    ///
    /// Throws `StoreProblem`.
    static func open(
        _ plan: GatewayPlan,
        _ logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) async throws(StoreProblem) -> any TaskStore {
        switch plan.settings.store {
        case .memory: return MemoryStore(changed: changed)
        case .sqlite(let path): return try SQLiteStore(path: path, changed: changed)
        case .postgres:
            guard let connection = plan.database else { throw StoreProblem(.failed, "It is not known where it is.") }
            return try await PostgresStore(connection: connection, logger: logger, changed: changed)
        }
    }

    /// Whether other gateways may use it at the same time.
    static func isShared(_ settings: StoreSettings) -> Bool {
        if case .postgres = settings { true } else { false }
    }

    /// How much it keeps of each kind at most, whatever is configured: what a process holds in its memory is little.
    static func mostKept(_ settings: StoreSettings) -> Int {
        if case .memory = settings { 10_000 } else { .max }
    }
}

internal import Following
internal import GatewayCore
internal import GatewaySettings
internal import Logging
internal import PostgresStorage
internal import SQLiteStorage
internal import TaskModel
internal import TaskStorage

/// The store that the configuration names, and what goes into it as soon as tasks are served: held cancels, the audit.
struct OpenStore {
    let store: any TaskStore
    let holds: HeldCancels
    let audit: AuditKeeper
    /// Fires when there may be news in it.
    let signal = StoreSignal()
    /// Whether other gateways may use it at the same time.
    let isShared: Bool
    /// How much it keeps of each kind at most, whatever is configured: what a process holds in its memory is little.
    let mostKept: Int

    /// Throws `StoreProblem` where it cannot be opened.
    init(_ plan: GatewayPlan, _ timekeeper: SystemTimekeeper, _ logger: Logger) async throws(StoreProblem) {
        let signal = signal
        let changed: @Sendable () -> Void = { signal.fire() }
        switch plan.settings.store {
        case .memory:
            store = MemoryStore(changed: changed)
            (isShared, mostKept) = (false, 10_000)
        case .sqlite(let path):
            store = try SQLiteStore(path: path, changed: changed)
            (isShared, mostKept) = (false, .max)
        case .postgres:
            guard let connection = plan.database else { throw StoreProblem(.failed, "It is not known where it is.") }
            store = try await PostgresStore(connection: connection, logger: logger, changed: changed)
            (isShared, mostKept) = (true, .max)
        }
        audit = AuditKeeper(store, timekeeper: timekeeper, logger: logger)
        holds = HeldCancels(
            store,
            for: plan.settings.following.cancelHold,
            now: { timekeeper.now().time },
            logger: logger
        )
    }
}

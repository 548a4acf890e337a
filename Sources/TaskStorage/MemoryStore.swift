internal import Synchronization
package import TaskModel

/// The store without a database: it keeps everything for as long as the process runs, for one gateway alone.
package final class MemoryStore: TaskStore {
    private let state = Mutex(MemoryTables())
    private let changed: @Sendable () -> Void

    package init(changed: @escaping @Sendable () -> Void) {
        self.changed = changed
    }

    /// Changes the tables, and says so.
    private func change<Result: Sendable>(_ body: (inout MemoryTables) -> sending Result) -> Result {
        let result = state.withLock { body(&$0) }
        changed()
        return result
    }

    private func read<Result: Sendable>(_ body: (inout MemoryTables) -> sending Result) -> Result {
        state.withLock { body(&$0) }
    }

    // MARK: - Watches

    package func put(_ watch: Watch, isDone: Bool, seenAt: Timestamp, at now: Timestamp) -> Watch {
        change { $0.put(watch, isDone: isDone, seenAt: seenAt, at: now) }
    }

    package func watch(of client: String?, on task: TaskID) -> Watch? {
        read { $0.tasks[task]?.watches[.init(client: client)] }
    }

    package func watches(of client: String?, after task: TaskID?, limit: Int) -> [Watch] {
        read { $0.watches(of: client, after: task, limit: limit) }
    }

    package func removeWatch(of client: String?, on task: TaskID, at now: Timestamp) -> Watch? {
        change { $0.removeWatch(of: client, on: task, at: now) }
    }

    package func renewLease(of client: String?, on task: TaskID, at now: Timestamp) -> Watch? {
        change { $0.renewLease(of: client, on: task, at: now) }
    }

    // MARK: - Following

    package func hold(_ cancel: HeldCancel, on task: TaskID, at now: Timestamp) -> HeldCancel {
        change { $0.hold(cancel, on: task) }
    }

    package func revive(_ task: TaskID, seenAt: Timestamp) {
        change { $0.revive(task, seenAt: seenAt) }
    }

    package func stream(_ tasks: [TaskID], until: Timestamp, at now: Timestamp) {
        change { $0.stream(tasks, until: until) }
    }

    package func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        anew: Bool,
        at now: Timestamp
    ) -> [KeptTask] {
        read { $0.claim(for: owner, until: until, limit: limit, anew: anew, at: now) }
    }

    package func renew(for owner: String, until: Timestamp, at now: Timestamp) -> Set<TaskID> {
        read { $0.renew(for: owner, until: until) }
    }

    package func release(_ tasks: [TaskID]?, of owner: String) {
        change { $0.release(tasks, of: owner) }
    }

    package func releaseAll() {
        change { $0.releaseAll() }
    }

    package func record(_ changes: [TaskChange], by owner: String, at now: Timestamp) -> Set<TaskID> {
        change { $0.record(changes, by: owner, at: now) }
    }

    package func beat(at now: Timestamp, gap: Duration) -> Bool {
        let isGap = read { $0.beat(at: now, gap: gap) }
        if isGap { changed() }
        return isGap
    }

    // MARK: - Reading

    package func task(_ id: TaskID) -> KeptTask? {
        read { $0.tasks[id]?.kept }
    }

    package func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) -> [KeptTask] {
        read { $0.list(filter, after: task, limit: limit) }
    }

    package func heldCancels() -> [TaskID: HeldCancel] {
        read { tables in
            tables.tasks.compactMapValues { $0.endedAt == nil ? $0.heldCancel : nil }
        }
    }

    package func events(of tasks: [TaskID]?, after sequence: Int64, limit: Int) -> [TaskEvent] {
        read { $0.events(of: tasks, after: sequence, limit: limit) }
    }

    package func eventRange() -> EventRange {
        read { EventRange(forgotten: $0.forgotten, latest: $0.latest) }
    }

    // MARK: - Deliveries

    package func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) -> [Delivery] {
        read { $0.claimDeliveries(for: owner, until: until, limit: limit, avoiding: avoiding, at: now) }
    }

    package func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) {
        change { $0.settle(delivery, attempt, outcome, by: owner) }
    }

    package func deliveries(_ filter: DeliveryFilter, below number: Int64?, limit: Int) -> [Delivery] {
        read { $0.list(filter, below: number, limit: limit) }
    }

    package func attempts(of delivery: Int64, for audience: NewEvent.Audience?) -> [DeliveryAttempt]? {
        read { $0.delivery(delivery, for: audience)?.attempts }
    }

    package func redeliver(_ delivery: Int64, for audience: NewEvent.Audience?, at now: Timestamp) -> Delivery? {
        change { $0.redeliver(delivery, for: audience, at: now) }
    }

    // MARK: - The audit

    package func audit(_ records: [AuditRecord]) {
        read { $0.audit.append(records) }
    }

    package func auditRecords(of task: TaskID?, below number: Int64?, limit: Int) -> [KeptAuditRecord] {
        read { $0.audit.list(task, below: number, limit: limit) }
    }

    // MARK: - Keeping it small

    package func prune(_ retention: Retention, at now: Timestamp) -> Int {
        read { $0.prune(retention, at: now) }
    }

    package func close() {}
}

import Synchronization
import TaskModel
import TaskStorage

/// A store that fails when it is told to, as a database does whose connection breaks.
final class ForgetfulStore: TaskStore {
    let inner = MemoryStore(changed: {})
    private let fault = Mutex<Fault?>(nil)
    private let claimed = Atomic(0)

    /// How often it was asked for tasks.
    var claims: Int { claimed.load(ordering: .relaxed) }

    enum Fault {
        /// It does what it is asked, and the answer is lost.
        case losesAnswers
        /// It cannot be reached.
        case isAway
    }

    /// Fails every call from now on, or none.
    func fail(_ fault: Fault?) { self.fault.withLock { $0 = fault } }

    private func answer<Value>(_ body: @autoclosure () -> Value) throws(StoreProblem) -> Value {
        let fault = fault.withLock { $0 }
        if fault == .isAway { throw StoreProblem(.unavailable, "it is away") }
        let value = body()
        if fault == .losesAnswers { throw StoreProblem(.unavailable, "the answer was lost") }
        return value
    }

    func put(
        _ watch: Watch,
        isDone: Bool,
        seenAt: Timestamp,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch {
        try answer(inner.put(watch, isDone: isDone, seenAt: seenAt, at: now))
    }

    func watch(of client: String?, on task: TaskID) async throws(StoreProblem) -> Watch? {
        try answer(inner.watch(of: client, on: task))
    }

    func watches(of client: String?, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [Watch] {
        try answer(inner.watches(of: client, after: task, limit: limit))
    }

    func removeWatch(of client: String?, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> Watch? {
        try answer(inner.removeWatch(of: client, on: task, at: now))
    }

    func renewLease(of client: String?, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> Watch? {
        try answer(inner.renewLease(of: client, on: task, at: now))
    }

    func hold(_ cancel: HeldCancel, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> HeldCancel {
        try answer(inner.hold(cancel, on: task, at: now))
    }

    func revive(_ task: TaskID, seenAt: Timestamp) async throws(StoreProblem) {
        try answer(inner.revive(task, seenAt: seenAt))
    }

    func stream(_ tasks: [TaskID], until: Timestamp, at now: Timestamp) async throws(StoreProblem) {
        try answer(inner.stream(tasks, until: until, at: now))
    }

    func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        anew: Bool,
        at now: Timestamp
    ) async throws(StoreProblem) -> [KeptTask] {
        claimed.add(1, ordering: .relaxed)
        return try answer(inner.claim(for: owner, until: until, limit: limit, anew: anew, at: now))
    }

    func renew(for owner: String, until: Timestamp, at now: Timestamp) async throws(StoreProblem) -> Set<TaskID> {
        try answer(inner.renew(for: owner, until: until, at: now))
    }

    func release(_ tasks: [TaskID]?, of owner: String) async throws(StoreProblem) {
        try answer(inner.release(tasks, of: owner))
    }

    func releaseAll() async throws(StoreProblem) { try answer(inner.releaseAll()) }

    func record(
        _ changes: [TaskChange],
        by owner: String,
        at now: Timestamp
    ) async throws(StoreProblem) -> Set<TaskID> {
        try answer(inner.record(changes, by: owner, at: now))
    }

    func beat(at now: Timestamp, gap: Duration) async throws(StoreProblem) -> Bool {
        try answer(inner.beat(at: now, gap: gap))
    }

    func task(_ id: TaskID) async throws(StoreProblem) -> KeptTask? { try answer(inner.task(id)) }

    func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [KeptTask] {
        try answer(inner.tasks(filter, after: task, limit: limit))
    }

    func heldCancels() async throws(StoreProblem) -> [TaskID: HeldCancel] { try answer(inner.heldCancels()) }

    func events(of tasks: [TaskID]?, after sequence: Int64, limit: Int) async throws(StoreProblem) -> [TaskEvent] {
        try answer(inner.events(of: tasks, after: sequence, limit: limit))
    }

    func eventRange() async throws(StoreProblem) -> EventRange { try answer(inner.eventRange()) }

    func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) async throws(StoreProblem) -> [Delivery] {
        try answer(inner.claimDeliveries(for: owner, until: until, limit: limit, avoiding: avoiding, at: now))
    }

    func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) async throws(StoreProblem) {
        try answer(inner.settle(delivery, attempt, outcome, by: owner))
    }

    func deliveries(_ filter: DeliveryFilter, below number: Int64?, limit: Int) async throws(StoreProblem) -> [Delivery]
    {
        try answer(inner.deliveries(filter, below: number, limit: limit))
    }

    func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(StoreProblem) -> [DeliveryAttempt]? {
        try answer(inner.attempts(of: delivery, for: audience))
    }

    func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?,
        at now: Timestamp
    ) async throws(StoreProblem) -> Delivery? {
        try answer(inner.redeliver(delivery, for: audience, at: now))
    }

    func audit(_ records: [AuditRecord]) async throws(StoreProblem) { try answer(inner.audit(records)) }

    func auditRecords(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [KeptAuditRecord] {
        try answer(inner.auditRecords(of: task, below: number, limit: limit))
    }

    func prune(_ retention: Retention, at now: Timestamp) async throws(StoreProblem) -> Int {
        try answer(inner.prune(retention, at: now))
    }

    func close() async {}
}

package import TaskModel

/// Where followed tasks, watches, held cancels, events, deliveries and the audit are kept.
///
/// Several gateways may share one. Each method is one transaction: all of it happened or nothing, and what returned is
/// as safe as the store makes anything. The clock is passed in; gateways that share a store have clocks that agree to
/// well within a lease. A store calls the `changed` that it was made with, on any thread, when there may be news for
/// somebody who follows, streams or delivers, whoever brought them; it may call it without reason, and a call may be
/// lost, so everybody looks at intervals too.
///
/// Every method throws `StoreProblem`, after which nothing is changed, or where the connection broke at the end of a
/// transaction, perhaps all of it: all of them can be repeated, but `record`, which then finds its events there already by
/// their ids and keeps them once.
package protocol TaskStore: Sendable {
    // MARK: - Watches

    /// Keeps a watch, in place of the one that its client has on the task.
    ///
    /// `createdAt` of the one before is kept. Where that has not ended, and deadline and lease's term are as before, when it
    /// fired is kept, too; what the given one says of firing and ending is ignored. A webhook is told again, even if it was gone.
    ///
    /// What the client's watch on the task has not delivered follows the new one: to its URL at once where that is another,
    /// and where it has no webhook it is dropped. Whoever is sending it meanwhile is too late.
    ///
    /// `isDone` says whether the task was seen to be over, and `seenAt` when. Where it was, or was seen before what is kept
    /// of its end, and the event of that end is still there, the watch ends at once and gets a delivery of that end. Any
    /// other task that had ended or was lost is followed anew.
    func put(
        _ watch: Watch,
        isDone: Bool,
        seenAt: Timestamp,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch

    /// A client's watch on a task, also one that has ended.
    func watch(of client: String?, on task: TaskID) async throws(StoreProblem) -> Watch?

    /// A client's watches in the order of the tasks' ids, those after `task` only.
    func watches(of client: String?, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [Watch]

    /// Takes a watch back; what it has not delivered is dropped. Returns it as it was; nil where there was none.
    func removeWatch(of client: String?, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> Watch?

    /// Gives a lease its whole term from now on, unless the watch has none, has fired or has ended.
    ///
    /// Returns the watch as it is then; nil where there is none.
    func renewLease(of client: String?, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> Watch?

    // MARK: - Following

    /// Keeps a cancel until whoever follows the task has seen to it, and returns what is held: where one is held already,
    /// that one. A task that had ended is followed anew.
    func hold(_ cancel: HeldCancel, on task: TaskID, at now: Timestamp) async throws(StoreProblem) -> HeldCancel

    /// Has tasks followed for streams until then at least, those that are over excepted.
    ///
    /// This alone does not give a task to its owner once more: it finds out when it gives the task back.
    func stream(_ tasks: [TaskID], until: Timestamp, at now: Timestamp) async throws(StoreProblem)

    /// Has a task that had ended or was lost followed anew where it was seen to go on behind that, at `seenAt`.
    func revive(_ task: TaskID, seenAt: Timestamp) async throws(StoreProblem)

    /// Takes tasks that are wanted and that nobody follows, at most `limit`, and gives those that `owner` follows and that
    /// somebody else changed since it was told last; with `anew` all that it follows, for an owner that may have missed
    /// an answer.
    ///
    /// An owner has one time for all that it follows: it lasts until `until` now, unless it lasted longer. When it is over,
    /// everything stays `owner`'s until somebody else takes it. What nobody wants any more comes back too, and is nobody's
    /// then.
    func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        anew: Bool,
        at now: Timestamp
    ) async throws(StoreProblem) -> [KeptTask]

    /// Prolongs the time of `owner`, and returns all that it follows.
    ///
    /// What is not among it has been taken over by somebody else.
    func renew(for owner: String, until: Timestamp, at now: Timestamp) async throws(StoreProblem) -> Set<TaskID>

    /// Gives back tasks, so that somebody else can follow them at once; nil gives back everything that `owner` follows or
    /// sends.
    func release(_ tasks: [TaskID]?, of owner: String) async throws(StoreProblem)

    /// Gives back everything that anybody follows or sends: for the start of a gateway that has its store alone.
    func releaseAll() async throws(StoreProblem)

    /// Keeps what `owner` learnt of tasks that it follows, each change as a whole.
    ///
    /// Returns the tasks that are not its own any more, and those with a change that lets a watch fire whose time has not
    /// come or that is not there, because its client renewed it, put it anew or took it back meanwhile: nothing is kept of
    /// those changes, and `claim` gives the tasks to `owner` anew if they are still its own. A watch that has fired keeps
    /// when it did. An event whose id is kept already is not kept again, nor delivered again.
    func record(
        _ changes: [TaskChange],
        by owner: String,
        at now: Timestamp
    ) async throws(StoreProblem) -> Set<TaskID>

    /// Says that a gateway is there, and makes good what nobody could do while none was.
    ///
    /// Where the latest beat before is longer ago than `gap`, leases that had not run out at that beat get a whole term from
    /// now on: nobody could renew them meanwhile. Returns whether that was so.
    func beat(at now: Timestamp, gap: Duration) async throws(StoreProblem) -> Bool

    // MARK: - Reading

    func task(_ id: TaskID) async throws(StoreProblem) -> KeptTask?

    /// Tasks in the order of their ids, those after `task` only.
    func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [KeptTask]

    /// What is held for tasks that have not ended.
    func heldCancels() async throws(StoreProblem) -> [TaskID: HeldCancel]

    /// Events in their order, those after `sequence` only.
    ///
    /// Whoever saw one here finds none with a smaller sequence later. `tasks` is those that are asked for; nil is all.
    func events(of tasks: [TaskID]?, after sequence: Int64, limit: Int) async throws(StoreProblem) -> [TaskEvent]

    func eventRange() async throws(StoreProblem) -> EventRange

    // MARK: - Deliveries

    /// Takes pending deliveries whose time has come, at most `limit`, none to an origin of `avoiding` (see
    /// `Delivery.origin`); they are `owner`'s until `until`, or, where it follows tasks, until its time for those is over.
    ///
    /// Of those of one watch only the earliest that is pending is given, so that they arrive in their order.
    func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) async throws(StoreProblem) -> [Delivery]

    /// Keeps how an attempt ended, and what comes of the delivery, as it was when it was claimed.
    ///
    /// Where it is not `owner`'s any more, not pending, or goes to another URL by now, the attempt alone is kept.
    func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) async throws(StoreProblem)

    /// Deliveries, the latest first, those with a number below `number` only.
    func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [Delivery]

    /// The attempts of a delivery in their order; nil where there is no such delivery for `audience` (nil is every client's).
    func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(StoreProblem) -> [DeliveryAttempt]?

    /// Has a delivery sent once more at once, whatever came of it; nil where there is no such delivery for `audience`.
    func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?,
        at now: Timestamp
    ) async throws(StoreProblem) -> Delivery?

    // MARK: - The audit

    /// Keeps records of the audit, in their order, but for those whose ids are kept already.
    func audit(_ records: [AuditRecord]) async throws(StoreProblem)

    /// Records of the audit, the latest first, those with a number below `number` only.
    ///
    /// `task` is whose are asked for; nil is all of them.
    func auditRecords(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [KeptAuditRecord]

    // MARK: - Keeping it small

    /// Forgets deliveries, events, tasks and records of the audit that are older or more than `retention` keeps, and returns how many those were.
    ///
    /// What is still wanted stays: watches that have not ended, pending deliveries, events whose deliveries are kept, tasks
    /// that are followed. With a task its watches go. Of a task that is not wanted and was never seen nothing is known, so
    /// it goes at once.
    func prune(_ retention: Retention, at now: Timestamp) async throws(StoreProblem) -> Int

    /// Ends; nothing is asked after that.
    func close() async
}

/// How much is kept of what is over.
package struct Retention: Sendable, Hashable {
    /// How long, and how many at most.
    package struct Bounds: Sendable, Hashable {
        package var age: Duration
        package var count: Int

        package init(age: Duration, count: Int) {
            self.age = age
            self.count = count
        }
    }

    package var events: Bounds
    package var deliveries: Bounds
    package var endedTasks: Bounds
    package var audit: Bounds

    package init(events: Bounds, deliveries: Bounds, endedTasks: Bounds, audit: Bounds) {
        self.events = events
        self.deliveries = deliveries
        self.endedTasks = endedTasks
        self.audit = audit
    }
}

/// Why a store could not do what it was asked.
package struct StoreProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// It cannot be reached or does not answer; a little later it may.
        case unavailable
        /// What it holds was written by a later version, or by something else.
        case foreign
        /// It refused, or holds what cannot be read.
        case failed
    }

    package let kind: Kind
    /// What happened, for the log.
    ///
    /// It may quote what the store holds, so no caller sees it.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    package var description: String { detail }
}

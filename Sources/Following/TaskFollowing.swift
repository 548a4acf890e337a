package import TaskModel
package import TaskStorage

/// Following of tasks, as the edge of the gateway sees it: streams, watches, what is known, deliveries.
///
/// Whether a client may do what it asks for is the edge's business; whether it makes sense is decided here. Each method
/// throws `store_unavailable` where what is kept cannot be reached, and `invalid_request` for what makes no sense.
package protocol TaskFollowing: Sendable {
    // MARK: - Watches

    /// Follows a task for a client, in place of how it did before.
    ///
    /// The task is read first. Throws why that failed, and `unsupported_operation` for a provider whose callers bring their
    /// own keys: nothing is kept of those, and without a key nothing can be followed; also for a deadline or a lease of a
    /// task that cannot be cancelled.
    func watch(_ wish: WatchWish) async throws(GatewayError) -> Watch

    /// A client's watch on a task, also one that has ended; nil where there is none.
    func watch(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch?

    /// A client's watches in the order of the tasks' ids, those after `task` only.
    func watches(of client: String?, after task: TaskID?, limit: Int) async throws(GatewayError) -> [Watch]

    /// Takes a watch back, with what it has not delivered; false where there was none.
    func removeWatch(of client: String?, on task: TaskID) async throws(GatewayError) -> Bool

    /// Gives the lease of a watch its whole term from now on.
    ///
    /// Throws `not_found` where there is no watch, and `invalid_request` where it has no lease, or the lease ran out or
    /// the task ended before.
    func renewLease(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch

    // MARK: - What is known

    /// Tasks that are or were followed, in the order of their ids, those after `task` only.
    func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) async throws(GatewayError) -> [KeptTask]

    // MARK: - Deliveries

    /// Deliveries, the latest first, those with a number below `number` only.
    func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(GatewayError) -> [Delivery]

    /// The attempts of a delivery in their order; nil where `audience` has no such delivery (nil has every client's).
    func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> [DeliveryAttempt]?

    /// Has a delivery sent once more at once; nil where `audience` has no such delivery (nil has every client's).
    func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> Delivery?

    // MARK: - The audit

    /// Records of the audit, the latest first, those with a number below `number` only, of one task or of all.
    func audit(of task: TaskID?, below number: Int64?, limit: Int) async throws(GatewayError) -> [KeptAuditRecord]

    // MARK: - Streams

    /// Opens a stream of what happens to tasks, for a client; nil where the gateway has no named ones.
    ///
    /// `sequence` is that of the last event that the reader has, nil where it has none; with one that is too old for what is
    /// kept it begins anew. The sink gets everything on any thread, in order and never two at a time, and what was
    /// on its way when `close` returned, but nothing more. Returns at once.
    func open(
        _ tasks: [TaskID],
        for client: String?,
        after sequence: Int64?,
        into sink: any EventSink
    ) -> any EventStream
}

/// What a client wants of a watch.
package struct WatchWish: Sendable, Hashable {
    package enum Deadline: Sendable, Hashable {
        case after(Duration)
        case at(Timestamp)
    }

    package struct Webhook: Sendable, Hashable {
        package var url: String
        /// Nil is all of them.
        package var events: Set<TaskEventType>?

        package init(url: String, events: Set<TaskEventType>?) {
            self.url = url
            self.events = events
        }
    }

    package var client: String?
    package var task: TaskID
    package var webhook: Webhook?
    package var deadline: Deadline?
    package var lease: Duration?

    package init(client: String?, task: TaskID, webhook: Webhook?, deadline: Deadline?, lease: Duration?) {
        self.client = client
        self.task = task
        self.webhook = webhook
        self.deadline = deadline
        self.lease = lease
    }
}

/// A stream that is open.
package protocol EventStream: Sendable {
    /// Ends it because its reader is gone.
    func close()
}

/// Takes what a stream sends.
package protocol EventSink: Sendable {
    /// Where a task stands now, when the stream begins: before every event of that task.
    ///
    /// `sequence` is what a reader that has this one and everything before it names when it comes back; nil where it would
    /// miss something then.
    func task(_ task: TaskID, _ document: SharedBytes, sequence: Int64?)

    /// Something happened.
    func event(_ event: StreamedEvent)

    /// A task cannot be followed: its provider does not know it, or is not configured. The stream goes on with the others.
    func failed(_ task: TaskID, _ error: GatewayError, sequence: Int64?)

    /// The stream stands: whatever is known was told, perhaps nothing, and more will come.
    func stands()

    /// All tasks are over: nothing comes after this.
    ///
    /// `isRepeated` says that the reader had been told everything before, so that it need not come again.
    func end(isRepeated: Bool, sequence: Int64)

    /// Nothing more can be sent, though the tasks go on: the store is away, or the gateway stops. The reader comes back.
    func cut(_ reason: GatewayError)
}

/// An event as all the streams that show it share it.
package struct StreamedEvent: Sendable {
    package let sequence: Int64
    package let task: TaskID
    package let type: TaskEventType
    /// The JSON of the task as it was then.
    package let document: SharedBytes

    package init(sequence: Int64, task: TaskID, type: TaskEventType, document: SharedBytes) {
        self.sequence = sequence
        self.task = task
        self.type = type
        self.document = document
    }
}

/// Bytes that many streams send, held once.
package final class SharedBytes: Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

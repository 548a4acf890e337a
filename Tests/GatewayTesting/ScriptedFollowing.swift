package import Following
internal import Synchronization
package import TaskModel
package import TaskStorage

/// Following whose answers the test gives, and whose streams it feeds.
package final class ScriptedFollowing: TaskFollowing {
    /// What was asked, with what mattered of it.
    package enum Asked: Sendable, Hashable {
        case put(WatchWish)
        case watch(client: String?, TaskID)
        case watches(client: String?, after: TaskID?, limit: Int)
        case remove(client: String?, TaskID)
        case renew(client: String?, TaskID)
        case tasks(TaskFilter, after: TaskID?, limit: Int)
        case deliveries(DeliveryFilter, below: Int64?, limit: Int)
        case attempts(Int64, NewEvent.Audience?)
        case redeliver(Int64, NewEvent.Audience?)
        case audit(TaskID?, below: Int64?, limit: Int)
    }

    private struct WatchKey: Hashable {
        let client: String?
        let task: TaskID
    }

    private struct State {
        var asked: [Asked] = []
        var failure: GatewayError?
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watches: [WatchKey: Watch] = [:]
        var tasks: [KeptTask] = []
        var deliveries: [Delivery] = []
        var attempts: [Int64: [DeliveryAttempt]] = [:]
        var audit: [KeptAuditRecord] = []
    }

    private let state = Mutex(State())
    /// Each stream, when it is opened.
    package let streams: AsyncStream<ScriptedStream>
    private let streamsInput: AsyncStream<ScriptedStream>.Continuation
    private let now: Timestamp

    package init(now: Timestamp = Timestamp(millisecondsSinceEpoch: 1_795_224_003_123)) {
        self.now = now
        (streams, streamsInput) = AsyncStream.makeStream()
    }

    package var asked: [Asked] { state.withLock(\.asked) }

    // MARK: - The script

    /// Has everything fail from now on; nil ends that.
    package func fail(with error: GatewayError?) { state.withLock { $0.failure = error } }

    /// Keeps every question until `release`.
    package func hold() { state.withLock { $0.isHeld = true } }

    package func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// How many questions are kept.
    package var heldCount: Int { state.withLock(\.waiting.count) }

    package func set(_ watch: Watch) {
        state.withLock { $0.watches[WatchKey(client: watch.client, task: watch.task)] = watch }
    }

    package func set(_ tasks: [KeptTask]) { state.withLock { $0.tasks = tasks } }

    /// The latest first.
    package func set(_ deliveries: [Delivery], attempts: [Int64: [DeliveryAttempt]] = [:]) {
        state.withLock { state in
            state.deliveries = deliveries
            state.attempts = attempts
        }
    }

    /// The latest first.
    package func set(_ audit: [KeptAuditRecord]) { state.withLock { $0.audit = audit } }

    private func answer<Value: Sendable>(
        _ asked: Asked,
        _ make: @Sendable (inout State) -> Value
    ) async throws(GatewayError) -> Value {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.asked.append(asked)
                guard state.isHeld else { return true }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
        let result = state.withLock { state -> Result<Value, GatewayError> in
            if let failure = state.failure { return .failure(failure) }
            return .success(make(&state))
        }
        return try result.get()
    }

    // MARK: - TaskFollowing

    package func watch(_ wish: WatchWish) async throws(GatewayError) -> Watch {
        let now = now
        return try await answer(.put(wish)) { state in
            let key = WatchKey(client: wish.client, task: wish.task)
            var watch = Watch(
                client: wish.client,
                task: wish.task,
                webhook: wish.webhook.map {
                    Watch.Webhook(url: $0.url, events: $0.events ?? Set(TaskEventType.allCases))
                },
                createdAt: state.watches[key]?.createdAt ?? now
            )
            switch wish.deadline {
            case .after(let duration): watch.deadline = now.later(by: duration)
            case .at(let time): watch.deadline = time
            case nil: break
            }
            watch.lease = wish.lease.map { Watch.Lease(term: $0, endsAt: now.later(by: $0)) }
            state.watches[key] = watch
            return watch
        }
    }

    package func watch(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch? {
        try await answer(.watch(client: client, task)) { $0.watches[WatchKey(client: client, task: task)] }
    }

    package func watches(of client: String?, after task: TaskID?, limit: Int) async throws(GatewayError) -> [Watch] {
        try await answer(.watches(client: client, after: task, limit: limit)) { state in
            let watches = state.watches.values.filter { $0.client == client }
                .sorted { $0.task.description < $1.task.description }
                .drop { watch in task.map { watch.task.description <= $0.description } ?? false }
            return Array(watches.prefix(limit))
        }
    }

    package func removeWatch(of client: String?, on task: TaskID) async throws(GatewayError) -> Bool {
        try await answer(.remove(client: client, task)) { state in
            state.watches.removeValue(forKey: WatchKey(client: client, task: task)) != nil
        }
    }

    package func renewLease(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch {
        let watch = try await answer(.renew(client: client, task)) { state in
            state.watches[WatchKey(client: client, task: task)]
        }
        guard let watch else { throw GatewayError(.notFound, "There is no watch.") }
        return watch
    }

    package func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) async throws(GatewayError) -> [KeptTask] {
        try await answer(.tasks(filter, after: task, limit: limit)) { state in
            let tasks = state.tasks.drop { kept in task.map { kept.id.description <= $0.description } ?? false }
            return Array(tasks.prefix(limit))
        }
    }

    package func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(GatewayError) -> [Delivery] {
        try await answer(.deliveries(filter, below: number, limit: limit)) { state in
            let deliveries = state.deliveries.filter { delivery in
                (filter.audience.map { $0.client == delivery.client } ?? true)
                    && (number.map { delivery.number < $0 } ?? true)
            }
            return Array(deliveries.prefix(limit))
        }
    }

    package func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> [DeliveryAttempt]? {
        try await answer(.attempts(delivery, audience)) { $0.attempts[delivery] }
    }

    package func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> Delivery? {
        try await answer(.redeliver(delivery, audience)) { state in
            state.deliveries.first { $0.number == delivery }
        }
    }

    package func audit(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(GatewayError) -> [KeptAuditRecord] {
        try await answer(.audit(task, below: number, limit: limit)) { Array($0.audit.prefix(limit)) }
    }

    package func open(
        _ tasks: [TaskID],
        for client: String?,
        after sequence: Int64?,
        into sink: any EventSink
    ) -> any EventStream {
        let stream = ScriptedStream(tasks: tasks, after: sequence, sink: sink)
        streamsInput.yield(stream)
        return stream
    }
}

/// A stream that a test feeds.
package final class ScriptedStream: EventStream {
    package let tasks: [TaskID]
    package let after: Int64?
    package let sink: any EventSink
    /// Ends when the stream is closed.
    package let closing: AsyncStream<Void>
    private let closingInput: AsyncStream<Void>.Continuation

    init(tasks: [TaskID], after: Int64?, sink: any EventSink) {
        self.tasks = tasks
        self.after = after
        self.sink = sink
        (closing, closingInput) = AsyncStream.makeStream()
    }

    package func close() { closingInput.finish() }

    /// Returns when the stream is closed.
    package func closed() async {
        for await _ in closing {}
    }
}

extension Timestamp {
    fileprivate func later(by duration: Duration) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch + duration.nanoseconds / 1_000_000)
    }
}

package import GatewayCore
internal import Synchronization
package import TaskModel
package import TaskStorage
package import Webhooks

/// What applications ask of following, judged and kept.
package final class FollowingService: TaskFollowing {
    /// What a reading of the configuration changes of it.
    package struct Basis: Sendable {
        /// Reads tasks, and knows what providers can do.
        package var gateway: any TaskAnswering
        package var secrets: WebhookSecrets
        package var targets: WebhookTargets

        package init(gateway: any TaskAnswering, secrets: WebhookSecrets, targets: WebhookTargets) {
            self.gateway = gateway
            self.secrets = secrets
            self.targets = targets
        }
    }

    private let store: any TaskStore
    private let hub: EventHub
    private let now: @Sendable () -> Timestamp
    private let basis: Mutex<Basis>
    private let lastStream = Atomic<UInt64>(0)

    package init(
        _ store: any TaskStore,
        _ hub: EventHub,
        _ basis: Basis,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.hub = hub
        self.now = now
        self.basis = Mutex(basis)
    }

    /// Judges by another reading of the configuration from now on.
    package func use(_ basis: Basis) {
        self.basis.withLock { $0 = basis }
    }

    /// Asks the store; what it throws is for the log, callers learn that it is away.
    private func kept<Value>(
        _ body: (any TaskStore) async throws(StoreProblem) -> Value
    ) async throws(GatewayError) -> Value {
        do throws(StoreProblem) {
            return try await body(store)
        } catch {
            throw error.gatewayError
        }
    }

    // MARK: - Watches

    package func watch(_ wish: WatchWish) async throws(GatewayError) -> Watch {
        let basis = basis.withLock { $0 }
        try judge(wish, basis)
        let answer = try await basis.gateway.answer(TaskQuestion(.status, about: wish.task)).get()
        let now = now()
        var watch = Watch(
            client: wish.client,
            task: wish.task,
            webhook: wish.webhook.map { .init(url: $0.url, events: $0.events ?? Set(TaskEventType.allCases)) },
            execution: Execution(answer.snapshot),
            createdAt: now
        )
        switch wish.deadline {
        case .after(let duration): watch.deadline = now.advanced(by: duration)
        case .at(let time): watch.deadline = time
        case nil: break
        }
        watch.lease = wish.lease.map { .init(term: $0, endsAt: now.advanced(by: $0)) }
        let (isDone, seenAt) = (answer.snapshot.isDone, answer.snapshot.observedAt)
        return try await kept { store throws(StoreProblem) in
            try await store.put(watch, isDone: isDone, seenAt: seenAt, at: now)
        }
    }

    private func judge(_ wish: WatchWish, _ basis: Basis) throws(GatewayError) {
        let provider = wish.task.provider
        let report = basis.gateway.providers().first { $0.name == provider }
        if report?.credential == .caller {
            throw GatewayError(
                .unsupportedOperation,
                "Callers bring their own keys for \(provider), and none is kept, so its tasks cannot be followed for them.",
                provider: provider
            )
        }
        if wish.deadline != nil || wish.lease != nil, let report, report.cancelConfirmation == nil {
            throw GatewayError(
                .unsupportedOperation,
                "\(provider) has no way to cancel a task, so a deadline or a lease could not be kept.",
                provider: provider
            )
        }
        guard let webhook = wish.webhook else { return }
        _ = try basis.targets.target(webhook.url)
        if basis.secrets.pair(of: wish.client) == nil {
            throw GatewayError(
                .invalidRequest,
                "webhook cannot be signed: whoever runs the gateway gives a secret with \"webhooks\"/\"secret\" in its configuration."
            )
        }
    }

    package func watch(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch? {
        try await kept { store throws(StoreProblem) in try await store.watch(of: client, on: task) }
    }

    package func watches(of client: String?, after task: TaskID?, limit: Int) async throws(GatewayError) -> [Watch] {
        try await kept { store throws(StoreProblem) in
            try await store.watches(of: client, after: task, limit: limit)
        }
    }

    package func removeWatch(of client: String?, on task: TaskID) async throws(GatewayError) -> Bool {
        let now = now()
        return try await kept { store throws(StoreProblem) in
            try await store.removeWatch(of: client, on: task, at: now) != nil
        }
    }

    package func renewLease(of client: String?, on task: TaskID) async throws(GatewayError) -> Watch {
        let now = now()
        let renewed = try await kept { store throws(StoreProblem) in
            try await store.renewLease(of: client, on: task, at: now)
        }
        guard let watch = renewed else {
            throw GatewayError(.notFound, "There is no watch on this task; PUT one first.")
        }
        if watch.endedAt != nil {
            throw GatewayError(.invalidRequest, "The task is over, so there is nothing to renew.")
        }
        if watch.firedAt != nil {
            throw GatewayError(
                .invalidRequest,
                "The lease ran out, or the deadline passed, and the task is being stopped for that."
            )
        }
        if watch.lease == nil { throw GatewayError(.invalidRequest, "The watch has no lease to renew.") }
        return watch
    }

    // MARK: - What is known

    package func tasks(
        _ filter: TaskFilter,
        after task: TaskID?,
        limit: Int
    ) async throws(GatewayError) -> [KeptTask] {
        try await kept { store throws(StoreProblem) in try await store.tasks(filter, after: task, limit: limit) }
    }

    // MARK: - Deliveries

    package func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(GatewayError) -> [Delivery] {
        try await kept { store throws(StoreProblem) in
            try await store.deliveries(filter, below: number, limit: limit)
        }
    }

    package func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> [DeliveryAttempt]? {
        try await kept { store throws(StoreProblem) in try await store.attempts(of: delivery, for: audience) }
    }

    package func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(GatewayError) -> Delivery? {
        let now = now()
        return try await kept { store throws(StoreProblem) in
            try await store.redeliver(delivery, for: audience, at: now)
        }
    }

    // MARK: - The audit

    package func audit(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(GatewayError) -> [KeptAuditRecord] {
        try await kept { store throws(StoreProblem) in
            try await store.auditRecords(of: task, below: number, limit: limit)
        }
    }

    // MARK: - Streams

    package func open(
        _ tasks: [TaskID],
        for client: String?,
        after sequence: Int64?,
        into sink: any EventSink
    ) -> any EventStream {
        let stream = OpenStream(number: lastStream.add(1, ordering: .relaxed).newValue, hub: hub)
        let audience = NewEvent.Audience(client: client)
        Task { await hub.open(stream, tasks, for: audience, after: sequence, into: sink) }
        return stream
    }
}

/// A stream from its opening to its end.
final class OpenStream: EventStream {
    let number: UInt64
    private let hub: EventHub
    private let isGone = Atomic(false)

    init(number: UInt64, hub: EventHub) {
        self.number = number
        self.hub = hub
    }

    /// Whether its reader went away, perhaps before it was opened.
    var isClosed: Bool { isGone.load(ordering: .relaxed) }

    func close() {
        isGone.store(true, ordering: .relaxed)
        Task { await hub.close(number) }
    }
}

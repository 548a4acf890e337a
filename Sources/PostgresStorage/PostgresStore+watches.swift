package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func put(
        _ watch: Watch,
        isDone: Bool,
        seenAt: Timestamp,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch {
        try await change { (transaction) throws(DatabaseError) in
            let before = try transaction.run(
                """
                INSERT INTO taskgate.tasks (id, is_touched) VALUES ($1, true)
                ON CONFLICT (id) DO UPDATE SET is_touched = true RETURNING ended_at IS NOT NULL, is_lost, seen_at
                """,
                .task(watch.task)
            ).first { (row) throws(DatabaseError) in
                (isEnded: try row.flag(), isLost: try row.flag(), seenAt: row.optionalTime())
            }
            var watch = watch
            watch.firedAt = nil
            watch.endedAt = nil
            try transaction.redirectDeliveries(to: watch, at: now)
            if let before, before.isEnded {
                let isOver = isDone || before.seenAt.map { seenAt < $0 } ?? false
                // Where the end was not seen, or is forgotten, somebody has to find it once more.
                if isOver, !before.isLost, let end = try transaction.end(of: watch.task, for: watch.client) {
                    watch.endedAt = now
                    try transaction.deliver(end, to: watch, at: now)
                } else {
                    try transaction.revive(watch.task)
                }
            }
            let kept = try transaction.keep(watch)
            try transaction.noteWhetherWatched(watch.task)
            return kept
        }
    }

    package func watch(of client: String?, on task: TaskID) async throws(StoreProblem) -> Watch? {
        try await read { (transaction) throws(DatabaseError) in try transaction.watch(of: client, on: task) }
    }

    package func watches(
        of client: String?,
        after task: TaskID?,
        limit: Int
    ) async throws(StoreProblem) -> [Watch] {
        try await read { (transaction) throws(DatabaseError) in
            try transaction.run(
                """
                SELECT \(Watch.columns) FROM taskgate.watches WHERE client = $1 AND ($2::text IS NULL OR task > $2)
                ORDER BY task LIMIT $3
                """,
                .client(client),
                .task(task),
                .number(limit)
            ).map(Watch.init)
        }
    }

    package func removeWatch(
        of client: String?,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch? {
        try await change { (transaction) throws(DatabaseError) in
            try transaction.lock(task)
            let removed = try transaction.run(
                "DELETE FROM taskgate.watches WHERE client = $1 AND task = $2 RETURNING \(Watch.columns)",
                .client(client),
                .task(task)
            ).first(Watch.init)
            guard let removed else { return nil }
            try transaction.dropPendingDeliveries(of: client, on: task)
            try transaction.touch(task)
            try transaction.noteWhetherWatched(task)
            return removed
        }
    }

    package func renewLease(
        of client: String?,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch? {
        try await change { (transaction) throws(DatabaseError) in
            try transaction.lock(task)
            let renewed = try transaction.run(
                """
                UPDATE taskgate.watches SET lease_ends_at = $3 + lease_term
                WHERE client = $1 AND task = $2 AND fired_at IS NULL AND ended_at IS NULL AND lease_term IS NOT NULL
                RETURNING \(Watch.columns)
                """,
                .client(client),
                .task(task),
                .time(now)
            ).first(Watch.init)
            guard let renewed else { return try transaction.watch(of: client, on: task) }
            try transaction.touch(task)
            return renewed
        }
    }
}

extension Watch {
    fileprivate static let columns = """
        client, task, url, array_to_string(events, ','), disabled_at, deadline, lease_term, lease_ends_at, has_execution, \
        execution_created_at, execution_started_at, created_at, fired_at, ended_at
        """

    fileprivate init(_ row: inout Row) throws(DatabaseError) {
        let (client, task) = (try row.client(), try row.task())
        let webhook = try Webhook(&row)
        let deadline = row.optionalTime()
        let (term, endsAt) = (row.optionalNumber(), row.optionalTime())
        let hasExecution = try row.flag()
        let execution = Execution(createdAt: row.optionalTime(), startedAt: row.optionalTime())
        self.init(client: client, task: task, webhook: webhook, deadline: deadline, createdAt: try row.time())
        if let term, let endsAt { lease = Lease(term: .milliseconds(term), endsAt: endsAt) }
        if hasExecution { self.execution = execution }
        firedAt = row.optionalTime()
        endedAt = row.optionalTime()
    }
}

extension Watch.Webhook {
    fileprivate init?(_ row: inout Row) throws(DatabaseError) {
        let (url, words, disabledAt) = (row.optionalText(), row.optionalText(), row.optionalTime())
        guard let url else { return nil }
        var events: Set<TaskEventType> = []
        for word in (words ?? "").split(separator: ",") {
            guard let event = TaskEventType(rawValue: String(word)) else {
                throw .unreadable("a watch wants events of the type \(word), which this version does not know")
            }
            events.insert(event)
        }
        self.init(url: url, events: events)
        self.disabledAt = disabledAt
    }
}

extension Transaction {
    fileprivate func keep(_ watch: Watch) throws(DatabaseError) -> Watch {
        let kept = try run(
            """
            INSERT INTO taskgate.watches (client, task, url, origin, events, disabled_at, deadline, lease_term,
                lease_ends_at, created_at, fired_at, ended_at, has_execution, execution_created_at, execution_started_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (client, task) DO UPDATE SET
                url = excluded.url, origin = excluded.origin, events = excluded.events,
                disabled_at = excluded.disabled_at, deadline = excluded.deadline, lease_term = excluded.lease_term,
                lease_ends_at = excluded.lease_ends_at, ended_at = excluded.ended_at,
                has_execution = excluded.has_execution, execution_created_at = excluded.execution_created_at,
                execution_started_at = excluded.execution_started_at,
                fired_at = CASE
                    WHEN watches.ended_at IS NULL AND watches.deadline IS NOT DISTINCT FROM excluded.deadline
                        AND watches.lease_term IS NOT DISTINCT FROM excluded.lease_term
                    THEN watches.fired_at END
            RETURNING \(Watch.columns)
            """,
            .client(watch.client),
            .task(watch.task),
            .text(watch.webhook?.url),
            .text(watch.webhook.map { Delivery.origin(of: $0.url) }),
            .texts((watch.webhook?.events ?? []).map(\.rawValue).sorted()),
            .time(watch.webhook?.disabledAt),
            .time(watch.deadline),
            .number(watch.lease?.term.milliseconds),
            .time(watch.lease?.endsAt),
            .time(watch.createdAt),
            .time(watch.firedAt),
            .time(watch.endedAt),
            .flag(watch.execution != nil),
            .time(watch.execution?.createdAt),
            .time(watch.execution?.startedAt)
        ).first(Watch.init)
        guard let kept else { throw .unreadable("a watch was kept, and not shown") }
        return kept
    }

    fileprivate func watch(of client: String?, on task: TaskID) throws(DatabaseError) -> Watch? {
        try run(
            "SELECT \(Watch.columns) FROM taskgate.watches WHERE client = $1 AND task = $2",
            .client(client),
            .task(task)
        ).first(Watch.init)
    }

    /// Those of some tasks that have not ended, in the order of their clients.
    func openWatches(on tasks: [TaskID]) throws(DatabaseError) -> [TaskID: [Watch]] {
        let watches = try run(
            """
            SELECT \(Watch.columns) FROM taskgate.watches WHERE task = ANY($1) AND ended_at IS NULL ORDER BY client
            """,
            .tasks(tasks)
        ).map(Watch.init)
        return Dictionary(grouping: watches, by: \.task)
    }

    /// Keeps everybody else from changing a task, its watches and what is about to be delivered of it.
    func lock(_ task: TaskID) throws(DatabaseError) {
        try run("SELECT FROM taskgate.tasks WHERE id = $1 FOR UPDATE", .task(task))
    }

    /// Has a task that had ended followed anew.
    func revive(_ task: TaskID) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.tasks SET ended_at = NULL, is_lost = false, seen_status = NULL, seen_fingerprint = NULL,
                seen_document = NULL, seen_at = NULL
            WHERE id = $1 AND ended_at IS NOT NULL
            """,
            .task(task)
        )
    }

    fileprivate func touch(_ task: TaskID) throws(DatabaseError) {
        try run("UPDATE taskgate.tasks SET is_touched = true WHERE id = $1", .task(task))
    }

    fileprivate func noteWhetherWatched(_ task: TaskID) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.tasks
            SET is_watched = EXISTS (SELECT FROM taskgate.watches WHERE task = id AND ended_at IS NULL) WHERE id = $1
            """,
            .task(task)
        )
    }

    /// The latest event of a task's end that concerns a client, which is not forgotten before the end of the transaction.
    fileprivate func end(of task: TaskID, for client: String?) throws(DatabaseError) -> Int64? {
        try run(
            """
            SELECT sequence FROM taskgate.events
            WHERE task = $1 AND type = 'task.done' AND (client IS NULL OR client = $2)
            ORDER BY sequence DESC LIMIT 1 FOR KEY SHARE
            """,
            .task(task),
            .client(client)
        ).first { (row) throws(DatabaseError) in try row.number() }
    }

    fileprivate func deliver(_ event: Int64, to watch: Watch, at now: Timestamp) throws(DatabaseError) {
        guard let webhook = watch.webhook, webhook.disabledAt == nil, webhook.events.contains(.done) else { return }
        try run(
            """
            INSERT INTO taskgate.deliveries (event, client, task, url, origin, created_at, next_attempt_at, is_first)
            VALUES ($1, $2, $3, $4, $5, $6, $6, NOT EXISTS (
                SELECT FROM taskgate.deliveries WHERE state = 'pending' AND task = $3 AND client = $2))
            """,
            .number(event),
            .client(watch.client),
            .task(watch.task),
            .text(webhook.url),
            .text(Delivery.origin(of: webhook.url)),
            .time(now)
        )
    }
}

internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func put(
        _ watch: Watch,
        isDone: Bool,
        seenAt: Timestamp,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch {
        try await change { database in
            try database.insertTask(watch.task)
            var watch = watch
            watch.firedAt = nil
            watch.endedAt = nil
            if let before = try database.watch(of: watch.client, on: watch.task) {
                watch.createdAt = before.createdAt
                if before.endedAt == nil, before.deadline == watch.deadline, before.lease?.term == watch.lease?.term {
                    watch.firedAt = before.firedAt
                }
            }
            let before: (isLost: Bool, seenAt: Timestamp?)? = try database.row(
                "SELECT is_lost, seen_at FROM tasks WHERE id = ? AND ended_at IS NOT NULL",
                [watch.task]
            ) { (isLost: $0["is_lost"], seenAt: $0["seen_at"]) }
            var end: Int64?
            if let before {
                let isOver = isDone || before.seenAt.map { seenAt < $0 } ?? false
                if isOver, !before.isLost { end = try database.lastEnd(of: watch.task, for: watch.client) }
                // Where the end was not seen, or is forgotten, somebody has to find it once more, or nobody would tell.
                if end == nil { try database.revive(watch.task) } else { watch.endedAt = now }
            }
            try database.keep(watch)
            try database.touch(watch.task)
            try database.redirectDeliveries(to: watch, at: now)
            if let end { try database.deliver(end, .done, to: watch, at: now) }
            return watch
        }
    }

    package func watch(of client: String?, on task: TaskID) async throws(StoreProblem) -> Watch? {
        try await read { try $0.watch(of: client, on: task) }
    }

    package func watches(of client: String?, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [Watch] {
        try await read { database in
            try database.rows(
                "SELECT * FROM watches WHERE client = ? AND task > ? ORDER BY task LIMIT ?",
                [column(client), task?.description ?? "", limit]
            ) { try $0.watch() }
        }
    }

    package func removeWatch(
        of client: String?,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch? {
        try await change { database in
            guard let watch = try database.watch(of: client, on: task) else { return nil }
            try database.run("DELETE FROM watches WHERE task = ? AND client = ?", [task, column(client)])
            try database.dropPendingDeliveries(of: client, on: task)
            try database.touch(task)
            return watch
        }
    }

    package func renewLease(
        of client: String?,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> Watch? {
        try await change { database in
            guard var watch = try database.watch(of: client, on: task) else { return nil }
            guard let lease = watch.lease, watch.firedAt == nil, watch.endedAt == nil else { return watch }
            watch.lease?.endsAt = now.advanced(by: lease.term)
            try database.keep(watch)
            try database.touch(task)
            return watch
        }
    }
}

extension Database {
    func watch(of client: String?, on task: TaskID) throws -> Watch? {
        try row("SELECT * FROM watches WHERE task = ? AND client = ?", [task, column(client)]) { try $0.watch() }
    }

    /// Those that have not ended.
    func openWatches(on task: TaskID) throws -> [Watch] {
        try rows("SELECT * FROM watches WHERE task = ? AND ended_at IS NULL ORDER BY client", [task]) { try $0.watch() }
    }

    fileprivate func keep(_ watch: Watch) throws {
        try run(
            """
            INSERT OR REPLACE INTO watches
                (task, client, url, events, disabled_at, deadline, lease_term, lease_ends_at, has_execution,
                execution_created_at, execution_started_at, created_at, fired_at, ended_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                watch.task, column(watch.client), watch.webhook?.url,
                watch.webhook.map { $0.events.map(\.rawValue).sorted().joined(separator: " ") },
                watch.webhook?.disabledAt, watch.deadline, watch.lease?.term.milliseconds, watch.lease?.endsAt,
                watch.execution != nil, watch.execution?.createdAt, watch.execution?.startedAt,
                watch.createdAt, watch.firedAt, watch.endedAt,
            ]
        )
    }

    /// The latest event that says to a client that a task is over.
    fileprivate func lastEnd(of task: TaskID, for client: String?) throws -> Int64? {
        try row(
            """
            SELECT sequence FROM events WHERE task = ? AND type = ? AND (audience IS NULL OR audience = ?)
            ORDER BY sequence DESC LIMIT 1
            """,
            [task, TaskEventType.done.rawValue, column(client)]
        ) { $0["sequence"] }
    }
}

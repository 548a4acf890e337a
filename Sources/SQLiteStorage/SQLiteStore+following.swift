internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func hold(
        _ cancel: HeldCancel,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> HeldCancel {
        try await change { database in
            try database.insertTask(task)
            if let held = try database.heldCancel(of: task) { return held }
            if try database.hasEnded(task) { try database.revive(task) }
            try database.keep(cancel, of: task)
            try database.touch(task)
            return cancel
        }
    }

    package func revive(_ task: TaskID, seenAt: Timestamp) async throws(StoreProblem) {
        try await change { database in
            let isOlder = try database.row(
                "SELECT 1 FROM tasks WHERE id = ? AND ended_at IS NOT NULL AND coalesce(seen_at < ?, 1)",
                [task, seenAt]
            ) { _ in true }
            if isOlder != nil { try database.revive(task) }
        }
    }

    package func stream(_ tasks: [TaskID], until: Timestamp, at now: Timestamp) async throws(StoreProblem) {
        try await change { database in
            for task in tasks {
                try database.insertTask(task)
                try database.run(
                    """
                    UPDATE tasks SET streamed_until = max(coalesce(streamed_until, ?1), ?1) WHERE id = ?2 AND ended_at IS NULL
                    """,
                    [until, task]
                )
            }
        }
    }

    package func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        anew: Bool,
        at now: Timestamp
    ) async throws(StoreProblem) -> [KeptTask] {
        try await write { database in
            try database.prolong(owner, until: until)
            let own = try database.tasks("WHERE owner = ? AND \(anew ? "TRUE" : "is_touched = 1")", [owner])
            for task in own { try database.own(task.id, task.isWanted(at: now) ? owner : nil) }
            var free = try database.tasks("WHERE owner IS NULL AND wanted_until > ? LIMIT ?", [now, limit])
            if free.count < limit {
                free += try database.tasks(
                    "WHERE owner IN (SELECT name FROM owners WHERE until <= :now) AND wanted_until > :now LIMIT :limit",
                    ["now": now, "limit": limit - free.count]
                )
            }
            for task in free { try database.own(task.id, owner) }
            return own + free
        }
    }

    package func renew(for owner: String, until: Timestamp, at now: Timestamp) async throws(StoreProblem) -> Set<TaskID>
    {
        try await write { database in
            try database.prolong(owner, until: until)
            return Set(try database.rows("SELECT id FROM tasks WHERE owner = ?", [owner]) { try $0.taskID("id") })
        }
    }

    package func release(_ tasks: [TaskID]?, of owner: String) async throws(StoreProblem) {
        try await change { database in
            guard let tasks else {
                try database.run("UPDATE tasks SET owner = NULL WHERE owner = ?", [owner])
                try database.run(
                    "UPDATE deliveries SET owner = NULL, owned_until = 0 WHERE state = 'pending' AND owner = ?",
                    [owner]
                )
                try database.run("DELETE FROM owners WHERE name = ?", [owner])
                return
            }
            for task in tasks {
                try database.run("UPDATE tasks SET owner = NULL WHERE id = ? AND owner = ?", [task, owner])
            }
        }
    }

    package func releaseAll() async throws(StoreProblem) {
        try await change { database in
            try database.run("UPDATE tasks SET owner = NULL WHERE owner IS NOT NULL")
            try database.run(
                "UPDATE deliveries SET owner = NULL, owned_until = 0 WHERE state = 'pending' AND owner IS NOT NULL"
            )
            try database.run("DELETE FROM owners")
        }
    }

    package func beat(at now: Timestamp, gap: Duration) async throws(StoreProblem) -> Bool {
        let isGap = try await write { database in
            let last = try database.row("SELECT last_beat FROM marks") { $0["last_beat"] as Timestamp? } ?? nil
            try database.run("UPDATE marks SET last_beat = ?", [max(last ?? now, now)])
            guard let last, last.advanced(by: gap) < now else { return false }
            let tasks = try database.rows(
                """
                UPDATE watches SET lease_ends_at = ? + lease_term
                WHERE lease_ends_at > ? AND fired_at IS NULL AND ended_at IS NULL RETURNING task
                """,
                [now, last]
            ) { try $0.taskID("task") }
            for task in tasks { try database.touch(task) }
            return true
        }
        if isGap { sayNews() }
        return isGap
    }
}

extension Database {
    func insertTask(_ task: TaskID) throws {
        try run("INSERT INTO tasks (id, provider) VALUES (?, ?) ON CONFLICT DO NOTHING", [task, task.provider])
    }

    /// Somebody else than the owner has changed it, or its watches.
    func touch(_ task: TaskID) throws {
        try run(
            """
            UPDATE tasks SET is_touched = 1,
                is_watched = EXISTS (SELECT 1 FROM watches WHERE task = tasks.id AND watches.ended_at IS NULL)
            WHERE id = ?
            """,
            [task]
        )
    }

    func hasEnded(_ task: TaskID) throws -> Bool {
        try row("SELECT 1 FROM tasks WHERE id = ? AND ended_at IS NOT NULL", [task]) { _ in true } ?? false
    }

    /// It is followed anew.
    func revive(_ task: TaskID) throws {
        try run(
            """
            UPDATE tasks SET ended_at = NULL, is_lost = 0, status = NULL, fingerprint = NULL, seen_at = NULL, document = NULL
            WHERE id = ?
            """,
            [task]
        )
    }

    /// Whoever follows tasks is there, so that nobody takes them.
    fileprivate func prolong(_ owner: String, until: Timestamp) throws {
        try run(
            """
            INSERT INTO owners VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = max(owners.until, excluded.until)
            """,
            [owner, until]
        )
    }

    /// Gives a task to somebody, who has been told everything of it.
    fileprivate func own(_ task: TaskID, _ owner: String?) throws {
        try run("UPDATE tasks SET owner = ?, is_touched = 0 WHERE id = ?", [owner, task])
    }

    func heldCancel(of task: TaskID) throws -> HeldCancel? {
        try row("SELECT * FROM tasks WHERE id = ?", [task]) { $0.heldCancel() } ?? nil
    }

    func keep(_ cancel: HeldCancel?, of task: TaskID) throws {
        try run(
            """
            UPDATE tasks SET cancel_requested_at = ?, cancel_requested_by = ?, cancel_reason = ?, cancel_until = ?,
                cancel_has_execution = ?, cancel_created_at = ?, cancel_started_at = ?
            WHERE id = ?
            """,
            [
                cancel?.requestedAt, cancel?.requestedBy, cancel?.reason, cancel?.until, cancel?.execution != nil,
                cancel?.execution?.createdAt, cancel?.execution?.startedAt, task,
            ]
        )
    }

    /// Rows of `tasks` with their watches.
    func tasks(_ rest: String, _ arguments: StatementArguments) throws -> [KeptTask] {
        try rows("SELECT * FROM tasks \(rest)", arguments) { try $0.task() }.map { task in
            var task = task
            task.watches = try openWatches(on: task.id)
            return task
        }
    }
}

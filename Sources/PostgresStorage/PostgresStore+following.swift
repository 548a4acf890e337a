package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func hold(
        _ cancel: HeldCancel,
        on task: TaskID,
        at now: Timestamp
    ) async throws(StoreProblem) -> HeldCancel {
        try await change { (transaction) throws(DatabaseError) in
            try transaction.run("INSERT INTO taskgate.tasks (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", .task(task))
            try transaction.lock(task)
            try transaction.revive(task)
            let held = try transaction.run(
                "SELECT \(HeldCancel.columns) FROM taskgate.tasks WHERE id = $1",
                .task(task)
            ).first(HeldCancel.read)
            if let held, let held { return held }
            try transaction.replaceCancel(of: task, with: cancel, isTouch: true)
            return cancel
        }
    }

    package func stream(_ tasks: [TaskID], until: Timestamp, at now: Timestamp) async throws(StoreProblem) {
        try await change { (transaction) throws(DatabaseError) -> Void in
            try transaction.run(
                """
                INSERT INTO taskgate.tasks (id, streamed_until) SELECT DISTINCT id, $2::bigint FROM unnest($1) AS id ORDER BY id
                ON CONFLICT (id) DO UPDATE SET streamed_until = excluded.streamed_until
                WHERE tasks.ended_at IS NULL AND coalesce(tasks.streamed_until < excluded.streamed_until, true)
                """,
                .tasks(tasks),
                .time(until)
            )
        }
    }

    package func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        at now: Timestamp
    ) async throws(StoreProblem) -> [KeptTask] {
        try await changeQuietly { (transaction) throws(DatabaseError) in
            // What others lock at this moment is told at the next time.
            let touched = try transaction.run(
                """
                WITH touched AS MATERIALIZED (
                    SELECT id AS found FROM taskgate.tasks WHERE owner = $1 AND is_touched
                    FOR UPDATE SKIP LOCKED
                )
                UPDATE taskgate.tasks SET
                    is_touched = false,
                    owner = CASE WHEN wanted_until > $2 THEN owner END,
                    owned_until = CASE WHEN wanted_until > $2 THEN $3 ELSE 0 END
                FROM touched WHERE id = found RETURNING \(KeptTask.columns)
                """,
                .text(owner),
                .time(now),
                .time(until)
            ).map(KeptTask.init)
            let taken = try transaction.run(
                """
                WITH free AS MATERIALIZED (
                    SELECT id AS found FROM taskgate.tasks WHERE owned_until <= $2 AND wanted_until > $2
                    ORDER BY owned_until LIMIT $4 FOR UPDATE SKIP LOCKED
                )
                UPDATE taskgate.tasks SET owner = $1, owned_until = $3, is_touched = false
                FROM free WHERE id = found RETURNING \(KeptTask.columns)
                """,
                .text(owner),
                .time(now),
                .time(until),
                .number(limit)
            ).map(KeptTask.init)
            return try transaction.withWatches(touched + taken)
        }
    }

    package func renew(for owner: String, until: Timestamp, at now: Timestamp) async throws(StoreProblem) -> Set<TaskID>
    {
        try await changeQuietly { (transaction) throws(DatabaseError) in
            // Locked in order, as everywhere, so that nobody waits for each other.
            Set(
                try transaction.run(
                    """
                    WITH own AS MATERIALIZED (
                        SELECT id AS found FROM taskgate.tasks WHERE owner = $1 ORDER BY id FOR UPDATE
                    )
                    UPDATE taskgate.tasks SET owned_until = $2 FROM own WHERE id = found RETURNING id
                    """,
                    .text(owner),
                    .time(until)
                ).map { (row) throws(DatabaseError) in try row.task() }
            )
        }
    }

    package func release(_ tasks: [TaskID]?, of owner: String) async throws(StoreProblem) {
        try await change { (transaction) throws(DatabaseError) -> Void in
            try transaction.run(
                """
                WITH own AS MATERIALIZED (
                    SELECT id AS found FROM taskgate.tasks WHERE owner = $1 AND ($3 OR id = ANY($2))
                    ORDER BY id FOR UPDATE
                )
                UPDATE taskgate.tasks SET owner = NULL, owned_until = 0 FROM own WHERE id = found
                """,
                .text(owner),
                .tasks(tasks ?? []),
                .flag(tasks == nil)
            )
        }
    }

    package func beat(at now: Timestamp, gap: Duration) async throws(StoreProblem) -> Bool {
        let isGap = try await changeQuietly { (transaction) throws(DatabaseError) in
            try transaction.run(
                "INSERT INTO taskgate.numbers VALUES ('latest_beat', $1) ON CONFLICT (name) DO NOTHING",
                .time(now)
            )
            let latest = try transaction.run(
                "SELECT value FROM taskgate.numbers WHERE name = 'latest_beat' FOR UPDATE"
            ).first { (row) throws(DatabaseError) in try row.time() }
            guard let latest else { throw .unreadable("the latest beat is not kept") }
            if latest < now {
                try transaction.run("UPDATE taskgate.numbers SET value = $1 WHERE name = 'latest_beat'", .time(now))
            }
            guard latest.advanced(by: gap) < now else { return false }
            try transaction.prolongLeases(endingAfter: latest, from: now)
            return true
        }
        if isGap { tellNews() }
        return isGap
    }
}

extension Transaction {
    /// Leases that had not run out at an instant get their whole term.
    fileprivate func prolongLeases(endingAfter latest: Timestamp, from now: Timestamp) throws(DatabaseError) {
        let condition = "fired_at IS NULL AND ended_at IS NULL AND lease_ends_at > $1"
        try run(
            """
            WITH leased AS MATERIALIZED (
                SELECT id AS found FROM taskgate.tasks
                WHERE id IN (SELECT task FROM taskgate.watches WHERE \(condition.replacing("ended_at", with: "watches.ended_at")))
                ORDER BY id FOR UPDATE
            )
            UPDATE taskgate.tasks SET is_touched = true FROM leased WHERE id = found
            """,
            .time(latest)
        )
        try run(
            "UPDATE taskgate.watches SET lease_ends_at = $2 + lease_term WHERE \(condition)",
            .time(latest),
            .time(now)
        )
    }

    /// Sets what is held for a task, or nothing.
    func replaceCancel(of task: TaskID, with cancel: HeldCancel?, isTouch: Bool) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.tasks SET
                cancel_requested_at = $2, cancel_requested_by = $3, cancel_reason = $4, cancel_until = $5,
                cancel_has_execution = $6, cancel_created_at = $7, cancel_started_at = $8, is_touched = is_touched OR $9
            WHERE id = $1
            """,
            .task(task),
            .time(cancel?.requestedAt),
            .words(cancel?.requestedBy),
            .words(cancel?.reason),
            .time(cancel?.until),
            .flag(cancel?.execution != nil),
            .time(cancel?.execution?.createdAt),
            .time(cancel?.execution?.startedAt),
            .flag(isTouch)
        )
    }
}

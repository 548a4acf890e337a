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

    package func revive(_ task: TaskID, seenAt: Timestamp) async throws(StoreProblem) {
        try await change { (transaction) throws(DatabaseError) in
            let isOlder = try transaction.run(
                """
                SELECT coalesce(seen_at < $2, true) FROM taskgate.tasks WHERE id = $1 AND ended_at IS NOT NULL FOR UPDATE
                """,
                .task(task),
                .time(seenAt)
            ).first { (row) throws(DatabaseError) in try row.flag() }
            if isOlder == true { try transaction.revive(task) }
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
        anew: Bool,
        at now: Timestamp
    ) async throws(StoreProblem) -> [KeptTask] {
        try await changeQuietly { (transaction) throws(DatabaseError) in
            try transaction.prolong(owner, until: until)
            let own = try transaction.takeNews(of: owner, anew: anew, at: now)
            var taken = try transaction.take("owner IS NULL", for: owner, limit: limit, at: now)
            if taken.count < limit {
                let dead = try transaction.lockDeadOwners(at: now)
                if !dead.isEmpty {
                    let left = limit - taken.count
                    taken += try transaction.take("owner = ANY($4)", for: owner, limit: left, at: now, .texts(dead))
                }
            }
            return try transaction.withWatches(own + taken)
        }
    }

    package func renew(for owner: String, until: Timestamp, at now: Timestamp) async throws(StoreProblem) -> Set<TaskID>
    {
        try await changeQuietly { (transaction) throws(DatabaseError) in
            try transaction.prolong(owner, until: until)
            // Behind the lock of its own row: whoever takes from it over its head has done so, or will not.
            return Set(
                try transaction.run("SELECT id FROM taskgate.tasks WHERE owner = $1", .text(owner))
                    .map { (row) throws(DatabaseError) in try row.task() }
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
                UPDATE taskgate.tasks SET owner = NULL FROM own WHERE id = found
                """,
                .text(owner),
                .tasks(tasks ?? []),
                .flag(tasks == nil)
            )
            guard tasks == nil else { return }
            try transaction.run(
                "UPDATE taskgate.deliveries SET owner = NULL, owned_until = 0 WHERE state = 'pending' AND owner = $1",
                .text(owner)
            )
            try transaction.run("DELETE FROM taskgate.owners WHERE name = $1", .text(owner))
        }
    }

    package func releaseAll() async throws(StoreProblem) {
        try await change { (transaction) throws(DatabaseError) -> Void in
            try transaction.runScript(
                """
                UPDATE taskgate.tasks SET owner = NULL WHERE owner IS NOT NULL;
                UPDATE taskgate.deliveries SET owner = NULL, owned_until = 0 WHERE state = 'pending' AND owner IS NOT NULL;
                DELETE FROM taskgate.owners
                """
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
    /// Says that whoever follows tasks is there, so that nobody takes them.
    fileprivate func prolong(_ owner: String, until: Timestamp) throws(DatabaseError) {
        try run(
            """
            INSERT INTO taskgate.owners VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET until = greatest(owners.until, excluded.until)
            """,
            .text(owner),
            .time(until)
        )
    }

    /// The tasks of `owner` that somebody else changed, or all of them; those that nobody wants any more are nobody's then.
    ///
    /// What others lock at this moment is told at the next time.
    fileprivate func takeNews(of owner: String, anew: Bool, at now: Timestamp) throws(DatabaseError) -> [KeptTask] {
        try run(
            """
            WITH news AS MATERIALIZED (
                SELECT id AS found FROM taskgate.tasks WHERE owner = $1 AND \(anew ? "true" : "is_touched")
                ORDER BY id FOR UPDATE \(anew ? "" : "SKIP LOCKED")
            )
            UPDATE taskgate.tasks SET is_touched = false, owner = CASE WHEN wanted_until > $2 THEN owner END
            FROM news WHERE id = found RETURNING \(KeptTask.columns)
            """,
            .text(owner),
            .time(now)
        ).map(KeptTask.init)
    }

    /// Takes tasks that are wanted, of nobody or of those whose time is over.
    fileprivate func take(
        _ whose: String,
        for owner: String,
        limit: Int,
        at now: Timestamp,
        _ others: Parameter...
    ) throws(DatabaseError) -> [KeptTask] {
        try run(
            """
            WITH free AS MATERIALIZED (
                SELECT id AS found FROM taskgate.tasks WHERE \(whose) AND wanted_until > $2 LIMIT $3
                FOR UPDATE SKIP LOCKED
            )
            UPDATE taskgate.tasks SET owner = $1, is_touched = false
            FROM free WHERE id = found RETURNING \(KeptTask.columns)
            """,
            [.text(owner), .time(now), .number(limit)] + others
        ).map(KeptTask.init)
    }

    /// Those whose time is over while they have tasks that are wanted.
    ///
    /// They stay so to the end of the transaction: one that prolongs its time at this moment waits, or is passed over.
    fileprivate func lockDeadOwners(at now: Timestamp) throws(DatabaseError) -> [String] {
        try run(
            """
            SELECT name FROM taskgate.owners
            WHERE until <= $1 AND EXISTS (SELECT FROM taskgate.tasks WHERE owner = name AND wanted_until > $1)
            ORDER BY name FOR SHARE SKIP LOCKED
            """,
            .time(now)
        ).map { (row) throws(DatabaseError) in try row.text() }
    }

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

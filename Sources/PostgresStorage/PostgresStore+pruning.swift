package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func prune(_ retention: Retention, at now: Timestamp) async throws(StoreProblem) -> Int {
        try await tidy { (transaction) throws(DatabaseError) in
            guard try transaction.mayPrune() else { return 0 }
            let count =
                try transaction.pruneDeliveries(retention.deliveries, at: now)
                + transaction.pruneEvents(retention.events, at: now)
                + transaction.pruneTasks(retention.endedTasks, at: now)
                + transaction.pruneAudit(retention.audit, at: now)
            try transaction.pruneOwners(at: now)
            return Int(count)
        }
    }
}

extension Retention.Bounds {
    /// What is older than this is over.
    fileprivate func limit(at now: Timestamp) -> Timestamp { now.advanced(by: .zero - age) }
}

extension Transaction {
    /// One gateway at a time is enough; the letters "prune" are the lock.
    fileprivate func mayPrune() throws(DatabaseError) -> Bool {
        try run("SELECT pg_try_advisory_xact_lock($1)", .number(0x0070_7275_6e65))
            .first { (row) throws(DatabaseError) in try row.flag() } ?? false
    }

    private func count(_ answer: Answer) throws(DatabaseError) -> Int64 {
        try answer.first { (row) throws(DatabaseError) in try row.number() } ?? 0
    }

    fileprivate func pruneDeliveries(_ bounds: Retention.Bounds, at now: Timestamp) throws(DatabaseError) -> Int64 {
        try count(
            try run(
                """
                WITH over AS (
                    DELETE FROM taskgate.deliveries WHERE state <> 'pending' AND (created_at < $1 OR number <= (
                        SELECT number FROM taskgate.deliveries WHERE state <> 'pending'
                        ORDER BY number DESC OFFSET $2 LIMIT 1))
                    RETURNING number
                )
                SELECT count(*) FROM over
                """,
                .time(bounds.limit(at: now)),
                .number(bounds.count)
            )
        )
    }

    fileprivate func pruneEvents(_ bounds: Retention.Bounds, at now: Timestamp) throws(DatabaseError) -> Int64 {
        try count(
            try run(
                """
                WITH over AS (
                    DELETE FROM taskgate.events WHERE (at < $1 OR sequence <= (
                        SELECT sequence FROM taskgate.events ORDER BY sequence DESC OFFSET $2 LIMIT 1))
                        AND NOT EXISTS (SELECT FROM taskgate.deliveries WHERE event = sequence)
                    RETURNING sequence
                ), forgotten AS (
                    UPDATE taskgate.numbers SET value = greatest(value, (SELECT max(sequence) FROM over))
                    WHERE name = 'forgotten_event' AND EXISTS (SELECT FROM over)
                )
                SELECT count(*) FROM over
                """,
                .time(bounds.limit(at: now)),
                .number(bounds.count)
            )
        )
    }

    fileprivate func pruneAudit(_ bounds: Retention.Bounds, at now: Timestamp) throws(DatabaseError) -> Int64 {
        try count(
            try run(
                """
                WITH over AS (
                    DELETE FROM taskgate.audit WHERE at < $1 OR number <= (
                        SELECT number FROM taskgate.audit ORDER BY number DESC OFFSET $2 LIMIT 1)
                    RETURNING number
                )
                SELECT count(*) FROM over
                """,
                .time(bounds.limit(at: now)),
                .number(bounds.count)
            )
        )
    }

    /// Of those that were never seen nothing is known, so nothing is lost with them.
    fileprivate func pruneTasks(_ bounds: Retention.Bounds, at now: Timestamp) throws(DatabaseError) -> Int64 {
        let isFree = "NOT EXISTS (SELECT FROM taskgate.owners WHERE name = owner AND until > $3)"
        return try count(
            try run(
                """
                WITH unwanted AS MATERIALIZED (
                    SELECT id AS found, coalesce(ended_at, seen_at) AS at FROM taskgate.tasks
                    WHERE coalesce(wanted_until <= $3, true) AND \(isFree)
                ), over AS (
                    DELETE FROM taskgate.tasks USING (
                        SELECT found, at, row_number() OVER (ORDER BY at DESC NULLS LAST, found) AS place FROM unwanted
                    ) AS ranked
                    WHERE id = found AND (coalesce(at < $1, true) OR place > $2)
                        AND coalesce(wanted_until <= $3, true) AND \(isFree)
                    RETURNING id
                )
                SELECT count(*) FROM over
                """,
                .time(bounds.limit(at: now)),
                .number(bounds.count),
                .time(now)
            )
        )
    }

    /// Forgets gateways that have long been gone, once others have taken over their tasks.
    fileprivate func pruneOwners(at now: Timestamp) throws(DatabaseError) {
        try run(
            """
            DELETE FROM taskgate.owners
            WHERE until < $1 AND NOT EXISTS (SELECT FROM taskgate.tasks WHERE owner = name)
            """,
            .time(now.advanced(by: .seconds(-3600)))
        )
    }
}

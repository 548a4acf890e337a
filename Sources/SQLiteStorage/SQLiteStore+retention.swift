internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func prune(_ retention: Retention, at now: Timestamp) async throws(StoreProblem) -> Int {
        try await write { database in
            // Events wait for their deliveries.
            let deliveries = try database.forgetDeliveries(retention.deliveries, at: now)
            let events = try database.forgetEvents(retention.events, at: now)
            let tasks = try database.forgetTasks(retention.endedTasks, at: now)
            try database.forgetOwners(at: now)
            let audit = try database.forgetAudit(retention.audit, at: now)
            return deliveries + events + tasks + audit
        }
    }
}

extension Retention.Bounds {
    /// What is from before this is too old.
    fileprivate func start(at now: Timestamp) -> Timestamp { now.advanced(by: .zero - age) }
}

extension Database {
    fileprivate func forgetDeliveries(_ bounds: Retention.Bounds, at now: Timestamp) throws -> Int {
        try run(
            """
            DELETE FROM deliveries WHERE state != 'pending' AND (created_at < ? OR number <= (
                SELECT number FROM deliveries WHERE state != 'pending' ORDER BY number DESC LIMIT 1 OFFSET ?
            ))
            """,
            [bounds.start(at: now), bounds.count]
        )
    }

    fileprivate func forgetEvents(_ bounds: Retention.Bounds, at now: Timestamp) throws -> Int {
        let forgotten: [Int64] = try rows(
            """
            DELETE FROM events
            WHERE (at < ? OR sequence <= (SELECT sequence FROM events ORDER BY sequence DESC LIMIT 1 OFFSET ?))
                AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = events.sequence)
            RETURNING sequence
            """,
            [bounds.start(at: now), bounds.count]
        ) { $0["sequence"] }
        if let last = forgotten.max() { try run("UPDATE marks SET forgotten = max(forgotten, ?)", [last]) }
        return forgotten.count
    }

    fileprivate func forgetAudit(_ bounds: Retention.Bounds, at now: Timestamp) throws -> Int {
        try run(
            """
            DELETE FROM audit
            WHERE at < ? OR number <= (SELECT number FROM audit ORDER BY number DESC LIMIT 1 OFFSET ?)
            """,
            [bounds.start(at: now), bounds.count]
        )
    }

    fileprivate func forgetTasks(_ bounds: Retention.Bounds, at now: Timestamp) throws -> Int {
        try run(
            """
            WITH unwanted AS (
                SELECT id, coalesce(ended_at, seen_at) AS time FROM tasks
                WHERE NOT coalesce(wanted_until > :now, FALSE)
                    AND NOT EXISTS (SELECT 1 FROM owners WHERE name = owner AND until > :now)
            )
            DELETE FROM tasks WHERE id IN (SELECT id FROM unwanted WHERE coalesce(time < :start, TRUE))
                OR id IN (SELECT id FROM (SELECT id FROM unwanted ORDER BY time DESC LIMIT -1 OFFSET :count))
            """,
            ["now": now, "start": bounds.start(at: now), "count": bounds.count]
        )
    }

    /// Those that have long been gone, once their tasks are somebody else's.
    fileprivate func forgetOwners(at now: Timestamp) throws {
        try run(
            "DELETE FROM owners WHERE until < ? AND NOT EXISTS (SELECT 1 FROM tasks WHERE owner = name)",
            [now.advanced(by: .seconds(-3600))]
        )
    }
}

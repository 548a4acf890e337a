internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) async throws(StoreProblem) -> [Delivery] {
        try await write { database in
            var conditions = Conditions()
            conditions.add("deliveries.next_attempt_at <= ?", now)
            conditions.add(
                "(deliveries.owned_until <= ? OR deliveries.owner IN (SELECT name FROM owners WHERE until <= ?))",
                now,
                now
            )
            conditions.add("deliveries.origin", in: Array(avoiding), negated: true)
            let due = try database.deliveries(
                """
                WHERE deliveries.state = 'pending' AND deliveries.is_first = 1 AND \(conditions.sql)
                ORDER BY deliveries.next_attempt_at, deliveries.number LIMIT ?
                """,
                conditions.arguments + [limit]
            )
            for delivery in due {
                try database.run(
                    "UPDATE deliveries SET owner = ?, owned_until = ? WHERE number = ?",
                    [owner, until, delivery.number]
                )
            }
            return due
        }
    }

    package func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) async throws(StoreProblem) {
        let number = delivery.number
        try await change { database in
            guard try database.keep(attempt, of: number) else { return }
            let isOwn = try database.row(
                "SELECT 1 FROM deliveries WHERE number = ? AND owner = ? AND state = 'pending' AND url = ?",
                [number, owner, delivery.url]
            ) { _ in true }
            guard isOwn != nil else { return }
            switch outcome {
            case .delivered: try database.end(number, .delivered)
            case .retry(let time): try database.schedule(number, at: time)
            case .failed: try database.end(number, .failed)
            case .gone: try database.disableWebhook(of: number, at: attempt.at)
            }
            try database.findFirst(inLineOf: number)
        }
    }

    package func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [Delivery] {
        try await read { database in
            var conditions = Conditions()
            if let number { conditions.add("deliveries.number < ?", number) }
            if let audience = filter.audience { conditions.add("deliveries.client = ?", column(audience.client)) }
            if let task = filter.task { conditions.add("deliveries.task = ?", task) }
            if let state = filter.state { conditions.add("deliveries.state = ?", state.rawValue) }
            return try database.deliveries(
                "WHERE \(conditions.sql) ORDER BY deliveries.number DESC LIMIT ?",
                conditions.arguments + [limit]
            )
        }
    }

    package func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(StoreProblem) -> [DeliveryAttempt]? {
        try await read { database in
            guard try database.delivery(delivery, for: audience) != nil else { return nil }
            return try database.rows("SELECT * FROM attempts WHERE delivery = ? ORDER BY position", [delivery]) {
                $0.attempt()
            }
        }
    }

    package func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?,
        at now: Timestamp
    ) async throws(StoreProblem) -> Delivery? {
        try await change { database in
            guard try database.delivery(delivery, for: audience) != nil else { return nil }
            try database.schedule(delivery, at: now)
            try database.findFirst(inLineOf: delivery)
            return try database.delivery(delivery, for: audience)
        }
    }
}

extension Database {
    fileprivate func deliveries(_ rest: String, _ arguments: StatementArguments) throws -> [Delivery] {
        try rows(
            """
            SELECT deliveries.*, events.*, attempts.at AS attempt_at, attempts.duration, attempts.status, attempts.problem
            FROM deliveries JOIN events ON events.sequence = deliveries.event
            LEFT JOIN attempts ON attempts.delivery = deliveries.number AND attempts.position = deliveries.attempts
            \(rest)
            """,
            arguments
        ) { row in
            Delivery(
                number: row["number"],
                event: try row.event(),
                client: row.client("client"),
                url: row["url"],
                state: try row.value("state"),
                attempts: row["attempts"],
                createdAt: row["created_at"],
                nextAttemptAt: row["next_attempt_at"],
                lastAttempt: (row["attempt_at"] as Timestamp?).map { at in
                    DeliveryAttempt(
                        at: at,
                        duration: .milliseconds(row["duration"] as Int64),
                        status: row["status"],
                        problem: row["problem"]
                    )
                }
            )
        }
    }

    fileprivate func delivery(_ number: Int64, for audience: NewEvent.Audience?) throws -> Delivery? {
        var conditions = Conditions()
        conditions.add("deliveries.number = ?", number)
        if let audience { conditions.add("deliveries.client = ?", column(audience.client)) }
        return try deliveries("WHERE \(conditions.sql)", conditions.arguments).first
    }

    /// Whether there is such a delivery.
    fileprivate func keep(_ attempt: DeliveryAttempt, of delivery: Int64) throws -> Bool {
        guard try run("UPDATE deliveries SET attempts = attempts + 1 WHERE number = ?", [delivery]) == 1 else {
            return false
        }
        try run(
            """
            INSERT INTO attempts (delivery, position, at, duration, status, problem)
            SELECT number, attempts, ?, ?, ?, ? FROM deliveries WHERE number = ?
            """,
            [attempt.at, attempt.duration.milliseconds, attempt.status, attempt.problem, delivery]
        )
        return true
    }

    fileprivate func end(_ delivery: Int64, _ state: Delivery.State) throws {
        try run(
            """
            UPDATE deliveries SET state = ?, next_attempt_at = NULL, owner = NULL, owned_until = 0, is_first = 0
            WHERE number = ?
            """,
            [state.rawValue, delivery]
        )
    }

    fileprivate func schedule(_ delivery: Int64, at time: Timestamp) throws {
        try run(
            """
            UPDATE deliveries SET state = 'pending', next_attempt_at = ?, owner = NULL, owned_until = 0 WHERE number = ?
            """,
            [time, delivery]
        )
    }

    /// Has the earliest that is pending of the same watch be the first, and the one behind it not, whichever it was before.
    fileprivate func findFirst(inLineOf delivery: Int64) throws {
        let line: [Int64] = try rows(
            """
            SELECT number FROM deliveries
            WHERE state = 'pending' AND (task, client) = (SELECT task, client FROM deliveries WHERE number = ?)
            ORDER BY number LIMIT 2
            """,
            [delivery]
        ) { $0["number"] }
        for (place, number) in line.enumerated() {
            try run("UPDATE deliveries SET is_first = ?1 WHERE number = ?2 AND is_first <> ?1", [place == 0, number])
        }
    }

    /// Drops what a watch has not delivered.
    func dropPendingDeliveries(of client: String?, on task: TaskID) throws {
        try run(
            """
            UPDATE deliveries SET state = 'dropped', next_attempt_at = NULL, is_first = 0
            WHERE task = ? AND client = ? AND state = 'pending'
            """,
            [task, column(client)]
        )
    }

    /// What waits goes where the watch says now, or nowhere.
    func redirectDeliveries(to watch: Watch, at now: Timestamp) throws {
        guard let url = watch.webhook?.url else {
            return try dropPendingDeliveries(of: watch.client, on: watch.task)
        }
        try run(
            """
            UPDATE deliveries SET url = ?1, origin = ?2, next_attempt_at = ?3, owner = NULL, owned_until = 0
            WHERE task = ?4 AND client = ?5 AND state = 'pending' AND url <> ?1
            """,
            [url, Delivery.origin(of: url), now, watch.task, column(watch.client)]
        )
    }

    /// Ends a delivery, and everything else that its watch would send to the same place.
    fileprivate func disableWebhook(of delivery: Int64, at now: Timestamp) throws {
        try end(delivery, .failed)
        try run(
            """
            UPDATE deliveries SET state = 'failed', next_attempt_at = NULL, owner = NULL, owned_until = 0, is_first = 0
            WHERE state = 'pending' AND (task, client, url) =
                (SELECT task, client, url FROM deliveries WHERE number = ?)
            """,
            [delivery]
        )
        try run(
            """
            UPDATE watches SET disabled_at = ?
            WHERE (task, client, url) = (SELECT task, client, url FROM deliveries WHERE number = ?)
            """,
            [now, delivery]
        )
    }
}

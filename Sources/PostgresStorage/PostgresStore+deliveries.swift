package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) async throws(StoreProblem) -> [Delivery] {
        try await changeQuietly { (transaction) throws(DatabaseError) in
            let claimed = try transaction.run(
                """
                WITH due AS MATERIALIZED (
                    SELECT number AS found FROM taskgate.deliveries
                    WHERE state = 'pending' AND is_first AND next_attempt_at <= $2 AND origin <> ALL($5)
                        AND (owned_until <= $2 OR owner IN (SELECT name FROM taskgate.owners WHERE until <= $2))
                    ORDER BY next_attempt_at, number LIMIT $4 FOR UPDATE SKIP LOCKED
                )
                UPDATE taskgate.deliveries SET owner = $1, owned_until = $3 FROM due WHERE number = found RETURNING number
                """,
                .text(owner),
                .time(now),
                .time(until),
                .number(limit),
                .texts(Array(avoiding))
            ).map { (row) throws(DatabaseError) in try row.number() }
            guard !claimed.isEmpty else { return [] }
            return try transaction.deliveries("d.number = ANY($1) ORDER BY d.number", .numbers(claimed))
        }
    }

    package func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) async throws(StoreProblem) {
        let number = delivery.number
        try await change { (transaction) throws(DatabaseError) in
            // Nobody puts another one into the line meanwhile. And whoever changes watches locks their task first, so that
            // nobody waits for each other.
            try transaction.lockTask(of: number)
            let isOwn = try transaction.run(
                """
                UPDATE taskgate.deliveries SET attempts = attempts + 1 WHERE number = $1
                RETURNING attempts, coalesce(owner = $2, false) AND state = 'pending' AND url = $3
                """,
                .number(number),
                .text(owner),
                .text(delivery.url)
            ).first { (row) throws(DatabaseError) in (attempts: try row.number(), isOwn: try row.flag()) }
            guard let (attempts, isOwn) = isOwn else { return }
            try transaction.keep(attempt, attempts, of: number)
            guard isOwn else { return }
            switch outcome {
            case .delivered: try transaction.settle(number, .delivered, next: nil)
            case .retry(let time): try transaction.settle(number, .pending, next: time)
            case .failed: try transaction.settle(number, .failed, next: nil)
            case .gone:
                try transaction.settle(number, .failed, next: nil)
                try transaction.disableWebhook(of: number, at: attempt.at)
            }
            try transaction.findFirst(inLineOf: number)
        }
    }

    package func deliveries(
        _ filter: DeliveryFilter,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [Delivery] {
        try await read { (transaction) throws(DatabaseError) in
            try transaction.deliveries(
                """
                ($1::bigint IS NULL OR d.number < $1) AND ($2::text IS NULL OR d.client = $2)
                    AND ($3::text IS NULL OR d.task = $3) AND ($4::text IS NULL OR d.state = $4)
                ORDER BY d.number DESC LIMIT $5
                """,
                .number(number),
                .text(filter.audience.map { $0.client ?? "" }),
                .task(filter.task),
                .text(filter.state?.rawValue),
                .number(limit)
            )
        }
    }

    package func attempts(
        of delivery: Int64,
        for audience: NewEvent.Audience?
    ) async throws(StoreProblem) -> [DeliveryAttempt]? {
        try await read { (transaction) throws(DatabaseError) in
            let found = try transaction.run(
                "SELECT FROM taskgate.deliveries WHERE number = $1 AND ($2::text IS NULL OR client = $2)",
                .number(delivery),
                .text(audience.map { $0.client ?? "" })
            )
            guard found.count > 0 else { return nil }
            return try transaction.run(
                "SELECT \(DeliveryAttempt.columns) FROM taskgate.attempts AS a WHERE delivery = $1 ORDER BY number",
                .number(delivery)
            ).map { (row) throws(DatabaseError) in try row.required(DeliveryAttempt.read) }
        }
    }

    package func redeliver(
        _ delivery: Int64,
        for audience: NewEvent.Audience?,
        at now: Timestamp
    ) async throws(StoreProblem) -> Delivery? {
        try await change { (transaction) throws(DatabaseError) in
            try transaction.lockTask(of: delivery)
            try transaction.run(
                """
                UPDATE taskgate.deliveries SET state = 'pending', next_attempt_at = $3, owner = NULL, owned_until = 0
                WHERE number = $1 AND ($2::text IS NULL OR client = $2)
                """,
                .number(delivery),
                .text(audience.map { $0.client ?? "" }),
                .time(now)
            )
            try transaction.findFirst(inLineOf: delivery)
            return try transaction.deliveries(
                "d.number = $1 AND ($2::text IS NULL OR d.client = $2)",
                .number(delivery),
                .text(audience.map { $0.client ?? "" })
            ).first
        }
    }
}

extension Transaction {
    fileprivate func deliveries(
        _ conditionAndOrder: String,
        _ parameters: Parameter...
    ) throws(DatabaseError) -> [Delivery] {
        try run(
            """
            SELECT d.number, d.client, d.url, d.state, d.attempts, d.created_at, d.next_attempt_at, \(TaskEvent.columns),
                \(DeliveryAttempt.columns)
            FROM taskgate.deliveries AS d JOIN taskgate.events AS e ON e.sequence = d.event
                LEFT JOIN taskgate.attempts AS a ON a.delivery = d.number AND a.number = d.attempts
            WHERE \(conditionAndOrder)
            """,
            parameters
        ).map(Delivery.init)
    }

    fileprivate func lockTask(of delivery: Int64) throws(DatabaseError) {
        try run(
            """
            SELECT FROM taskgate.tasks WHERE id = (SELECT task FROM taskgate.deliveries WHERE number = $1) FOR UPDATE
            """,
            .number(delivery)
        )
    }

    fileprivate func keep(_ attempt: DeliveryAttempt, _ number: Int64, of delivery: Int64) throws(DatabaseError) {
        try run(
            """
            INSERT INTO taskgate.attempts (delivery, number, at, duration, status, problem)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            .number(delivery),
            .number(number),
            .time(attempt.at),
            .number(attempt.duration.milliseconds),
            .number(attempt.status.map(Int64.init)),
            .words(attempt.problem)
        )
    }

    fileprivate func settle(
        _ delivery: Int64,
        _ state: Delivery.State,
        next: Timestamp?
    ) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.deliveries SET state = $2, next_attempt_at = $3, owner = NULL, owned_until = 0,
                is_first = is_first AND $2 = 'pending'
            WHERE number = $1
            """,
            .number(delivery),
            .text(state.rawValue),
            .time(next)
        )
    }

    /// Has the earliest that is pending of the same watch be the first, and the one behind it not, whichever it was before.
    ///
    /// The task is locked.
    fileprivate func findFirst(inLineOf delivery: Int64) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.deliveries SET is_first = leads FROM (
                SELECT number AS found, row_number() OVER (ORDER BY number) = 1 AS leads FROM taskgate.deliveries
                WHERE state = 'pending'
                    AND (task, client) = (SELECT task, client FROM taskgate.deliveries WHERE number = $1)
                ORDER BY number LIMIT 2
            ) AS line WHERE number = found AND is_first <> leads
            """,
            .number(delivery)
        )
    }

    /// Drops what a watch has not delivered.
    func dropPendingDeliveries(of client: String?, on task: TaskID) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.deliveries SET state = 'dropped', next_attempt_at = NULL, is_first = false
            WHERE state = 'pending' AND client = $1 AND task = $2
            """,
            .client(client),
            .task(task)
        )
    }

    /// What waits goes where the watch says now, or nowhere.
    ///
    /// The task is locked.
    func redirectDeliveries(to watch: Watch, at now: Timestamp) throws(DatabaseError) {
        guard let url = watch.webhook?.url else {
            return try dropPendingDeliveries(of: watch.client, on: watch.task)
        }
        try run(
            """
            UPDATE taskgate.deliveries
            SET url = $3, origin = $4, next_attempt_at = $5, owner = NULL, owned_until = 0
            WHERE state = 'pending' AND client = $1 AND task = $2 AND url <> $3
            """,
            .client(watch.client),
            .task(watch.task),
            .text(url),
            .text(Delivery.origin(of: url)),
            .time(now)
        )
    }

    /// Ends what waits for the same receiver, and tells it nothing more, unless the watch has another one by now.
    fileprivate func disableWebhook(of delivery: Int64, at now: Timestamp) throws(DatabaseError) {
        try run(
            """
            UPDATE taskgate.deliveries AS other SET state = 'failed', next_attempt_at = NULL, is_first = false
            FROM taskgate.deliveries AS d
            WHERE d.number = $1 AND other.state = 'pending' AND other.client = d.client AND other.task = d.task
                AND other.url = d.url
            """,
            .number(delivery)
        )
        try run(
            """
            UPDATE taskgate.watches AS w SET disabled_at = $2 FROM taskgate.deliveries AS d
            WHERE d.number = $1 AND w.client = d.client AND w.task = d.task AND w.url = d.url
            """,
            .number(delivery),
            .time(now)
        )
    }
}

extension Delivery {
    fileprivate init(_ row: inout Row) throws(DatabaseError) {
        let (number, client, url) = (try row.number(), try row.client(), try row.text())
        let (state, attempts): (State, Int64) = (try row.word(), try row.number())
        let (createdAt, nextAttemptAt) = (try row.time(), row.optionalTime())
        self.init(
            number: number,
            event: try TaskEvent(&row),
            client: client,
            url: url,
            state: state,
            attempts: Int(attempts),
            createdAt: createdAt,
            nextAttemptAt: nextAttemptAt,
            lastAttempt: try DeliveryAttempt.read(&row)
        )
    }
}

extension DeliveryAttempt {
    /// Of an alias `a`.
    fileprivate static let columns = "a.at, a.duration, a.status, a.problem"

    /// Nil where there was none.
    fileprivate static func read(_ row: inout Row) throws(DatabaseError) -> DeliveryAttempt? {
        let (at, duration) = (row.optionalTime(), row.optionalNumber())
        let (status, problem) = (row.optionalNumber(), row.optionalText())
        guard let at, let duration else { return nil }
        return DeliveryAttempt(
            at: at,
            duration: .milliseconds(duration),
            status: status.map { Int($0) },
            problem: problem
        )
    }
}

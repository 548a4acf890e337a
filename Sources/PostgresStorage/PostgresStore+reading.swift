package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func task(_ id: TaskID) async throws(StoreProblem) -> KeptTask? {
        try await read { (transaction) throws(DatabaseError) in
            let found = try transaction.run("SELECT \(KeptTask.columns) FROM taskgate.tasks WHERE id = $1", .task(id))
            return try transaction.withWatches(try found.map(KeptTask.init)).first
        }
    }

    package func tasks(
        _ filter: TaskFilter,
        after task: TaskID?,
        limit: Int
    ) async throws(StoreProblem) -> [KeptTask] {
        try await read { (transaction) throws(DatabaseError) in
            let found = try transaction.run(
                """
                SELECT \(KeptTask.columns) FROM taskgate.tasks
                WHERE ($1::text IS NULL OR id > $1)
                    AND ($2 OR split_part(id, ':', 1) = ANY($3))
                    AND ($4 OR seen_status = ANY($5))
                    AND ($6::boolean IS NULL OR (ended_at IS NOT NULL) = $6)
                    AND ($7::text IS NULL OR EXISTS (
                        SELECT FROM taskgate.watches WHERE client = $7 AND task = id AND watches.ended_at IS NULL))
                ORDER BY id LIMIT $8
                """,
                .task(task),
                .flag(filter.providers == nil),
                .texts(Array(filter.providers ?? [])),
                .flag(filter.statuses == nil),
                .texts((filter.statuses ?? []).map(\.rawValue)),
                .flag(filter.isEnded),
                .text(filter.watchedBy.map { $0.client ?? "" }),
                .number(limit)
            )
            return try transaction.withWatches(try found.map(KeptTask.init))
        }
    }

    package func heldCancels() async throws(StoreProblem) -> [TaskID: HeldCancel] {
        let held = try await read { (transaction) throws(DatabaseError) in
            try transaction.run(
                """
                SELECT id, \(HeldCancel.columns) FROM taskgate.tasks WHERE cancel_until IS NOT NULL AND ended_at IS NULL
                """
            ).map { (row) throws(DatabaseError) in (try row.task(), try row.required(HeldCancel.read)) }
        }
        return Dictionary(held) { first, _ in first }
    }

    package func events(
        of tasks: [TaskID]?,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreProblem) -> [TaskEvent] {
        try await read { (transaction) throws(DatabaseError) in
            let order = "ORDER BY sequence LIMIT $2"
            let found: Answer
            if let tasks {
                found = try transaction.run(
                    "SELECT \(TaskEvent.columns) FROM taskgate.events AS e WHERE sequence > $1 AND task = ANY($3) \(order)",
                    .number(sequence),
                    .number(limit),
                    .tasks(tasks)
                )
            } else {
                found = try transaction.run(
                    "SELECT \(TaskEvent.columns) FROM taskgate.events AS e WHERE sequence > $1 \(order)",
                    .number(sequence),
                    .number(limit)
                )
            }
            return try found.map(TaskEvent.init)
        }
    }

    package func eventRange() async throws(StoreProblem) -> EventRange {
        try await read { (transaction) throws(DatabaseError) in
            let range = try transaction.run(
                """
                SELECT forgotten.value, latest.value FROM taskgate.numbers AS forgotten, taskgate.numbers AS latest
                WHERE forgotten.name = 'forgotten_event' AND latest.name = 'latest_event'
                """
            ).first { (row) throws(DatabaseError) in
                EventRange(forgotten: try row.number(), latest: try row.number())
            }
            guard let range else { throw .unreadable("the numbers of the events are not kept") }
            return range
        }
    }
}

extension TaskEvent {
    /// Of a table or an alias `e`.
    static let columns = "e.sequence, e.task, e.at, e.id, e.type, e.client, e.document"

    init(_ row: inout Row) throws(DatabaseError) {
        let (sequence, task, at) = (try row.number(), try row.task(), try row.time())
        let (id, type): (String, TaskEventType) = (try row.text(), try row.word())
        let audience = row.optionalText().map { NewEvent.Audience(client: $0.isEmpty ? nil : $0) }
        self.init(
            sequence: sequence,
            task: task,
            at: at,
            event: NewEvent(id: id, type: type, audience: audience, document: try row.bytes())
        )
    }
}

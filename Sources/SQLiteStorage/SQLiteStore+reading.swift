internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func task(_ id: TaskID) async throws(StoreProblem) -> KeptTask? {
        try await read { try $0.tasks("WHERE id = ?", [id]).first }
    }

    package func tasks(_ filter: TaskFilter, after task: TaskID?, limit: Int) async throws(StoreProblem) -> [KeptTask] {
        try await read { database in
            var conditions = Conditions()
            if let task { conditions.add("id > ?", task) }
            if let providers = filter.providers { conditions.add("provider", in: Array(providers)) }
            if let statuses = filter.statuses { conditions.add("status", in: statuses.map(\.rawValue)) }
            if let isEnded = filter.isEnded { conditions.add("ended_at IS \(isEnded ? "NOT NULL" : "NULL")") }
            if let client = filter.watchedBy {
                conditions.add(
                    "id IN (SELECT task FROM watches WHERE client = ? AND watches.ended_at IS NULL)",
                    column(client.client)
                )
            }
            return try database.tasks(
                "WHERE \(conditions.sql) ORDER BY id LIMIT ?",
                conditions.arguments + [limit]
            )
        }
    }

    package func heldCancels() async throws(StoreProblem) -> [TaskID: HeldCancel] {
        try await read { database in
            let held = try database.rows(
                "SELECT * FROM tasks WHERE cancel_requested_at IS NOT NULL AND ended_at IS NULL"
            ) { row in (try row.taskID("id"), row.heldCancel()) }
            return Dictionary(uniqueKeysWithValues: held).compactMapValues(\.self)
        }
    }

    package func events(
        of tasks: [TaskID]?,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreProblem) -> [TaskEvent] {
        try await read { database in
            var conditions = Conditions()
            conditions.add("sequence > ?", sequence)
            if let tasks { conditions.add("task", in: tasks) }
            return try database.rows(
                "SELECT * FROM events WHERE \(conditions.sql) ORDER BY sequence LIMIT ?",
                conditions.arguments + [limit]
            ) { try $0.event() }
        }
    }

    package func eventRange() async throws(StoreProblem) -> EventRange {
        try await read { database in
            let range = try database.row(
                "SELECT forgotten, (SELECT max(sequence) FROM events) AS latest FROM marks"
            ) { row in
                let (forgotten, latest): (Int64, Int64?) = (row["forgotten"], row["latest"])
                return EventRange(forgotten: forgotten, latest: max(forgotten, latest ?? 0))
            }
            return range ?? EventRange(forgotten: 0, latest: 0)
        }
    }
}

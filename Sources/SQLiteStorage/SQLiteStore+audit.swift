internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func audit(_ records: [AuditRecord]) async throws(StoreProblem) {
        try await write { database in
            for record in records {
                try database.run(
                    "INSERT INTO audit (id, task, at, document) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                    [record.id, record.task, record.at, column(record.document)]
                )
            }
        }
    }

    package func auditRecords(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [KeptAuditRecord] {
        try await read { database in
            var conditions = Conditions()
            if let number { conditions.add("number < ?", number) }
            if let task { conditions.add("task = ?", task) }
            return try database.rows(
                "SELECT * FROM audit WHERE \(conditions.sql) ORDER BY number DESC LIMIT ?",
                conditions.arguments + [limit]
            ) { row in
                KeptAuditRecord(
                    number: row["number"],
                    record: AuditRecord(
                        id: row["id"],
                        at: row["at"],
                        task: try row.taskID("task"),
                        document: row.document("document") ?? []
                    )
                )
            }
        }
    }
}

package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func audit(_ records: [AuditRecord]) async throws(StoreProblem) {
        try await changeQuietly { (transaction) throws(DatabaseError) -> Void in
            try transaction.run(
                """
                INSERT INTO taskgate.audit (id, task, at, document)
                SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING
                """,
                .texts(records.map(\.id)),
                .tasks(records.map(\.task)),
                .numbers(records.map(\.at.millisecondsSinceEpoch)),
                .bytesOfEach(records.map(\.document))
            )
        }
    }

    package func auditRecords(
        of task: TaskID?,
        below number: Int64?,
        limit: Int
    ) async throws(StoreProblem) -> [KeptAuditRecord] {
        try await read { (transaction) throws(DatabaseError) in
            try transaction.run(
                """
                SELECT number, id, at, task, document FROM taskgate.audit
                WHERE ($1::bigint IS NULL OR number < $1) AND ($2::text IS NULL OR task = $2)
                ORDER BY number DESC LIMIT $3
                """,
                .number(number),
                .task(task),
                .number(limit)
            ).map { (row) throws(DatabaseError) in
                let (number, id, at) = (try row.number(), try row.text(), try row.time())
                let (task, document) = (try row.task(), try row.bytes())
                return KeptAuditRecord(
                    number: number,
                    record: AuditRecord(id: id, at: at, task: task, document: document)
                )
            }
        }
    }
}

/// Brings a database to what this version works with, or refuses it.
enum Migration {
    private static let earliestServer = 130_000
    private static let time = Duration.seconds(60)
    /// What whoever else migrates at this moment waits for: the letters "taskgate".
    private static let lock: Int64 = 0x7461_736b_6761_7465

    /// Takes each step in a transaction of its own; gateways that start together take turns.
    static func run(on connection: DatabaseConnection) throws(DatabaseError) {
        guard connection.serverVersion >= earliestServer else {
            throw .unreadable(
                "the server is version \(connection.serverVersion / 10_000), and 13 is the earliest that works"
            )
        }
        while try step(on: connection) {}
    }

    /// Returns whether there are more to take.
    private static func step(on connection: DatabaseConnection) throws(DatabaseError) -> Bool {
        let outcome = Transaction.run(.write(within: time), on: connection) { (transaction) throws(DatabaseError) in
            try transaction.run("SELECT pg_advisory_xact_lock($1)", .number(lock))
            try requireEncoding(transaction)
            let version = try prepare(transaction)
            guard version <= Schema.steps.count else {
                throw .foreign(
                    """
                    the tables are of version \(version), written by a later Taskgate, and this one knows version \
                    \(Schema.steps.count): start the later one again, or give this one a database of its own
                    """
                )
            }
            guard version < Schema.steps.count else { return false }
            try transaction.runScript(Schema.steps[version])
            try transaction.run("UPDATE taskgate.schema_version SET version = $1", .number(version + 1))
            return version + 1 < Schema.steps.count
        }
        switch outcome {
        case .committed(let isMore): return isMore
        case .failed(.refused("42501", let detail)):
            throw .unreadable(
                """
                the user may not do what is needed in the schema taskgate: let the owner of the database run "CREATE SCHEMA \
                taskgate AUTHORIZATION <user>", or grant the user CREATE on the database: \(detail)
                """
            )
        case .failed(let error), .undone(let error): throw error
        }
    }

    private static func requireEncoding(_ transaction: Transaction) throws(DatabaseError) {
        let encoding = try transaction.run("SELECT current_setting('server_encoding')")
            .first { (row) throws(DatabaseError) in try row.text() }
        guard encoding == "UTF8" else {
            throw .unreadable(
                "the encoding of the database is \(encoding ?? "unknown"); create one with ENCODING 'UTF8'"
            )
        }
    }

    /// Makes the schema where there is none, and returns how many steps it took.
    private static func prepare(_ transaction: Transaction) throws(DatabaseError) -> Int {
        let found = try transaction.run(
            """
            SELECT to_regnamespace('taskgate') IS NOT NULL, to_regclass('taskgate.schema_version') IS NOT NULL,
                EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('taskgate'))
            """
        ).first { (row) throws(DatabaseError) in
            (hasSchema: try row.flag(), hasVersion: try row.flag(), hasOthers: try row.flag())
        }
        guard let found else { throw .unreadable("no answer to a question for the schema") }
        if found.hasVersion {
            let version = try transaction.run("SELECT version FROM taskgate.schema_version")
                .first { (row) throws(DatabaseError) in try row.number() }
            guard let version, version >= 0 else {
                throw .foreign(
                    "the table taskgate.schema_version is not as Taskgate wrote it: restore it from a backup"
                )
            }
            return Int(version)
        }
        guard !found.hasOthers else {
            throw .foreign(
                """
                the schema taskgate holds tables that are not Taskgate's: rename it, or give Taskgate a database of its own
                """
            )
        }
        if !found.hasSchema { try transaction.runScript("CREATE SCHEMA taskgate") }
        try transaction.runScript(
            """
            CREATE TABLE taskgate.schema_version (version bigint NOT NULL);
            INSERT INTO taskgate.schema_version VALUES (0)
            """
        )
        return 0
    }
}

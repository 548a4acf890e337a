internal import GRDB
internal import TaskStorage

/// The tables of a store, and how those of earlier versions become them.
enum Schema {
    /// Each leads from the version of its index to the next; what was released is never changed, only added to.
    static let migrations = [first, audit, owners]

    /// What is in a file.
    enum Contents {
        case nothing
        /// Taskgate's tables of this version.
        case version(Int)
        /// Tables of something else, by name.
        case foreign([String])
    }

    static func contents(of database: Database) throws -> Contents {
        let tables = try String.fetchAll(
            database,
            sql:
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        guard !tables.isEmpty else { return .nothing }
        guard tables.contains("taskgate_schema") else { return .foreign(tables) }
        return .version(try Int.fetchOne(database, sql: "SELECT version FROM taskgate_schema") ?? 0)
    }

    /// Brings a file's tables to the newest version, each step in a transaction of its own.
    static func migrate(_ database: Database) throws {
        var version = 0
        if case .version(let found) = try contents(of: database) { version = found }
        for (index, migration) in migrations.enumerated().dropFirst(version) {
            try database.inTransaction(.immediate) {
                try database.execute(sql: migration)
                try database.execute(sql: "UPDATE taskgate_schema SET version = ?", arguments: [index + 1])
                return .commit
            }
        }
    }

    /// Times and durations are milliseconds.
    ///
    /// A client without a name is the empty text, since NULLs differ from each other. Documents stand last: what is behind a long value is slow to reach.
    private static let first = """
        CREATE TABLE taskgate_schema (version INTEGER NOT NULL) STRICT;
        INSERT INTO taskgate_schema VALUES (0);

        CREATE TABLE marks (
            last_beat INTEGER,
            forgotten INTEGER NOT NULL
        ) STRICT;
        INSERT INTO marks VALUES (NULL, 0);

        CREATE TABLE tasks (
            id TEXT NOT NULL PRIMARY KEY,
            provider TEXT NOT NULL,
            owner TEXT,
            owned_until INTEGER NOT NULL DEFAULT 0,
            is_touched INTEGER NOT NULL DEFAULT 0,
            is_watched INTEGER NOT NULL DEFAULT 0,
            streamed_until INTEGER,
            ended_at INTEGER,
            is_lost INTEGER NOT NULL DEFAULT 0,
            status TEXT,
            fingerprint INTEGER,
            seen_at INTEGER,
            cancel_requested_at INTEGER,
            cancel_requested_by TEXT,
            cancel_reason TEXT,
            cancel_until INTEGER,
            cancel_has_execution INTEGER NOT NULL DEFAULT 0,
            cancel_created_at INTEGER,
            cancel_started_at INTEGER,
            document TEXT,
            wanted_until INTEGER GENERATED ALWAYS AS (
                CASE
                    WHEN ended_at IS NOT NULL THEN NULL
                    WHEN is_watched OR cancel_requested_at IS NOT NULL THEN 9223372036854775807
                    ELSE streamed_until
                END
            ) VIRTUAL,
            CHECK ((seen_at IS NULL) = (status IS NULL)),
            CHECK ((seen_at IS NULL) = (fingerprint IS NULL)),
            CHECK ((cancel_requested_at IS NULL) = (cancel_until IS NULL))
        ) STRICT;
        CREATE INDEX tasks_to_claim ON tasks (owned_until, wanted_until) WHERE wanted_until IS NOT NULL;
        CREATE INDEX tasks_owned ON tasks (owner) WHERE owner IS NOT NULL;
        CREATE INDEX tasks_touched ON tasks (owner) WHERE is_touched = 1;
        CREATE INDEX tasks_held ON tasks (id) WHERE cancel_requested_at IS NOT NULL;

        CREATE TABLE watches (
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            client TEXT NOT NULL,
            url TEXT,
            events TEXT,
            disabled_at INTEGER,
            deadline INTEGER,
            lease_term INTEGER,
            lease_ends_at INTEGER,
            has_execution INTEGER NOT NULL DEFAULT 0,
            execution_created_at INTEGER,
            execution_started_at INTEGER,
            created_at INTEGER NOT NULL,
            fired_at INTEGER,
            ended_at INTEGER,
            PRIMARY KEY (task, client),
            CHECK ((url IS NULL) = (events IS NULL)),
            CHECK ((lease_term IS NULL) = (lease_ends_at IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX watches_of_client ON watches (client, task);

        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            task TEXT NOT NULL,
            at INTEGER NOT NULL,
            type TEXT NOT NULL,
            audience TEXT,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_of_task ON events (task, sequence);
        CREATE INDEX events_by_time ON events (at);

        CREATE TABLE deliveries (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            event INTEGER NOT NULL REFERENCES events,
            task TEXT NOT NULL,
            client TEXT NOT NULL,
            url TEXT NOT NULL,
            origin TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            next_attempt_at INTEGER,
            owner TEXT,
            owned_until INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX deliveries_pending ON deliveries (task, client, number) WHERE state = 'pending';
        CREATE INDEX deliveries_of_event ON deliveries (event);
        CREATE INDEX deliveries_of_client ON deliveries (client, number);
        CREATE INDEX deliveries_of_task ON deliveries (task, number);

        CREATE TABLE attempts (
            delivery INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
            position INTEGER NOT NULL,
            at INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            status INTEGER,
            problem TEXT,
            PRIMARY KEY (delivery, position)
        ) STRICT, WITHOUT ROWID;
        """

    private static let audit = """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            task TEXT NOT NULL,
            at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_of_task ON audit (task, number);
        CREATE INDEX audit_by_time ON audit (at);
        """

    /// Whoever follows tasks has a row that is prolonged, in place of the rows of all its tasks; and a claim of deliveries
    /// finds those that are first of their watches without looking at the others.
    private static let owners = """
        CREATE TABLE owners (
            name TEXT NOT NULL PRIMARY KEY,
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO owners SELECT owner, max(owned_until) FROM tasks WHERE owner IS NOT NULL GROUP BY owner;
        DROP INDEX tasks_to_claim;
        ALTER TABLE tasks DROP COLUMN owned_until;
        CREATE INDEX tasks_free ON tasks (wanted_until) WHERE owner IS NULL AND wanted_until IS NOT NULL;

        ALTER TABLE deliveries ADD COLUMN is_first INTEGER NOT NULL DEFAULT 0;
        UPDATE deliveries SET is_first = 1
            WHERE number IN (SELECT min(number) FROM deliveries WHERE state = 'pending' GROUP BY task, client);
        CREATE INDEX deliveries_due ON deliveries (next_attempt_at, number) WHERE state = 'pending' AND is_first = 1;
        """
}

/// The tables, as a list of steps that each database takes once.
enum Schema {
    /// What a database is brought to; the version is the number of steps that it took.
    static let steps = [first, audit, owners]

    /// Times are milliseconds since 1970, a client without a name is the empty text, and ids are compared by their bytes.
    private static let first = """
        CREATE TABLE taskgate.tasks (
            id text COLLATE "C" PRIMARY KEY,
            seen_status text,
            seen_fingerprint bigint,
            seen_document bytea,
            seen_at bigint,
            cancel_requested_at bigint,
            cancel_requested_by text,
            cancel_reason text,
            cancel_until bigint,
            cancel_has_execution boolean,
            cancel_created_at bigint,
            cancel_started_at bigint,
            streamed_until bigint,
            -- Whether it has a watch that has not ended.
            is_watched boolean NOT NULL DEFAULT false,
            ended_at bigint,
            is_lost boolean NOT NULL DEFAULT false,
            owner text COLLATE "C",
            -- 0 where there is no owner.
            owned_until bigint NOT NULL DEFAULT 0,
            -- Whether somebody but its owner changed it since the owner was told last.
            is_touched boolean NOT NULL DEFAULT false,
            wanted_until bigint GENERATED ALWAYS AS (
                CASE
                    WHEN ended_at IS NOT NULL THEN NULL
                    WHEN is_watched OR cancel_until IS NOT NULL THEN 9223372036854775807
                    ELSE streamed_until
                END
            ) STORED
        );
        CREATE INDEX tasks_to_claim ON taskgate.tasks (owned_until) WHERE wanted_until IS NOT NULL;
        CREATE INDEX tasks_by_owner ON taskgate.tasks (owner) WHERE owner IS NOT NULL;
        CREATE INDEX tasks_touched ON taskgate.tasks (owner) WHERE owner IS NOT NULL AND is_touched;
        CREATE INDEX tasks_with_cancel ON taskgate.tasks (id) WHERE cancel_until IS NOT NULL AND ended_at IS NULL;

        CREATE TABLE taskgate.watches (
            client text COLLATE "C" NOT NULL,
            task text COLLATE "C" NOT NULL REFERENCES taskgate.tasks ON DELETE CASCADE,
            url text,
            origin text COLLATE "C",
            events text[],
            disabled_at bigint,
            deadline bigint,
            lease_term bigint,
            lease_ends_at bigint,
            has_execution boolean NOT NULL,
            execution_created_at bigint,
            execution_started_at bigint,
            created_at bigint NOT NULL,
            fired_at bigint,
            ended_at bigint,
            PRIMARY KEY (client, task)
        );
        CREATE INDEX watches_by_task ON taskgate.watches (task);

        CREATE TABLE taskgate.events (
            sequence bigint PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            task text COLLATE "C" NOT NULL,
            at bigint NOT NULL,
            type text NOT NULL,
            -- NULL concerns everybody.
            client text COLLATE "C",
            document bytea NOT NULL
        );
        CREATE INDEX events_by_task ON taskgate.events (task, sequence);

        CREATE TABLE taskgate.deliveries (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event bigint NOT NULL REFERENCES taskgate.events,
            client text COLLATE "C" NOT NULL,
            task text COLLATE "C" NOT NULL,
            url text NOT NULL,
            origin text COLLATE "C" NOT NULL,
            state text NOT NULL DEFAULT 'pending',
            attempts bigint NOT NULL DEFAULT 0,
            created_at bigint NOT NULL,
            next_attempt_at bigint,
            owner text COLLATE "C",
            owned_until bigint NOT NULL DEFAULT 0
        );
        CREATE INDEX deliveries_due ON taskgate.deliveries (next_attempt_at) WHERE state = 'pending';
        CREATE INDEX deliveries_in_line ON taskgate.deliveries (task, client, number) WHERE state = 'pending';
        CREATE INDEX deliveries_over ON taskgate.deliveries (number) WHERE state <> 'pending';
        CREATE INDEX deliveries_by_event ON taskgate.deliveries (event);
        CREATE INDEX deliveries_by_task ON taskgate.deliveries (task, number);

        CREATE TABLE taskgate.attempts (
            delivery bigint NOT NULL REFERENCES taskgate.deliveries ON DELETE CASCADE,
            number bigint NOT NULL,
            at bigint NOT NULL,
            duration bigint NOT NULL,
            status bigint,
            problem text,
            PRIMARY KEY (delivery, number)
        );

        -- latest_event is locked by whoever keeps events, to the end of the transaction.
        CREATE TABLE taskgate.numbers (name text PRIMARY KEY, value bigint NOT NULL);
        INSERT INTO taskgate.numbers VALUES ('latest_event', 0), ('forgotten_event', 0);
        """

    private static let audit = """
        CREATE TABLE taskgate.audit (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            task text COLLATE "C" NOT NULL,
            at bigint NOT NULL,
            document bytea NOT NULL
        );
        CREATE INDEX audit_by_task ON taskgate.audit (task, number);
        CREATE INDEX audit_by_time ON taskgate.audit (at);
        """

    /// Whoever follows tasks has a row that is prolonged, in place of the rows of all its tasks; and a claim of deliveries
    /// finds those that are first of their watches without looking at the others.
    private static let owners = """
        CREATE TABLE taskgate.owners (
            name text COLLATE "C" PRIMARY KEY,
            until bigint NOT NULL
        );
        INSERT INTO taskgate.owners
            SELECT owner, max(owned_until) FROM taskgate.tasks WHERE owner IS NOT NULL GROUP BY owner;
        -- With it goes the index tasks_to_claim.
        ALTER TABLE taskgate.tasks DROP COLUMN owned_until;
        CREATE INDEX tasks_free ON taskgate.tasks (wanted_until) WHERE owner IS NULL AND wanted_until IS NOT NULL;

        -- Whether it is the earliest that is pending of those of its watch.
        ALTER TABLE taskgate.deliveries ADD COLUMN is_first boolean NOT NULL DEFAULT false;
        UPDATE taskgate.deliveries SET is_first = true WHERE number IN (
            SELECT min(number) FROM taskgate.deliveries WHERE state = 'pending' GROUP BY task, client);
        DROP INDEX taskgate.deliveries_due;
        CREATE INDEX deliveries_due ON taskgate.deliveries (next_attempt_at, number) WHERE state = 'pending' AND is_first;
        """
}

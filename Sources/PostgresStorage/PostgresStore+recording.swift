package import TaskModel
package import TaskStorage

extension PostgresStore {
    package func record(
        _ changes: [TaskChange],
        by owner: String,
        at now: Timestamp
    ) async throws(StoreProblem) -> Set<TaskID> {
        try await change { (transaction) throws(DatabaseError) in
            let owned = try transaction.lock(changes.map(\.task), of: owner)
            let recording = Recording(changes, owned: owned, due: try transaction.due(among: changes, at: now))
            try transaction.keepSeen(recording)
            for (task, cancel) in recording.cancels {
                try transaction.replaceCancel(of: task, with: cancel, isTouch: false)
            }
            try transaction.fire(recording, at: now)
            try transaction.end(recording, at: now)
            try transaction.touch(recording.early)
            // Last, because everybody who keeps events waits for the end of this.
            try transaction.keepEvents(recording, at: now)
            return recording.refused
        }
    }
}

private struct WatchName: Hashable {
    let task: TaskID
    let client: String
}

/// What several changes come to, task by task.
private struct Recording {
    /// Tasks with a change of which nothing is kept.
    private(set) var refused: Set<TaskID> = []
    /// Those of them that are the owner's: a watch should have fired and may not, so the owner is told of it anew.
    private(set) var early: Set<TaskID> = []
    private(set) var seen: [TaskID: SeenTask] = [:]
    private(set) var cancels: [TaskID: HeldCancel?] = [:]
    private(set) var fired: [WatchName] = []
    private(set) var events: [(task: TaskID, event: NewEvent)] = []
    private(set) var endings: [TaskID: TaskChange.Ending] = [:]

    init(_ changes: [TaskChange], owned: Set<TaskID>, due: Set<WatchName>) {
        var ids: Set<String> = []
        for change in changes {
            let task = change.task
            guard owned.contains(task), endings[task] == nil else {
                refused.insert(task)
                continue
            }
            let fired = change.fired.map { WatchName(task: task, client: $0.client ?? "") }
            guard due.isSuperset(of: fired) else {
                refused.insert(task)
                early.insert(task)
                continue
            }
            self.fired += fired
            if let seen = change.seen { self.seen[task] = seen }
            if case .replaced(let cancel) = change.heldCancel { cancels[task] = .some(cancel) }
            for event in change.events where ids.insert(event.id).inserted { events.append((task, event)) }
            guard let ending = change.ending else { continue }
            endings[task] = ending
            cancels[task] = .some(nil)
        }
    }
}

extension Transaction {
    /// Returns those that are the owner's, which stay so to the end of the transaction.
    fileprivate func lock(_ tasks: [TaskID], of owner: String) throws(DatabaseError) -> Set<TaskID> {
        Set(
            try run(
                "SELECT id FROM taskgate.tasks WHERE id = ANY($1) AND owner = $2 ORDER BY id FOR UPDATE",
                .tasks(tasks),
                .text(owner)
            ).map { (row) throws(DatabaseError) in try row.task() }
        )
    }

    /// Those that a change lets fire and that may: their time has come, or they have fired before.
    fileprivate func due(among changes: [TaskChange], at now: Timestamp) throws(DatabaseError) -> Set<WatchName> {
        let names = changes.flatMap { change in change.fired.map { (change.task, $0.client ?? "") } }
        guard !names.isEmpty else { return [] }
        return Set(
            try run(
                """
                SELECT task, client FROM taskgate.watches WHERE (task, client) IN (SELECT * FROM unnest($1, $2))
                    AND (fired_at IS NOT NULL OR deadline <= $3 OR lease_ends_at <= $3)
                """,
                .tasks(names.map(\.0)),
                .texts(names.map(\.1)),
                .time(now)
            ).map { (row) throws(DatabaseError) in WatchName(task: try row.task(), client: try row.text()) }
        )
    }

    fileprivate func touch(_ tasks: Set<TaskID>) throws(DatabaseError) {
        guard !tasks.isEmpty else { return }
        try run("UPDATE taskgate.tasks SET is_touched = true WHERE id = ANY($1)", .tasks(Array(tasks)))
    }

    fileprivate func keepSeen(_ recording: Recording) throws(DatabaseError) {
        let all = Array(recording.seen)
        guard !all.isEmpty else { return }
        try run(
            """
            UPDATE taskgate.tasks SET seen_status = status, seen_fingerprint = fingerprint, seen_document = document,
                seen_at = at
            FROM unnest($1, $2, $3, $4, $5) AS seen (task, status, fingerprint, document, at) WHERE id = task
            """,
            .tasks(all.map(\.key)),
            .texts(all.map(\.value.status.rawValue)),
            .numbers(all.map { Int64(bitPattern: $0.value.fingerprint.rawValue) }),
            .bytesOfEach(all.map(\.value.document)),
            .numbers(all.map(\.value.at.millisecondsSinceEpoch))
        )
    }

    fileprivate func fire(_ recording: Recording, at now: Timestamp) throws(DatabaseError) {
        guard !recording.fired.isEmpty else { return }
        try run(
            """
            UPDATE taskgate.watches SET fired_at = coalesce(fired_at, $3)
            WHERE (task, client) IN (SELECT * FROM unnest($1, $2))
            """,
            .tasks(recording.fired.map(\.task)),
            .texts(recording.fired.map(\.client)),
            .time(now)
        )
    }

    fileprivate func end(_ recording: Recording, at now: Timestamp) throws(DatabaseError) {
        guard !recording.endings.isEmpty else { return }
        try run(
            """
            UPDATE taskgate.tasks SET ended_at = $3, is_lost = id = ANY($2), streamed_until = NULL, owner = NULL,
                is_watched = false
            WHERE id = ANY($1)
            """,
            .tasks(Array(recording.endings.keys)),
            .tasks(recording.endings.filter { $0.value == .lost }.map(\.key)),
            .time(now)
        )
    }

    /// Keeps the events that are not kept yet, makes their deliveries, and ends the watches of what has ended.
    ///
    /// Sequences come from a row that stays locked to the end of the transaction. So whoever has a greater one commits
    /// later, and nobody who saw it finds a smaller one afterwards.
    fileprivate func keepEvents(_ recording: Recording, at now: Timestamp) throws(DatabaseError) {
        let events = recording.events
        guard !events.isEmpty || !recording.endings.isEmpty else { return }
        // A statement of its own: the next one then sees what was committed while this one waited.
        if !events.isEmpty { try run("SELECT FROM taskgate.numbers WHERE name = 'latest_event' FOR UPDATE") }
        try run(
            """
            WITH fresh AS MATERIALIZED (
                SELECT new.*, latest.value + row_number() OVER (ORDER BY place) AS sequence
                FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS new (id, task, type, client, document, place),
                    taskgate.numbers AS latest
                WHERE latest.name = 'latest_event' AND NOT EXISTS (SELECT FROM taskgate.events WHERE events.id = new.id)
            ), kept AS (
                INSERT INTO taskgate.events (sequence, id, task, at, type, client, document)
                SELECT sequence, id, task, $7, type, client, document FROM fresh ORDER BY sequence
            ), counted AS (
                UPDATE taskgate.numbers SET value = value + (SELECT count(*) FROM fresh)
                WHERE name = 'latest_event' AND EXISTS (SELECT FROM fresh)
            ), ended AS (
                UPDATE taskgate.watches SET ended_at = $7 WHERE task = ANY($6) AND ended_at IS NULL
            )
            INSERT INTO taskgate.deliveries (event, client, task, url, origin, created_at, next_attempt_at, is_first)
            SELECT fresh.sequence, watches.client, watches.task, watches.url, watches.origin, $7, $7,
                row_number() OVER (PARTITION BY watches.task, watches.client ORDER BY fresh.sequence) = 1 AND NOT EXISTS (
                    SELECT FROM taskgate.deliveries AS earlier WHERE earlier.state = 'pending'
                        AND earlier.task = watches.task AND earlier.client = watches.client)
            FROM fresh JOIN taskgate.watches ON watches.task = fresh.task
            WHERE watches.ended_at IS NULL AND watches.url IS NOT NULL AND watches.disabled_at IS NULL
                AND fresh.type = ANY(watches.events) AND coalesce(fresh.client = watches.client, true)
            ORDER BY fresh.sequence, watches.client
            """,
            .texts(events.map(\.event.id)),
            .tasks(events.map(\.task)),
            .texts(events.map(\.event.type.rawValue)),
            .texts(events.map { $0.event.audience.map { $0.client ?? "" } }),
            .bytesOfEach(events.map(\.event.document)),
            .tasks(Array(recording.endings.keys)),
            .time(now)
        )
    }
}

internal import GRDB
package import TaskModel
package import TaskStorage

extension SQLiteStore {
    package func record(
        _ changes: [TaskChange],
        by owner: String,
        at now: Timestamp
    ) async throws(StoreProblem) -> Set<TaskID> {
        try await change { database in
            var refused: Set<TaskID> = []
            for change in changes where try !database.record(change, by: owner, at: now) { refused.insert(change.task) }
            return refused
        }
    }
}

extension Database {
    /// Whether the change was kept.
    fileprivate func record(_ change: TaskChange, by owner: String, at now: Timestamp) throws -> Bool {
        let task = change.task
        guard try row("SELECT 1 FROM tasks WHERE id = ? AND owner = ?", [task, owner], { _ in true }) != nil else {
            return false
        }
        for audience in change.fired {
            let watch = try watch(of: audience.client, on: task)
            guard let watch, watch.firedAt != nil || watch.isDue(at: now) else {
                try touch(task)
                return false
            }
        }
        if let seen = change.seen { try keep(seen, of: task) }
        if case .replaced(let cancel) = change.heldCancel { try keep(cancel, of: task) }
        for audience in change.fired {
            try run(
                "UPDATE watches SET fired_at = ? WHERE task = ? AND client = ? AND fired_at IS NULL",
                [now, task, column(audience.client)]
            )
        }
        if !change.events.isEmpty {
            let watches = try openWatches(on: task)
            for event in change.events { try keep(event, of: task, for: watches, at: now) }
        }
        if let ending = change.ending { try end(task, isLost: ending == .lost, at: now) }
        return true
    }

    private func keep(_ seen: SeenTask, of task: TaskID) throws {
        try run(
            "UPDATE tasks SET status = ?, fingerprint = ?, seen_at = ?, document = ? WHERE id = ?",
            [
                seen.status.rawValue, Int64(bitPattern: seen.fingerprint.rawValue), seen.at, column(seen.document),
                task,
            ]
        )
    }

    private func keep(_ event: NewEvent, of task: TaskID, for watches: [Watch], at now: Timestamp) throws {
        let isNew = try run(
            """
            INSERT INTO events (id, task, at, type, audience, document) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                event.id, task, now, event.type.rawValue, event.audience.map { column($0.client) },
                column(event.document),
            ]
        )
        guard isNew == 1 else { return }
        let sequence = lastInsertedRowID
        let kept = TaskEvent(sequence: sequence, task: task, at: now, event: event)
        for watch in watches where kept.concerns(watch) { try deliver(sequence, event.type, to: watch, at: now) }
    }

    /// Puts an event on its way to a watch, if its webhook wants the type.
    func deliver(_ event: Int64, _ type: TaskEventType, to watch: Watch, at now: Timestamp) throws {
        guard let webhook = watch.webhook, webhook.disabledAt == nil, webhook.events.contains(type) else { return }
        try run(
            """
            INSERT INTO deliveries (event, task, client, url, origin, state, created_at, next_attempt_at, is_first)
            VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6, ?6, NOT EXISTS (
                SELECT 1 FROM deliveries WHERE state = 'pending' AND task = ?2 AND client = ?3))
            """,
            [event, watch.task, column(watch.client), webhook.url, Delivery.origin(of: webhook.url), now]
        )
    }

    private func end(_ task: TaskID, isLost: Bool, at now: Timestamp) throws {
        try keep(nil, of: task)
        try run(
            """
            UPDATE tasks SET ended_at = ?, is_lost = ?, is_watched = 0, streamed_until = NULL, owner = NULL WHERE id = ?
            """,
            [now, isLost, task]
        )
        try run("UPDATE watches SET ended_at = ? WHERE task = ? AND ended_at IS NULL", [now, task])
    }
}

internal import TaskModel
internal import TaskStorage

extension KeptTask {
    static let columns = """
        id, seen_status, seen_fingerprint, seen_document, seen_at, \(HeldCancel.columns), streamed_until, ended_at, is_lost
        """

    /// All but the watches.
    init(_ row: inout Row) throws(DatabaseError) {
        let task = try row.task()
        let seen = try SeenTask(&row)
        let cancel = try HeldCancel.read(&row)
        self.init(
            id: task,
            seen: seen,
            heldCancel: cancel,
            streamedUntil: row.optionalTime(),
            endedAt: row.optionalTime(),
            isLost: try row.flag()
        )
    }
}

extension SeenTask {
    fileprivate init?(_ row: inout Row) throws(DatabaseError) {
        let word = row.optionalText()
        let (fingerprint, document, at) = (row.optionalNumber(), row.optionalBytes(), row.optionalTime())
        guard let word else { return nil }
        guard let status = TaskStatus(rawValue: word), let fingerprint, let document, let at else {
            throw .unreadable("what was seen of a task, with the status \(word), is not as it was kept")
        }
        self.init(
            status: status,
            fingerprint: Fingerprint(rawValue: UInt64(bitPattern: fingerprint)),
            document: document,
            at: at
        )
    }
}

extension HeldCancel {
    static let columns = """
        cancel_requested_at, cancel_requested_by, cancel_reason, cancel_until, cancel_has_execution, cancel_created_at, \
        cancel_started_at
        """

    /// Nil where none is held.
    static func read(_ row: inout Row) throws(DatabaseError) -> HeldCancel? {
        let (requestedAt, requestedBy, reason) = (row.optionalTime(), row.optionalText(), row.optionalText())
        let (until, hasExecution) = (row.optionalTime(), row.optionalFlag())
        let execution = Execution(createdAt: row.optionalTime(), startedAt: row.optionalTime())
        guard let requestedAt, let until else { return nil }
        return HeldCancel(
            requestedAt: requestedAt,
            requestedBy: requestedBy,
            reason: reason,
            until: until,
            execution: hasExecution == true ? execution : nil
        )
    }
}

extension Transaction {
    /// The tasks, with those of their watches that have not ended.
    func withWatches(_ tasks: [KeptTask]) throws(DatabaseError) -> [KeptTask] {
        guard !tasks.isEmpty else { return [] }
        let watches = try openWatches(on: tasks.map(\.id))
        return tasks.map { task in
            var task = task
            task.watches = watches[task.id] ?? []
            return task
        }
    }
}

internal import GRDB
internal import TaskModel
internal import TaskStorage

// How values stand in columns. The tables are strict and say which columns have a value together, so what is read is there
// and of its type. What a text means is checked here.

extension Timestamp: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { millisecondsSinceEpoch.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Timestamp? {
        Int64.fromDatabaseValue(value).map { Timestamp(millisecondsSinceEpoch: $0) }
    }
}

extension TaskID: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { description.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> TaskID? {
        guard let text = String.fromDatabaseValue(value), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return nil
        }
        return TaskID(provider: String(text[..<colon]), native: String(text[text.utf8.index(after: colon)...]))
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

/// The name of a client as it stands in a column.
func column(_ client: String?) -> String { client ?? "" }

func column(_ document: [UInt8]) -> String { String(decoding: document, as: UTF8.self) }

extension Row {
    func client(_ column: String) -> String? {
        let name: String = self[column]
        return name.isEmpty ? nil : name
    }

    func taskID(_ column: String) throws -> TaskID {
        let value: DatabaseValue = self[column]
        guard let task = TaskID.fromDatabaseValue(value) else {
            throw StoreProblem(.failed, "\(column) holds \(value), which is no task's id")
        }
        return task
    }

    func document(_ column: String) -> [UInt8]? {
        (self[column] as String?).map { Array($0.utf8) }
    }

    /// A value whose text is checked.
    func value<Value: RawRepresentable<String>>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        let text: String = self[column]
        guard let value = Value(rawValue: text) else { throw StoreProblem(.failed, "\(column) holds \"\(text)\"") }
        return value
    }

    func watch() throws -> Watch {
        var watch = Watch(client: client("client"), task: try taskID("task"), createdAt: self["created_at"])
        if let url: String = self["url"] {
            let types = try (self["events"] as String).split(separator: " ").map { text in
                guard let type = TaskEventType(rawValue: String(text)) else {
                    throw StoreProblem(.failed, "events of a watch holds \"\(text)\"")
                }
                return type
            }
            watch.webhook = Watch.Webhook(url: url, events: Set(types))
            watch.webhook?.disabledAt = self["disabled_at"]
        }
        watch.deadline = self["deadline"]
        if let term: Int64 = self["lease_term"] {
            watch.lease = Watch.Lease(term: .milliseconds(term), endsAt: self["lease_ends_at"])
        }
        watch.execution = execution("has_execution", "execution_created_at", "execution_started_at")
        watch.firedAt = self["fired_at"]
        watch.endedAt = self["ended_at"]
        return watch
    }

    /// A row of `tasks`, without its watches.
    func task() throws -> KeptTask {
        var task = KeptTask(id: try taskID("id"))
        if let at: Timestamp = self["seen_at"] {
            task.seen = SeenTask(
                status: try value("status"),
                fingerprint: Fingerprint(rawValue: UInt64(bitPattern: self["fingerprint"])),
                document: document("document") ?? [],
                at: at
            )
        }
        task.heldCancel = heldCancel()
        task.streamedUntil = self["streamed_until"]
        task.endedAt = self["ended_at"]
        task.isLost = self["is_lost"]
        return task
    }

    func heldCancel() -> HeldCancel? {
        guard let requestedAt: Timestamp = self["cancel_requested_at"] else { return nil }
        return HeldCancel(
            requestedAt: requestedAt,
            requestedBy: self["cancel_requested_by"],
            reason: self["cancel_reason"],
            until: self["cancel_until"],
            execution: execution("cancel_has_execution", "cancel_created_at", "cancel_started_at")
        )
    }

    private func execution(_ isThere: String, _ createdAt: String, _ startedAt: String) -> Execution? {
        guard self[isThere] else { return nil }
        return Execution(createdAt: self[createdAt], startedAt: self[startedAt])
    }

    func event() throws -> TaskEvent {
        TaskEvent(
            sequence: self["sequence"],
            task: try taskID("task"),
            at: self["at"],
            event: NewEvent(
                id: self["id"],
                type: try value("type"),
                audience: (self["audience"] as String?).map { NewEvent.Audience(client: $0.isEmpty ? nil : $0) },
                document: document("document") ?? []
            )
        )
    }

    func attempt() -> DeliveryAttempt {
        DeliveryAttempt(
            at: self["at"],
            duration: .milliseconds(self["duration"] as Int64),
            status: self["status"],
            problem: self["problem"]
        )
    }
}

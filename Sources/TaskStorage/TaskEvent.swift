package import TaskModel

/// What can happen to a task that is followed.
package enum TaskEventType: String, Sendable, Hashable, CaseIterable {
    /// Something that the task shows has changed, and it is not over.
    case updated = "task.updated"
    /// It has ended, in whatever way.
    case done = "task.done"
    /// It should have been stopped for a client that does not wait any more, and could not be.
    case cancelFailed = "task.cancel_failed"
    /// A deadline passed or a lease ran out, and it is being stopped for that.
    case deadlinePassed = "task.deadline_passed"
    /// Its provider does not know it any more, again and again; it is not followed further.
    case lost = "task.lost"
}

/// What is about to be kept of something that happened.
package struct NewEvent: Sendable, Hashable {
    /// What tells it from every other event, wherever it is told: the `webhook-id`.
    package var id: String
    package var type: TaskEventType
    /// Whose watch it is about; nil concerns everybody who follows the task.
    package var audience: Audience?
    /// The JSON of the task as it was then.
    package var document: [UInt8]

    package init(id: String, type: TaskEventType, audience: Audience? = nil, document: [UInt8]) {
        self.id = id
        self.type = type
        self.audience = audience
        self.document = document
    }

    /// The client that an event concerns.
    package struct Audience: Sendable, Hashable {
        /// Nil where the gateway has no named clients.
        package var client: String?

        package init(client: String?) {
            self.client = client
        }
    }
}

/// Something that happened, with its place among everything that did.
package struct TaskEvent: Sendable, Hashable {
    /// Greater than that of every event before it: whoever has seen this one has seen all with smaller ones.
    package let sequence: Int64
    package let task: TaskID
    package let at: Timestamp
    package let event: NewEvent

    package init(sequence: Int64, task: TaskID, at: Timestamp, event: NewEvent) {
        self.sequence = sequence
        self.task = task
        self.at = at
        self.event = event
    }
}

/// Which events a store still has.
package struct EventRange: Sendable, Hashable {
    /// The greatest sequence that is not kept any more, 0 where all are.
    package var forgotten: Int64
    /// The sequence of the latest event, 0 where there was none.
    package var latest: Int64

    package init(forgotten: Int64, latest: Int64) {
        self.forgotten = forgotten
        self.latest = latest
    }
}

extension TaskEvent {
    /// Whether a watch's client is told of it, if it wants the type.
    package func concerns(_ watch: Watch) -> Bool {
        event.audience.map { $0.client == watch.client } ?? true
    }
}

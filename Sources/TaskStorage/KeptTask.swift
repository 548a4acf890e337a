package import TaskModel

/// What was seen of a task, as it is kept and shown.
package struct SeenTask: Sendable, Hashable {
    package var status: TaskStatus
    /// Of the brief view.
    package var fingerprint: Fingerprint
    /// The JSON of the task.
    package var document: [UInt8]
    package var at: Timestamp

    package init(status: TaskStatus, fingerprint: Fingerprint, document: [UInt8], at: Timestamp) {
        self.status = status
        self.fingerprint = fingerprint
        self.document = document
        self.at = at
    }
}

/// What is kept of a task.
package struct KeptTask: Sendable, Hashable {
    package let id: TaskID
    /// Nil before it was seen by whoever follows it.
    package var seen: SeenTask?
    package var heldCancel: HeldCancel?
    /// Those that have not ended, in the order of their clients.
    package var watches: [Watch]
    /// Until when streams want it followed; nil where none does.
    package var streamedUntil: Timestamp?
    /// When it was done or lost; it is not followed after that.
    package var endedAt: Timestamp?
    package var isLost: Bool

    package init(
        id: TaskID,
        seen: SeenTask? = nil,
        heldCancel: HeldCancel? = nil,
        watches: [Watch] = [],
        streamedUntil: Timestamp? = nil,
        endedAt: Timestamp? = nil,
        isLost: Bool = false
    ) {
        self.id = id
        self.seen = seen
        self.heldCancel = heldCancel
        self.watches = watches
        self.streamedUntil = streamedUntil
        self.endedAt = endedAt
        self.isLost = isLost
    }

    /// Whether somebody wants it followed at an instant.
    package func isWanted(at now: Timestamp) -> Bool {
        guard endedAt == nil else { return false }
        return !watches.isEmpty || heldCancel != nil || (streamedUntil.map { now < $0 } ?? false)
    }
}

/// What whoever follows a task has learnt or done: kept as a whole or not at all.
package struct TaskChange: Sendable, Hashable {
    /// What becomes of something that is kept.
    package enum Replacement<Value: Sendable & Hashable>: Sendable, Hashable {
        case kept
        case replaced(Value?)
    }

    package var task: TaskID
    /// Nil where nothing new was seen.
    package var seen: SeenTask?
    package var heldCancel: Replacement<HeldCancel>
    /// In this order; each becomes a delivery for each watch that wants its type.
    package var events: [NewEvent]
    /// The clients whose watches have fired.
    package var fired: [NewEvent.Audience]
    /// How the following ends, if it does: the task is over, or its provider does not know it.
    package var ending: Ending?

    package enum Ending: Sendable, Hashable {
        case done
        case lost
    }

    package init(
        task: TaskID,
        seen: SeenTask? = nil,
        heldCancel: Replacement<HeldCancel> = .kept,
        events: [NewEvent] = [],
        fired: [NewEvent.Audience] = [],
        ending: Ending? = nil
    ) {
        self.task = task
        self.seen = seen
        self.heldCancel = heldCancel
        self.events = events
        self.fired = fired
        self.ending = ending
    }
}

/// Which tasks are asked for.
package struct TaskFilter: Sendable, Hashable {
    /// Nil is every provider.
    package var providers: Set<String>?
    /// Nil is every status; a task that was not seen yet has none.
    package var statuses: Set<TaskStatus>?
    /// Only those that are not over, or only those that are; nil is both.
    package var isEnded: Bool?
    /// Only those with a watch of this client that has not ended; nil is with and without.
    package var watchedBy: NewEvent.Audience?

    package init(
        providers: Set<String>? = nil,
        statuses: Set<TaskStatus>? = nil,
        isEnded: Bool? = nil,
        watchedBy: NewEvent.Audience? = nil
    ) {
        self.providers = providers
        self.statuses = statuses
        self.isEnded = isEnded
        self.watchedBy = watchedBy
    }
}

package import TaskModel

/// A client's wish that a task is followed, kept until the task ends or the client takes it back.
///
/// There is one for each client and task.
package struct Watch: Sendable, Hashable {
    /// Nil where the gateway has no named clients.
    package let client: String?
    package let task: TaskID
    /// Where events go; nil tells nobody.
    package var webhook: Webhook?
    /// When the task is to be stopped.
    package var deadline: Timestamp?
    /// Nil where nobody needs to renew anything.
    package var lease: Lease?
    /// The run of the task that its client meant, where ids can start again.
    package var execution: Execution?
    package var createdAt: Timestamp
    /// When its deadline passed or its lease ran out, and the cancel was taken up; nil before.
    package var firedAt: Timestamp?
    /// When the task was done or lost; nothing comes of the watch any more.
    package var endedAt: Timestamp?

    package init(
        client: String?,
        task: TaskID,
        webhook: Webhook? = nil,
        deadline: Timestamp? = nil,
        lease: Lease? = nil,
        execution: Execution? = nil,
        createdAt: Timestamp
    ) {
        self.client = client
        self.task = task
        self.webhook = webhook
        self.deadline = deadline
        self.lease = lease
        self.execution = execution
        self.createdAt = createdAt
    }

    /// Whether its deadline has passed or its lease has run out.
    package func isDue(at now: Timestamp) -> Bool {
        deadline.map { $0 <= now } ?? false || lease.map { $0.endsAt <= now } ?? false
    }

    /// Where events of a task go.
    package struct Webhook: Sendable, Hashable {
        package var url: String
        package var events: Set<TaskEventType>
        /// When its receiver said that it is gone for good; nothing is sent after that.
        package var disabledAt: Timestamp?

        package init(url: String, events: Set<TaskEventType>) {
            self.url = url
            self.events = events
        }
    }

    /// A time within which the client must say that it still wants the task.
    package struct Lease: Sendable, Hashable {
        package var term: Duration
        /// When it runs out.
        package var endsAt: Timestamp

        package init(term: Duration, endsAt: Timestamp) {
            self.term = term
            self.endsAt = endsAt
        }
    }
}

/// A request to cancel a task that could not be sent yet, or whose client has gone: it is kept until it is done.
package struct HeldCancel: Sendable, Hashable {
    package var requestedAt: Timestamp
    package var requestedBy: String?
    package var reason: String?
    /// When the trying ends.
    package var until: Timestamp
    /// The run of the task that it was asked for, where ids can start again.
    package var execution: Execution?

    package init(
        requestedAt: Timestamp,
        requestedBy: String?,
        reason: String?,
        until: Timestamp,
        execution: Execution?
    ) {
        self.requestedAt = requestedAt
        self.requestedBy = requestedBy
        // PostgreSQL's texts cannot hold this character, and SQLite's end at it.
        self.reason = reason?.replacing("\0", with: "\u{fffd}")
        self.until = until
        self.execution = execution
    }
}

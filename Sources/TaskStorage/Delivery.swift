package import TaskModel

/// An event on its way to a webhook.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// It is sent when its time comes.
        case pending
        /// The receiver took it.
        case delivered
        /// The receiver did not take it within the time for it, or said that it is gone.
        case failed
        /// The watch was taken back before it could be sent.
        case dropped
    }

    /// What tells it from every other delivery of its store.
    package let number: Int64
    package let event: TaskEvent
    package let client: String?
    package internal(set) var url: String
    package var state: State
    package var attempts: Int
    package let createdAt: Timestamp
    /// When it is sent next; nil once it is not pending.
    package var nextAttemptAt: Timestamp?
    package var lastAttempt: DeliveryAttempt?

    package init(
        number: Int64,
        event: TaskEvent,
        client: String?,
        url: String,
        state: State = .pending,
        attempts: Int = 0,
        createdAt: Timestamp,
        nextAttemptAt: Timestamp?,
        lastAttempt: DeliveryAttempt? = nil
    ) {
        self.number = number
        self.event = event
        self.client = client
        self.url = url
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
        self.nextAttemptAt = nextAttemptAt
        self.lastAttempt = lastAttempt
    }
}

extension Delivery {
    /// Scheme and authority of a URL: what stands before its path.
    package static func origin(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return url[..<scheme.upperBound].lowercased() + authority.lowercased()
    }
}

/// One sending of a delivery.
package struct DeliveryAttempt: Sendable, Hashable {
    package var at: Timestamp
    package var duration: Duration
    /// The HTTP status of the answer; nil where none came.
    package var status: Int?
    /// Why it was not taken, for a person; nil where it was.
    package var problem: String?

    package init(at: Timestamp, duration: Duration, status: Int?, problem: String?) {
        self.at = at
        self.duration = duration
        self.status = status
        self.problem = problem
    }
}

/// What an attempt means for its delivery.
package enum DeliveryOutcome: Sendable, Hashable {
    case delivered
    case retry(at: Timestamp)
    /// The time for it is over.
    case failed
    /// The receiver is gone for good: so is everything else that this watch would send there.
    case gone
}

/// Which deliveries are asked for.
package struct DeliveryFilter: Sendable, Hashable {
    /// Nil is every client's.
    package var audience: NewEvent.Audience?
    /// Nil is every task's.
    package var task: TaskID?
    /// Nil is every state.
    package var state: Delivery.State?

    package init(audience: NewEvent.Audience? = nil, task: TaskID? = nil, state: Delivery.State? = nil) {
        self.audience = audience
        self.task = task
        self.state = state
    }
}

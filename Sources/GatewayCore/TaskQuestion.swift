package import Providers
package import TaskModel

/// What an application asks about one task.
///
/// A reference: it passes through many hands on the way of a call, and each copy of its texts would be paid for.
package final class TaskQuestion: Sendable {
    package enum Kind: Sendable, Hashable {
        /// Where does it stand?
        case status
        /// Stop it; `reason` is the application's word for why.
        case cancel(reason: String?)
        /// Give it another title, of 1 to 200 characters.
        case rename(title: String)

        var isRename: Bool {
            if case .rename = self { true } else { false }
        }
    }

    /// What a waiting caller waits for.
    package enum Until: Sendable, Hashable {
        case done
        /// The first change, from what the caller saw last if it says so, else from the first answer.
        case change(from: Fingerprint?)
    }

    package let kind: Kind
    package let task: TaskID
    /// Who asks, for the record of a cancel; nil where the gateway has no named clients.
    package let caller: String?
    /// The key for the provider that the caller brought.
    package let providerKey: Secret?
    /// What names the request in the log, where the question changes something.
    package let requestID: String?
    /// Where the caller stands in a trace, as W3C Trace Context writes it: passed on in what this question causes.
    package let traceParent: String?
    /// How long the caller would wait; nil answers with what is true now.
    package let wait: Duration?
    package let until: Until
    /// How old an observation may be; the provider's own minimum interval always holds.
    package let maximumAge: Duration
    /// Which view's fingerprint `until` compares.
    package let view: TaskView
    /// When a cancel that was held was asked for; nil is now.
    package let requestedAt: Timestamp?
    /// The run of the task that a cancel is for, where it was asked for before and ids can start again.
    package let execution: Execution?

    package init(
        _ kind: Kind,
        about task: TaskID,
        caller: String? = nil,
        providerKey: Secret? = nil,
        requestID: String? = nil,
        traceParent: String? = nil,
        wait: Duration? = nil,
        until: Until = .done,
        maximumAge: Duration = .zero,
        view: TaskView = .brief,
        requestedAt: Timestamp? = nil,
        execution: Execution? = nil
    ) {
        self.kind = kind
        self.task = task
        self.caller = caller
        self.providerKey = providerKey
        self.requestID = requestID
        self.traceParent = traceParent
        self.wait = wait
        self.until = until
        self.maximumAge = maximumAge
        self.view = view
        self.requestedAt = requestedAt
        self.execution = execution
    }
}

extension TaskQuestion {
    /// Whether a cancel can outlive its caller.
    ///
    /// A key that a caller brings is not kept, and nobody could stop the task later without it; one that was held before
    /// is held already.
    var isWorthHolding: Bool { providerKey == nil && requestedAt == nil }
}

/// What is true of the task.
package struct TaskAnswer: Sendable {
    package var snapshot: TaskSnapshot
    /// When asking again is worth it; nil once the task is done.
    package var pollAfter: Duration?

    package init(snapshot: TaskSnapshot, pollAfter: Duration?) {
        self.snapshot = snapshot
        self.pollAfter = pollAfter
    }
}

/// The call to a provider that an answer rests on, as it ended; for the log.
package struct CallRecord: Sendable, Hashable {
    package var operation: Operation
    /// The HTTP status of the answer; nil where none came.
    package var status: Int?
    /// From sending it to the end of the answer, or until it failed.
    package var duration: Duration

    package init(operation: Operation, status: Int?, duration: Duration) {
        self.operation = operation
        self.status = status
        self.duration = duration
    }
}

/// Takes the answer to a question, and the call that led to it; nil where none was needed, or none was sent.
package typealias TaskReply = @Sendable (Result<TaskAnswer, GatewayError>, CallRecord?) -> Void

/// A caller's place in the line: with it, a caller that went away is forgotten.
package struct TaskTicket: Sendable, Equatable {
    package let task: TaskID
    package let number: UInt64
    /// Nil where nothing is asked any more.
    let remembered: RememberedTask?

    package init(task: TaskID, number: UInt64) {
        self.init(task: task, number: number, remembered: nil)
    }

    init(task: TaskID, number: UInt64, remembered: RememberedTask?) {
        self.task = task
        self.number = number
        self.remembered = remembered
    }

    package static func == (left: TaskTicket, right: TaskTicket) -> Bool {
        left.number == right.number && left.task == right.task
    }
}

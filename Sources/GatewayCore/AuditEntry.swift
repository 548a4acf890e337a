package import TaskModel

/// What somebody asked to change, or what was sent to a provider to change it: the record of who did what.
package struct AuditEntry: Sendable {
    /// What is to change.
    package enum Change: Sendable, Hashable {
        case cancel(reason: String?)
        case rename(title: String)
    }

    package enum Event: Sendable {
        /// A caller asked; each caller has one entry, also where one sending serves many of them.
        case asked(client: String?, requestID: String?, AskOutcome)
        /// A request went to the provider, whether or not anybody still waits for what comes of it.
        case sent(SendOutcome)
    }

    /// What a caller was told.
    package enum AskOutcome: Sendable {
        /// Where the cancel stood then; nil for a rename that was done.
        case answered(CancelState?)
        case refused(ErrorCode)
        /// The caller was gone before; what was sent goes on.
        case left
    }

    /// What the provider answered.
    package struct SendOutcome: Sendable {
        /// The HTTP status; nil without an answer.
        package let status: Int?
        /// The provider's word for where the task stands, where its answer has one.
        package let word: String?
        /// What the gateway makes of it; nil where the provider took it.
        package let code: ErrorCode?
        /// False only where the request certainly never reached the provider.
        package let mayHaveArrived: Bool
    }

    package let time: Timestamp
    package let task: TaskID
    package let change: Change
    package let event: Event

    package init(time: Timestamp, task: TaskID, change: Change, event: Event) {
        self.time = time
        self.task = task
        self.change = change
        self.event = event
    }
}

extension AuditEntry.Change {
    /// What a question changes; nil where it only asks.
    init?(_ kind: TaskQuestion.Kind) {
        switch kind {
        case .status: return nil
        case .cancel(let reason): self = .cancel(reason: reason)
        case .rename(let title): self = .rename(title: title)
        }
    }
}

extension AuditEntry.Event {
    /// Who asked, and what it was told.
    static func asked(_ question: TaskQuestion, _ outcome: AuditEntry.AskOutcome) -> Self {
        .asked(client: question.caller, requestID: question.requestID, outcome)
    }
}

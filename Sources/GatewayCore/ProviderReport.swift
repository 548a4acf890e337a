package import TaskModel

/// What a provider can do, and how it is doing.
///
/// It holds nothing secret.
package struct ProviderReport: Sendable {
    package enum State: String, Sendable {
        /// Serving, as far as is known.
        case on
        /// Serving, but the latest calls all failed, or the circuit is not closed; `detail` says more.
        case degraded
        /// Not configured to the end; `detail` says what is missing.
        case off
    }

    /// Whether the provider is being called.
    package enum Circuit: String, Sendable {
        case closed
        /// It failed too often, and is left alone.
        case open
        /// It was left alone for long enough: the next call, or one that is under way, tries it.
        case halfOpen = "half_open"
    }

    /// How far the provider's answer to a cancel is believed.
    package enum Confirmation: String, Sendable {
        /// The answer itself is final.
        case immediate
        /// The answer is a promise; a status read confirms.
        case byStatus = "by_status"
    }

    /// Whose key the provider is called with.
    package enum Credential: String, Sendable {
        case none
        case gateway
        /// Each caller's own.
        case caller
    }

    package var name: String
    /// The name of the definition, which differs from `name` where one definition serves several times.
    package var definition: String
    package var title: String
    package var documentation: String
    /// Scheme, host and port.
    package var origin: String
    package var state: State
    package var detail: String?
    /// Nil where the provider has no cancel.
    package var cancelConfirmation: Confirmation?
    /// The statuses from which the provider can stop a task.
    package var cancelFrom: [TaskStatus]
    package var canRename: Bool
    /// The names of the id's parts, and an example in the gateway's spelling.
    package var idParts: [String]
    package var idExample: String
    package var credential: Credential
    /// How often the status of one task is read at most.
    package var minimumInterval: Duration
    /// Whether an id may be that of another run later.
    package var restarts: Bool
    /// Calls since the start, and how many of them failed by the provider's fault.
    package var calls: Int
    package var failures: Int
    package var lastSuccessAt: Timestamp?
    package var lastFailureAt: Timestamp?
    package var lastFailureCode: ErrorCode?
    package var circuit: Circuit
    /// Calls that were sent and have not ended, and calls that wait to be sent.
    package var callsUnderWay: Int
    package var callsWaiting: Int
    /// When the provider is called again, where it is left alone now.
    package var retryAt: Timestamp?

    package init(
        name: String,
        definition: String,
        title: String,
        documentation: String,
        origin: String,
        state: State,
        detail: String? = nil,
        cancelConfirmation: Confirmation?,
        cancelFrom: [TaskStatus],
        canRename: Bool,
        idParts: [String],
        idExample: String,
        credential: Credential = .gateway,
        minimumInterval: Duration,
        restarts: Bool = false
    ) {
        self.name = name
        self.definition = definition
        self.title = title
        self.documentation = documentation
        self.origin = origin
        self.state = state
        self.detail = detail
        self.cancelConfirmation = cancelConfirmation
        self.cancelFrom = cancelFrom
        self.canRename = canRename
        self.idParts = idParts
        self.idExample = idExample
        self.credential = credential
        self.minimumInterval = minimumInterval
        self.restarts = restarts
        calls = 0
        failures = 0
        circuit = .closed
        callsUnderWay = 0
        callsWaiting = 0
    }
}

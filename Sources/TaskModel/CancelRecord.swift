/// What became of a request to cancel.
package enum CancelState: String, Sendable, CaseIterable {
    /// The task has been seen to stop, or the provider's answer counts as final.
    case confirmed
    /// The provider took the request; the task has not been seen to stop.
    case accepted
    /// The provider cannot stop it yet; the gateway holds the request and sends it when it can.
    case deferred
    /// The task had ended, or ended first; its status says how.
    case tooLate = "too_late"
    /// The provider would not, or the time for it ran out.
    case failed
}

/// The request to cancel a task, as the gateway reports it beside the task's status.
package struct CancelRecord: Sendable, Hashable {
    package var state: CancelState
    /// When the gateway was asked; nil when the provider reports a cancel that nobody asked for here.
    package var requestedAt: Timestamp?
    /// The name of the client that asked first; nil when the gateway has no named clients.
    package var requestedBy: String?
    /// The words of the client that asked first.
    package var reason: String?
    /// How many times the cancel was sent to the provider.
    package var attempts: Int
    /// When the task was seen to have stopped.
    package var confirmedAt: Timestamp?
    /// Why a cancel failed, for a person.
    package var detail: String?

    package init(
        state: CancelState,
        requestedAt: Timestamp? = nil,
        requestedBy: String? = nil,
        reason: String? = nil,
        attempts: Int = 0,
        confirmedAt: Timestamp? = nil,
        detail: String? = nil
    ) {
        self.state = state
        self.requestedAt = requestedAt
        self.requestedBy = requestedBy
        self.reason = reason
        self.attempts = attempts
        self.confirmedAt = confirmedAt
        self.detail = detail
    }
}

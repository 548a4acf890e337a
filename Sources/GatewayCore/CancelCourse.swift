package import Providers
package import TaskModel

/// How a cancel that was sent came back.
package enum CancelAnswer: Sendable {
    case read(CancelReading)
    /// The provider said no in a way that a status read would not change.
    case refused(GatewayError)
    /// No answer, and the provider may have received the cancel.
    case lost(GatewayError)
    /// The provider certainly did not receive it.
    case notSent(GatewayError)
}

/// A request to cancel, and how far it has come.
struct CancelCourse: Sendable {
    /// Indirect, because an error is large, most tasks have no cancel, and each look at one passes over its place.
    indirect enum Phase: Sendable {
        /// The status is read before anything is sent.
        case reading
        /// The cancel is on its way.
        case sending
        /// The provider took it; the first status read after that is under way.
        case confirming
        /// The provider's refusal, or its silence, is being settled by a status read.
        case settling(Refusal)
        /// It cannot be sent yet, and callers wait until it can; the error is what they are told if that never comes.
        case trying(GatewayError)
        /// It was to be settled, but the status cannot be read; nothing is sent before that was done.
        case unsettled(Refusal)
        /// The provider took it; the task has not been seen to stop.
        case accepted
        /// It was answered; the outcome says how.
        case over
    }

    /// Why a cancel needs settling.
    struct Refusal: Sendable {
        let error: GatewayError
        /// Whether the answer was lost, so that it is open if the provider received the cancel.
        let isLost: Bool

        /// Whether the cancel may be sent again if the status says that the task still runs: the state that forbade it
        /// may have passed meanwhile.
        var allowsAnother: Bool {
            isLost || error.code == .providerRejected || error.code == .taskNotCancellable
        }
    }

    var phase: Phase
    let requestedAt: Timestamp
    let requestedBy: String?
    let reason: String?
    var attempts = 0
    /// How often it was sent again after it was settled.
    var repeats = 0
    /// What became of it, once that is known.
    var outcome: CancelState?
    var confirmedAt: Timestamp?
    var detail: String?
    /// Until when it is tried, whether or not callers are still there; nil once that time has come.
    var tryUntil: Duration?
    /// The execution that it was asked for, where ids can start again.
    var execution: Execution?
    /// Whether it was asked for before: another process may have sent it, and the task may be in another run.
    let isAskedAgain: Bool

    init(_ question: TaskQuestion, _ now: Moment) {
        phase = .reading
        requestedAt = question.requestedAt ?? now.time
        requestedBy = question.caller
        if case .cancel(let reason) = question.kind { self.reason = reason } else { reason = nil }
        execution = question.execution
        isAskedAgain = question.requestedAt != nil || question.execution != nil
    }

    /// Whether something is under way that will bring the next event by itself.
    var isOnItsWay: Bool {
        if case .sending = phase { true } else { demandsRead }
    }

    /// Whether a status read is what it needs next, at once.
    var demandsRead: Bool {
        switch phase {
        case .reading, .confirming, .settling: true
        case .sending, .trying, .unsettled, .accepted, .over: false
        }
    }

    /// Whether the task's end was seen, so that nothing can become of the cancel any more.
    var hasEnded: Bool { outcome == .confirmed || outcome == .tooLate }

    /// The cancel as callers see it: nothing while its outcome is open.
    var record: CancelRecord? {
        outcome.map { state in
            CancelRecord(
                state: state,
                requestedAt: requestedAt,
                requestedBy: requestedBy,
                reason: reason,
                attempts: attempts,
                confirmedAt: confirmedAt,
                detail: detail
            )
        }
    }
}

/// Where a task stands, in the one vocabulary that every provider's words are translated into.
package enum TaskStatus: String, Sendable, CaseIterable {
    /// Accepted, not started.
    case queued
    /// Being executed.
    case running
    /// Waits for a person: an approval, an answer, a sign-in.
    case inputRequired = "input_required"
    /// Held, and not waiting for a person.
    case paused
    /// Finished, and succeeded.
    case completed
    /// Finished, and did not succeed; `TaskSnapshot.reason` may say why.
    case failed
    /// Ended because somebody asked for it.
    case cancelled
    /// The provider used a word that its definition does not have; never taken for an end.
    case unknown

    /// Whether the task has ended.
    package var isDone: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .queued, .running, .inputRequired, .paused, .unknown: false
        }
    }
}

internal import TaskModel
internal import TaskStorage

extension TaskSnapshot {
    /// The same with what became of a cancel that is held, where the gateway that read it does not know of one, or knows
    /// of an attempt that failed: while it is held, another one follows, and `failed` would be an end.
    func showing(_ held: HeldCancel?) -> TaskSnapshot {
        guard let held, cancel.map({ $0.state == .failed }) ?? true else { return self }
        var shown = self
        shown.cancel = CancelRecord(
            state: isDone ? (status == .cancelled ? .confirmed : .tooLate) : .deferred,
            requestedAt: held.requestedAt,
            requestedBy: held.requestedBy,
            reason: held.reason
        )
        return shown
    }
}

internal import TaskModel
internal import TaskStorage

extension TaskSnapshot {
    /// The same with what became of a cancel that is held, where the gateway that read it does not know of one.
    func showing(_ held: HeldCancel?) -> TaskSnapshot {
        guard let held, cancel == nil else { return self }
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

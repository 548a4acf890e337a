package import TaskModel

/// Keeps cancels that the provider cannot take yet, beyond the call that asked for them.
package protocol CancelHolding: Sendable {
    /// Keeps the cancel of a task that was last seen like that.
    ///
    /// `done` runs once, on any thread: with the task as it is shown from then on, or with nil where the cancel could not be
    /// kept.
    func hold(_ question: TaskQuestion, on seen: TaskSnapshot, done: @escaping @Sendable (TaskSnapshot?) -> Void)
}

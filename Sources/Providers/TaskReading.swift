package import TaskModel

/// What an answer says of a task.
package struct TaskReading: Sendable {
    package var snapshot: TaskSnapshot
    /// Whether the provider says that the task is being stopped, whoever asked.
    package var isBeingCancelled = false
    /// Whether the provider's own flag for an end says otherwise than its word.
    package var contradictsItself = false
    /// When the provider wants to be asked again.
    package var pollHint: Duration?

    package init(snapshot: TaskSnapshot) {
        self.snapshot = snapshot
    }
}

/// What an answer to a cancel says.
package enum CancelReading: Sendable {
    /// The provider took it; and what the answer says of the task, where it says something.
    case accepted(TaskReading?)
    /// The provider did not, and a status read shows why. The error is what to say if that shows nothing.
    case refused(GatewayError)
}

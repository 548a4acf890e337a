package import Providers

/// What the logic of a call must know of a provider; one for all the tasks of a provider.
package final class TaskPolicy: Sendable {
    package let poll: PollRules
    /// Whether a task that ended can run again under the same id.
    package let restarts: Bool
    /// Nil where the provider cannot cancel; then nobody asks for it.
    package let cancel: CancelRules?

    package init(poll: PollRules, restarts: Bool, cancel: CancelRules?) {
        self.poll = poll
        self.restarts = restarts
        self.cancel = cancel
    }

    package convenience init(_ provider: Provider) {
        self.init(
            poll: provider.poll,
            restarts: provider.definition.restarts,
            cancel: provider.definition.cancelRules
        )
    }
}

package import TaskModel

/// The calls of the gateway, as its edge sees them.
package protocol TaskAnswering: Sendable {
    /// Finds the task that a text names: `<provider>:<native id>`, or a bare native id where one provider can own it.
    ///
    /// The text is percent-decoded already. `provider` decides outright whose it is. `allowed` names the providers that
    /// whoever asks may use; nil is all of them. Throws `invalid_task_id`, `ambiguous_task_id`, `unknown_provider` or
    /// `forbidden`; nothing is sent anywhere.
    func locate(_ text: String, provider: String?, among allowed: Set<String>?) throws(GatewayError) -> TaskID

    /// Asks about a task. `reply` runs exactly once unless the ticket is given up first, on any thread, possibly
    /// before this method returns; it must not block.
    @discardableResult
    func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket

    /// Forgets a caller that went away: its reply does not run any more. What was sent goes on; nothing is cancelled.
    func forget(_ ticket: TaskTicket)

    /// What each provider can do and how it is doing, in the order of their names.
    func providers() -> [ProviderReport]
}

internal import TaskModel
internal import TaskStorage

extension StoreProblem {
    /// The same for a caller, who learns nothing of what the store said.
    var gatewayError: GatewayError {
        GatewayError(
            .storeUnavailable,
            "What the gateway keeps of tasks cannot be reached, so nothing was kept or looked up.",
            retryAfter: .seconds(5)
        )
    }
}

internal import TaskModel

/// How a provider is doing, from what its calls came to.
struct ProviderHealth: Sendable {
    /// So many failures in a row, and the provider shows as degraded.
    private static let manyFailures = 5

    private(set) var calls = 0
    private(set) var failures = 0
    private(set) var failuresInARow = 0
    private(set) var lastSuccessAt: Timestamp?
    private(set) var lastFailureAt: Timestamp?
    private(set) var lastFailureCode: ErrorCode?

    var isDegraded: Bool { failuresInARow >= Self.manyFailures }

    /// Notes how a call ended: with `error`, or well.
    ///
    /// What never came to a call says nothing of the provider.
    mutating func ended(with error: GatewayError?, at time: Timestamp) {
        guard let error, Self.isProvidersFault(error) else {
            guard error == nil || error?.providerHTTPStatus != nil else { return }
            calls += 1
            failuresInARow = 0
            lastSuccessAt = time
            return
        }
        calls += 1
        failures += 1
        failuresInARow += 1
        lastFailureAt = time
        lastFailureCode = error.code
    }

    /// A task that is not there is an answer like any other; a refused key or a 403 to everything is not.
    private static func isProvidersFault(_ error: GatewayError) -> Bool {
        switch error.code {
        case .providerAuthFailed, .providerError, .providerBadResponse, .providerRateLimited, .providerUnavailable,
            .providerTimeout:
            true
        default: error.providerHTTPStatus == 403
        }
    }
}

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

    mutating func succeeded(at time: Timestamp) {
        calls += 1
        failuresInARow = 0
        lastSuccessAt = time
    }

    mutating func failed(_ error: GatewayError, at time: Timestamp) {
        calls += 1
        guard Self.isProvidersFault(error) else {
            failuresInARow = 0
            lastSuccessAt = time
            return
        }
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

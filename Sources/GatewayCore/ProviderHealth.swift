internal import TaskModel

/// How a provider is doing, from what its calls came to.
// Safety: it is touched under the gateway's lock alone.
final class ProviderHealth: @unchecked Sendable {
    struct Notes: Sendable {
        /// So many failures in a row, and the provider shows as degraded.
        private static let manyFailures = 5

        fileprivate(set) var calls = 0
        fileprivate(set) var failures = 0
        fileprivate(set) var failuresInARow = 0
        fileprivate(set) var lastSuccessAt: Timestamp?
        fileprivate(set) var lastFailureAt: Timestamp?
        fileprivate(set) var lastFailureCode: ErrorCode?

        var isDegraded: Bool { failuresInARow >= Self.manyFailures }
    }

    private(set) var notes = Notes()

    /// Notes how a call ended: with `error`, or well.
    ///
    /// What never came to a call says nothing of the provider.
    func ended(with error: GatewayError?, at time: Timestamp) {
        guard let error, Self.isProvidersFault(error) else {
            guard error == nil || error?.providerHTTPStatus != nil else { return }
            notes.calls += 1
            notes.failuresInARow = 0
            notes.lastSuccessAt = time
            return
        }
        notes.calls += 1
        notes.failures += 1
        notes.failuresInARow += 1
        notes.lastFailureAt = time
        notes.lastFailureCode = error.code
    }

    /// A task that is not there is an answer like any other, and so is a refusal of a caller's own key; a refusal of the
    /// gateway's key, or a 403 to everything, is not.
    private static func isProvidersFault(_ error: GatewayError) -> Bool {
        switch error.code {
        case .providerAuthFailed: !error.isToCallersKey
        case .providerError, .providerBadResponse, .providerRateLimited, .providerUnavailable,
            .providerTimeout:
            true
        default: error.providerHTTPStatus == 403 && !error.isToCallersKey
        }
    }
}

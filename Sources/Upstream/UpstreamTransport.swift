/// The way to providers.
///
/// One protocol, so that everything above it is tested without a network.
package protocol UpstreamTransport: Sendable {
    /// Starts a call and returns at once.
    ///
    /// `completion` runs exactly once, on a thread of the transport's: it must not block. It runs after this method
    /// returned or during it.
    @discardableResult
    func send(
        _ request: UpstreamRequest,
        completion: @escaping @Sendable (Result<UpstreamResponse, UpstreamError>) -> Void
    ) -> any UpstreamCall
}

/// A call under way.
package protocol UpstreamCall: Sendable {
    /// Gives the call up: its connection is closed, and its completion gets `abandoned` unless it already ran.
    func abandon()
}

extension UpstreamTransport {
    /// Sends a request and waits for its answer.
    ///
    /// Cancelling the Swift task abandons the call.
    ///
    /// Throws what became of the call where there is no usable answer; a provider's 4xx or 5xx is an answer.
    package func send(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamResponse {
        let call = CallBox()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.hold(send(request) { continuation.resume(returning: $0) })
            }
        } onCancel: {
            call.abandon()
        }
        return try result.get()
    }
}

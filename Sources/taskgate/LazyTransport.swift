internal import CurlUpstream
internal import Synchronization
internal import Upstream

/// A transport that is started when something is sent first: a gateway without webhooks has no thread for them.
final class LazyTransport: UpstreamTransport {
    private enum State: Sendable {
        case unused
        case started(CurlTransport)
        case ended
    }

    private let make: @Sendable () throws -> CurlTransport
    private let state = Mutex(State.unused)

    init(_ make: @escaping @Sendable () throws -> CurlTransport) {
        self.make = make
    }

    func send(
        _ request: UpstreamRequest,
        completion: @escaping @Sendable (Result<UpstreamResponse, UpstreamError>) -> Void
    ) -> any UpstreamCall {
        let transport = state.withLock { state -> Result<CurlTransport, UpstreamError> in
            switch state {
            case .started(let transport): return .success(transport)
            case .ended:
                return .failure(UpstreamError(.abandoned, mayHaveArrived: false, detail: "the gateway is stopping"))
            case .unused: break
            }
            do {
                let transport = try make()
                state = .started(transport)
                return .success(transport)
            } catch {
                return .failure(UpstreamError(.unavailable, mayHaveArrived: false, detail: "\(error)"))
            }
        }
        switch transport {
        case .success(let transport): return transport.send(request, completion: completion)
        case .failure(let error):
            completion(.failure(error))
            return NoCall()
        }
    }

    /// Ends it; what is under way is abandoned.
    func shutdown() {
        let before = state.withLock { state -> State in
            defer { state = .ended }
            return state
        }
        if case .started(let transport) = before { transport.shutdown() }
    }
}

/// A call that ended before it began.
private struct NoCall: UpstreamCall {
    func abandon() {}
}

internal import TaskModel
internal import Upstream

extension GatewayError {
    /// What a caller is told when there was no usable answer.
    ///
    /// `retryAfter` is for what may be there again later.
    init(_ error: UpstreamError, provider: String, title: String, retryAfter: Duration) {
        let (code, what): (ErrorCode, String) =
            switch error.kind {
            case .unresolvable: (.providerUnavailable, "its host's name does not resolve")
            case .refused: (.providerUnavailable, "no connection could be made")
            case .tls: (.providerUnavailable, "no TLS connection could be made")
            case .closed: (.providerUnavailable, "the connection was closed without an answer")
            case .timeout: (.providerTimeout, "there was no answer in time")
            case .malformed: (.providerBadResponse, "the answer was cut off, or is not HTTP")
            case .tooLarge: (.providerBadResponse, "the answer is larger than the gateway takes")
            case .abandoned: (.shuttingDown, "the call was given up")
            case .unavailable: (.overloaded, "the gateway has no room for another call to a provider")
            }
        self.init(code, "\(title): \(what) (\(error.detail)).", provider: provider)
        if code == .providerUnavailable || code == .overloaded || code == .shuttingDown { self.retryAfter = retryAfter }
    }
}

/// One request to a provider.
package struct UpstreamRequest: Sendable {
    package let route: UpstreamRoute
    /// Path and query, percent-encoded, starting with a slash.
    package let target: String
    /// What this request sends beside the route's headers.
    package var headers: [UpstreamHeader]
    /// Nil sends no body, which is not the same as an empty one.
    package let body: [UInt8]?
    /// The longest that this request may take, where that is less than the route's whole time; nil is the route's.
    package var timeLimit: Duration?

    package init(
        route: UpstreamRoute,
        target: String,
        headers: [UpstreamHeader] = [],
        body: [UInt8]? = nil,
        timeLimit: Duration? = nil
    ) {
        self.route = route
        self.target = target
        self.headers = headers
        self.body = body
        self.timeLimit = timeLimit
    }
}

/// A provider's whole answer.
package struct UpstreamResponse: Sendable, Hashable {
    package let status: Int
    /// Only the fields that adapters ask for (`UpstreamResponse.keptHeaders`), names in lower case.
    package let headers: [UpstreamHeader]
    package let body: [UInt8]

    /// The answer's header fields that a transport keeps; all others are dropped unread.
    package static let keptHeaders: [String] = [
        "retry-after", "x-ratelimit-reset",
    ]

    package init(status: Int, headers: [UpstreamHeader] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of a kept header field; `name` in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// Why there is no answer, or none that can be used.
package struct UpstreamError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The host's name did not resolve.
        case unresolvable
        /// No connection: refused, unreachable.
        case refused
        /// The TLS handshake failed, or the certificate is not to be trusted.
        case tls
        /// The connection ended before the first byte of an answer.
        case closed
        /// The answer was cut off, or broke the rules of HTTP.
        case malformed
        /// The answer is larger than the route's limit.
        case tooLarge = "too_large"
        /// No connection, or no whole answer, in time.
        case timeout
        /// The call was given up: by the caller, or because the transport is shutting down.
        case abandoned
        /// The transport has no room for another call, or cannot make this one; nothing was sent.
        case unavailable
    }

    package let kind: Kind
    /// Whether the provider may have received the request: false only where that is certain.
    package let mayHaveArrived: Bool
    /// For logs and for people: what happened, without URL query, headers or body.
    package let detail: String
    /// The answer without its body, where its header came whole and only what followed cannot be used.
    package let head: UpstreamResponse?

    package init(_ kind: Kind, mayHaveArrived: Bool, detail: String, head: UpstreamResponse? = nil) {
        self.kind = kind
        self.head = head
        self.mayHaveArrived = mayHaveArrived
        self.detail = detail
    }
}

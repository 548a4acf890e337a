/// What is the same for every request of one operation at one provider with one credential.
///
/// It is made once, when a provider is compiled. A transport may keep what it prepares for a route (a parsed URL, a
/// handle, a header list) for as long as the route lives, keyed by its identity, and never uses it for another route.
package final class UpstreamRoute: Sendable {
    /// For logs and errors: the provider's configured name and the operation, such as `xpander cancel`.
    package let name: String
    package let method: String
    /// Scheme, host and port, such as `https://cloud.blackbox.ai`; nothing behind it.
    package let origin: String
    /// Sent with every request, the credential among them.
    ///
    /// Names and values hold no control characters.
    package let headers: [UpstreamHeader]
    /// Whether a request may reach the provider twice: true for reads, false for what changes a task.
    package let isRepeatable: Bool
    package let limits: UpstreamLimits
    /// Nil trusts what the transport trusts, and shows no certificate.
    package let trust: UpstreamTrust?
    package let reach: UpstreamReach

    package init(
        name: String,
        method: String,
        origin: String,
        headers: [UpstreamHeader],
        isRepeatable: Bool,
        limits: UpstreamLimits,
        trust: UpstreamTrust? = nil,
        reach: UpstreamReach = .anywhere
    ) {
        self.name = name
        self.method = method
        self.origin = origin
        self.headers = headers
        self.isRepeatable = isRepeatable
        self.limits = limits
        self.trust = trust
        self.reach = reach
    }
}

/// To which addresses connections of a route may go, whatever name they were found by.
///
/// It is looked at when a connection is made, so routes of one host that differ in it must not share a transport: what one
/// of them has opened the other one uses.
package enum UpstreamReach: Sendable, Hashable {
    case anywhere
    /// Those of the public internet alone: nothing on this machine or in a private network is reached.
    case publicAddresses
}

/// One header field of a request or an answer.
package struct UpstreamHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How long and how large a call may become.
package struct UpstreamLimits: Sendable, Hashable {
    /// From the start until a connection stands, TLS included.
    package var connect: Duration
    /// The whole call.
    package var total: Duration
    /// The longest time in which less than a byte a second may arrive, once a connection stands.
    package var stalled: Duration
    /// The largest answer, counted after decoding, in bytes.
    package var responseBytes: Int

    package init(
        connect: Duration = .seconds(3),
        total: Duration = .seconds(10),
        stalled: Duration = .seconds(5),
        responseBytes: Int = 1 << 20
    ) {
        self.connect = connect
        self.total = total
        self.stalled = stalled
        self.responseBytes = responseBytes
    }
}

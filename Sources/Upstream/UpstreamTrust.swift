/// Whom a route believes at the other end of TLS, and what it shows of itself there.
///
/// It holds what files said, and not their names: a file that changes is another trust. Connections are never shared
/// between routes whose trust differs.
package struct UpstreamTrust: Sendable, Hashable {
    /// The certificates to trust in place of the transport's, in PEM form; nil leaves it to the transport.
    package var authorities: [UInt8]?
    /// What is shown to a provider that asks who calls; nil is nothing.
    package var identity: UpstreamIdentity?

    package init(authorities: [UInt8]? = nil, identity: UpstreamIdentity? = nil) {
        self.authorities = authorities
        self.identity = identity
    }
}

/// A certificate and its private key, which printing or reflecting does not show.
package struct UpstreamIdentity: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The certificate, then those that vouch for it, in PEM form.
    package let certificates: [UInt8]
    /// In PEM form, not encrypted.
    package let key: [UInt8]

    package init(certificates: [UInt8], key: [UInt8]) {
        self.certificates = certificates
        self.key = key
    }

    package var description: String { "[client certificate]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

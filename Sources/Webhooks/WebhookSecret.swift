internal import Digests
package import TaskModel

/// A secret with which webhooks are signed, after the Standard Webhooks specification 1.0.0: `whsec_` and 24 to 64 bytes in
/// base 64.
package struct WebhookSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private static let prefix = "whsec_"
    private let key: [UInt8]

    /// Nil where the text is no such secret.
    package init?(_ secret: Secret) {
        let text = secret.reveal()
        guard text.hasPrefix(Self.prefix), let key = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(key.count)
        else { return nil }
        self.key = key
    }

    package var description: String { "[webhook secret]" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// What `webhook-signature` says with this secret.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        "v1,\(Base64.encode(MessageCode.of(Array("\(id).\(timestamp).".utf8) + body, key: key)))"
    }
}

/// The secrets of everybody who is sent webhooks.
package struct WebhookSecrets: Sendable {
    /// One client's secret, and the one before, with which everything is signed too until receivers know the new one.
    package struct Pair: Sendable, Hashable {
        package var current: WebhookSecret
        package var previous: WebhookSecret?

        package init(current: WebhookSecret, previous: WebhookSecret? = nil) {
            self.current = current
            self.previous = previous
        }
    }

    /// For those without secrets of their own; nil where there is none.
    private let common: Pair?
    /// By the client's name.
    private let own: [String: Pair]

    package init(common: Pair?, own: [String: Pair]) {
        self.common = common
        self.own = own
    }

    /// What a client's webhooks are signed with; nil where there is nothing to sign with.
    package func pair(of client: String?) -> Pair? {
        client.flatMap { own[$0] } ?? common
    }
}

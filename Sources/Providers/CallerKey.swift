package import Digests
package import TaskModel

/// The key for a provider that a caller brought with its call, ready to be sent.
///
/// A reference: most callers bring none, and the place for one goes through many hands.
package final class CallerKey: Sendable {
    /// Tells one key from another where the key itself is not kept.
    package let digest: KeyDigest
    let credential: PreparedCredential
    /// The key in each form in which it is sent.
    let secrets: [[UInt8]]

    fileprivate init(_ secret: Secret, _ carrier: CredentialRule.Carrier) {
        let key = secret.reveal()
        digest = KeyDigest(of: key)
        credential = PreparedCredential(carrier, key: key)
        secrets = [Array(key.utf8)] + credential.encodedForms
    }
}

extension Provider {
    /// The header field in which callers send their own keys.
    package static let keyField = "Taskgate-Provider-Key"

    /// The key that a call is to be made with; nil where that is the gateway's own, or none.
    ///
    /// Throws `invalid_request` where callers must bring a key and this one did not, where the key is none of this
    /// provider's, and where callers need not bring one, for it would not be used.
    package func callerKey(_ secret: Secret?) throws(GatewayError) -> CallerKey? {
        guard let rule = callersCredential else {
            guard secret != nil else { return nil }
            throw refusal(
                definition.credential == nil
                    ? "takes no key: leave out \(Self.keyField)"
                    : "is called with the gateway's own key: leave out \(Self.keyField)"
            )
        }
        guard let secret else { throw refusal("is called with the caller's own key: send it in \(Self.keyField)") }
        let key = secret.reveal()
        guard rule.canBe(key) else {
            throw refusal(
                "has no such keys: what is in \(Self.keyField) must be the key alone"
                    + (rule.pattern.map { ", and look like \($0.source)" } ?? "")
            )
        }
        return CallerKey(secret, rule.carrier)
    }

    private func refusal(_ sentence: String) -> GatewayError {
        GatewayError(.invalidRequest, "\(definition.title) \(sentence).", provider: name)
    }
}

extension CredentialRule {
    /// Whether a text can be a key, and can stand in a request.
    func canBe(_ key: String) -> Bool { Self.isSendable(key) && pattern?.matches(key) != false }

    /// Whether a text can stand in a request as a key.
    static func isSendable(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

package import Addresses
package import JSON

/// What `config.json` says about one provider.
package struct ProviderSettings: Sendable, Hashable {
    /// What stands in front of the colon in a task's id.
    package var name: String
    /// The definition that says how the provider is spoken to; the provider's own name unless the file says otherwise.
    package var definition: String
    /// Where the provider is, or nil for where the definition says it is.
    package var baseURL: BaseURL?
    /// What is put in place of the definition's variables.
    package var variables: [String: String] = [:]
    /// Where the key comes from.
    package var credential = CredentialSource.none
    /// A file of certificates to trust for this provider in place of all others, or nil.
    package var authorityFile: String?
    /// What is shown to a provider that asks for a certificate, or nil.
    package var clientCertificate: CertificateFiles?
    /// The least time between two reads of one task's status, or nil for what the definition says.
    package var minimumInterval: Duration?
    /// How long a call may take: the gateway's own limits, except where the provider's say otherwise.
    package var timeouts: TimeoutSettings
    /// The largest answer that is read, in bytes.
    package var responseBytes = 1 << 20
    /// How much of itself the provider is asked to give, and how much of the gateway it may take.
    package var limits = LimitSettings()
    /// Whether the provider is served at all.
    package var isEnabled = true
    /// Where the provider stands in the file, for faults that are found later.
    package var place: JSONPointer

    package init(name: String, timeouts: TimeoutSettings = TimeoutSettings()) {
        self.name = name
        self.timeouts = timeouts
        definition = name
        place = JSONPointer().appending("providers").appending(name)
    }
}

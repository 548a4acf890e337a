package import NIOSSL

/// A certificate with its key: what one side of TLS shows to be who it is.
package struct Identity: Sendable, Hashable {
    /// The certificate itself first, then those that vouch for it.
    package let chain: CertificateList
    package let key: PrivateKey

    /// Throws where the key is not that of the first certificate.
    package init(chain: CertificateList, key: PrivateKey) throws(CertificateProblem) {
        self.chain = chain
        self.key = key
        do {
            _ = try NIOSSLContext(configuration: serverConfiguration)
        } catch {
            throw .keyOfAnother
        }
    }

    /// How a server begins TLS that shows this identity.
    package var serverConfiguration: TLSConfiguration {
        .makeServerConfiguration(
            certificateChain: chain.certificates.map { .certificate($0) },
            privateKey: .privateKey(key.key)
        )
    }
}

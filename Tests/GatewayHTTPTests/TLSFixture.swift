import Certificates
import GatewayHTTP
import GatewayTesting
import NIOCore
import NIOSSL
import Testing

/// An authority, a server's certificate, and how clients begin TLS with it.
struct TLSFixture {
    let authority: TestAuthority

    init() throws {
        authority = try TestAuthority()
        try authority.issue("server")
    }

    /// What a server shows, and whom it lets in.
    func certificates(_ name: String = "server", clientsOf other: TestAuthority? = nil) throws -> ServerCertificates {
        ServerCertificates(
            identity: try identity(name, of: authority),
            clientAuthorities: try other.map { try CertificateList(pem: $0.bytes("ca.pem")) }
        )
    }

    func identity(_ name: String, of authority: TestAuthority) throws -> Identity {
        try Identity(
            chain: CertificateList(pem: authority.bytes("\(name).pem")),
            key: PrivateKey(pem: authority.bytes("\(name).key"))
        )
    }

    /// A client that trusts this authority, and shows a certificate of another's.
    func client(
        _ name: String? = nil,
        of other: TestAuthority? = nil,
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority.bytes("ca.pem")))
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .zero
        if let name, let other {
            let identity = try identity(name, of: other)
            configuration.certificateChain = identity.chain.certificates.map { .certificate($0) }
            configuration.privateKey = .privateKey(identity.key.key)
        }
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }
}

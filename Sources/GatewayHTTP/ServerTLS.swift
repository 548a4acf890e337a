package import Certificates
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// What the server shows of itself over TLS, and whom it lets in.
package struct ServerCertificates: Sendable, Hashable {
    package var identity: Identity
    /// Who must have signed a client's certificate; nil asks for none.
    package var clientAuthorities: CertificateList?

    package init(identity: Identity, clientAuthorities: CertificateList?) {
        self.identity = identity
        self.clientAuthorities = clientAuthorities
    }
}

/// How connections over TLS begin.
///
/// What they are shown can be changed while the server runs: it holds for those that begin from then on.
package final class ServerTLS: Sendable {
    private let context: Mutex<NIOSSLContext>

    /// Throws what BoringSSL finds wrong with the certificates.
    package init(_ certificates: ServerCertificates) throws {
        context = Mutex(try Self.context(of: certificates))
    }

    /// Shows these to connections from now on; throws, and changes nothing, where BoringSSL finds them wrong.
    package func use(_ certificates: ServerCertificates) throws {
        let new = try Self.context(of: certificates)
        context.withLock { $0 = new }
    }

    /// The handler that stands first on a new connection.
    func makeHandler() -> NIOSSLServerHandler {
        var configuration = NIOSSLHandler.Configuration()
        // One large answer would be paid for with its size in memory for as long as the connection rests.
        configuration.maximumPreservedOutboundBufferCapacity = 1024
        return NIOSSLServerHandler(context: context.withLock { $0 }, configuration: configuration)
    }

    private static func context(of certificates: ServerCertificates) throws -> NIOSSLContext {
        var configuration = certificates.identity.serverConfiguration
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // We say that we close, and close: waiting for the client to say it, too, would let it hold on to its place.
        configuration.shutdownTimeout = .zero
        if let authorities = certificates.clientAuthorities {
            // There is no name to verify: whoever has a certificate of theirs is let in.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(authorities.certificates)
            configuration.sendCANameList = true
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

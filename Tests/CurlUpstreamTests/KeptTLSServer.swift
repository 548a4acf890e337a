internal import GatewayTesting
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Synchronization

/// A server over TLS that keeps its connections, and answers each request with the name in the certificate that its
/// connection was begun with.
final class KeptTLSServer: Sendable {
    let origin: String
    private let listener: any Channel
    private let count: Counter

    var connectionCount: Int { count.value }

    /// Starts a server with the authority's certificate `server`, which asks for certificates and takes none for nobody's.
    static func start(_ authority: TestAuthority) async throws -> KeptTLSServer {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(authority.bytes("server.pem")).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: authority.bytes("server.key"), format: .pem))
        )
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority.bytes("ca.pem")))
        let context = try NIOSSLContext(configuration: configuration)
        let count = Counter()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = NIOSSLServerHandler(context: context)
                    try channel.pipeline.syncOperations.addHandler(tls)
                    try channel.pipeline.syncOperations.addHandler(NamingHandler(tls: tls, count: count))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return KeptTLSServer(listener, count)
    }

    private init(_ listener: any Channel, _ count: Counter) {
        self.listener = listener
        self.count = count
        origin = "https://127.0.0.1:\(listener.localAddress?.port ?? 0)"
    }

    func stop() async throws { try await listener.close() }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}

/// Answers whatever ends in an empty line.
private final class NamingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let tls: NIOSSLServerHandler
    private let count: Counter
    private var request = ByteBuffer()

    init(tls: NIOSSLServerHandler, count: Counter) {
        self.tls = tls
        self.count = count
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { count.add() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        request.writeBuffer(&bytes)
        guard String(buffer: request).hasSuffix("\r\n\r\n") else { return }
        request.clear()
        // Its description names the subject: "…common_name=Test gateway…".
        let text = tls.peerCertificate.map { "\($0)" } ?? "nobody"
        let name = ["Test gateway", "Test second"].first { text.contains($0) } ?? text
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(name.utf8.count)\r\n\r\n\(name)")),
            promise: nil
        )
    }
}

internal import Addresses
internal import GatewayHTTP
internal import Logging
internal import NIOCore
internal import NIOEmbedded
internal import TaskModel

/// A connection to the gateway's real server, without a network.
enum ServedConnection {
    private static let server = GatewayServer(
        gateway: CatalogGateway(),
        configuration: GatewayServer.Configuration(
            listen: .tcp(host: "127.0.0.1", port: 7070),
            threads: 1,
            maximumConnections: 100,
            maximumBodyBytes: 4 << 10,
            maximumTargetBytes: 2 << 10,
            maximumHeaderBytes: 4 << 10,
            requestTime: .seconds(10),
            idleTime: .seconds(60),
            drainTime: .seconds(1),
            drainGrace: .zero
        ),
        now: { Timestamp(millisecondsSinceEpoch: 1_795_224_003_123) },
        randomness: { 0x1234_5678_9abc_def0 },
        logger: Logger(label: "fuzzing") { _ in SwiftLogNoOpLogHandler() }
    )

    /// Sends pieces of bytes, one after the other, and returns all that was answered, without interim responses.
    ///
    /// Throws a `Finding` for what is no HTTP.
    static func answers(to pieces: [[UInt8]]) throws -> [ServedAnswer] {
        CatalogGateway.finding = nil
        let channel = EmbeddedChannel()
        try server.serve(channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for piece in pieces where channel.isActive {
            // An error here is one of the parser's, which the connection has answered.
            _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        }
        channel.embeddedEventLoop.run()
        var written: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { written += buffer.readableBytesView }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        try Finding.unless(server.connectionCount == 0, "a connection is counted that is closed")
        if let finding = CatalogGateway.finding { throw finding }
        let mayOmitBody = pieces.flatMap(\.self)[...].range(of: "HEAD") != nil
        return try ServedAnswer.read(written, mayOmitBody: mayOmitBody).filter { $0.status >= 200 }
    }
}

internal import NIOCore

/// Stands before the parser: sees when a request begins, and keeps bytes that nobody is to read from the parser.
final class InboundByteHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ConnectionHandler

    init(connection: ConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.takes(unwrapInboundIn(data)) { context.fireChannelRead(data) }
    }
}

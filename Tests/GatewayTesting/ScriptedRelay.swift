internal import NIOCore
internal import NIOPosix

/// The way from one connection of a scripted server to another server, for bytes of any kind.
///
/// Belongs to the event loop of the connection that it serves.
final class ScriptedRelay {
    private let near: any Channel
    private let far: EventLoopFuture<any Channel>

    init(to port: Int, from near: any Channel) {
        self.near = near
        far = ClientBootstrap(group: near.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WayBack(to: near))
                }
            }
            .connect(host: "127.0.0.1", port: port)
        far.whenFailure { _ in near.close(promise: nil) }
    }

    /// Sends bytes on, in their order, as soon as there is a connection.
    func pass(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        far.whenSuccess { $0.writeAndFlush(bytes, promise: nil) }
    }

    /// Ends the other connection with this one.
    func end() {
        far.whenSuccess { $0.close(promise: nil) }
    }
}

/// Passes what the other server sends.
private final class WayBack: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let near: any Channel

    init(to near: any Channel) { self.near = near }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        near.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { near.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

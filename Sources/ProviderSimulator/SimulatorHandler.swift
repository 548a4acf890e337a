internal import NIOCore
internal import NIOHTTP1

/// Decides what becomes of a request.
protocol SimulatorResponder: AnyObject, Sendable {
    /// Nil for the control interface.
    var simulates: SimulatedProvider? { get }
    func respond(to request: SimulatedRequest) -> SimulatedDelivery
}

/// An answer, or a fault with the answer that would have been given if the request got that far.
enum SimulatedDelivery: Sendable {
    case answer(SimulatedAnswer)
    case fault(SimulatedFault, SimulatedAnswer?)
}

/// Collects a request, asks for its answer, and writes that.
final class SimulatorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// No documented request is longer than a prompt; the rest of a longer one is not kept.
    private static let longestBody = 1_048_576

    private let responder: any SimulatorResponder
    private let connections: OpenConnections
    private var head: HTTPRequestHead?
    private var content = ByteBuffer()

    init(responder: any SimulatorResponder, connections: OpenConnections) {
        self.responder = responder
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        connections.add(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(context.channel)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            content = ByteBuffer()
        case .body(var part):
            if content.readableBytes + part.readableBytes <= Self.longestBody { content.writeBuffer(&part) }
        case .end:
            guard let head else { return }
            self.head = nil
            let request = SimulatedRequest(provider: responder.simulates, head: head, content: content)
            switch responder.respond(to: request) {
            case .answer(let answer): write(answer, to: head, context: context)
            case .fault(let fault, let answer):
                FaultDelivery(channel: context.channel, staysOpen: head.isKeepAlive).deliver(fault, answer)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func write(_ answer: SimulatedAnswer, to request: HTTPRequestHead, context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        guard !request.isKeepAlive else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}

extension SimulatedAnswer {
    var head: HTTPResponseHead {
        var fields: HTTPHeaders = [
            "Content-Type": contentType, "Content-Length": String(body.readableBytes),
        ]
        for header in headers { fields.add(name: header.name, value: header.value) }
        return HTTPResponseHead(version: .http1_1, status: status, headers: fields)
    }
}

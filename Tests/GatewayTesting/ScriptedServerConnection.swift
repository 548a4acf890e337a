internal import NIOCore
internal import NIOPosix

/// One connection of a scripted server: cuts the bytes into requests and plays the script's steps, one after another.
final class ScriptedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let number: Int
    private let opening: @Sendable () -> [ScriptedStep]
    private let interruption: ScriptedServer.Interruption
    private let script: ScriptedServer.Script
    private let notes: ScriptedNotes
    private var received: [UInt8] = []
    private var requestCount = 0
    private var steps: [ScriptedStep] = []
    private var isPlaying = false
    private var endless: ByteBuffer?
    private var relay: ScriptedRelay?

    init(
        number: Int,
        opening: @escaping @Sendable () -> [ScriptedStep],
        interruption: @escaping ScriptedServer.Interruption,
        script: @escaping ScriptedServer.Script,
        notes: ScriptedNotes
    ) {
        self.number = number
        self.opening = opening
        self.interruption = interruption
        self.script = script
        self.notes = notes
    }

    func channelActive(context: ChannelHandlerContext) {
        steps += opening()
        play(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let relay { return relay.pass(unwrapInboundIn(data)) }
        received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        while let request = cutRequest() {
            notes.received(request)
            steps += script(request)
        }
        if !isPlaying { play(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        steps = []
        endless = nil
        relay?.end()
        notes.closed(context.channel)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flood(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func play(_ context: ChannelHandlerContext) {
        isPlaying = false
        guard !steps.isEmpty, context.channel.isActive else { return }
        isPlaying = true
        switch steps.removeFirst() {
        case .send(let bytes):
            send(bytes, context)
            play(context)
        case .drip(let bytes, let pause):
            guard let first = bytes.first else { return play(context) }
            send([first], context)
            steps.insert(.drip(Array(bytes.dropFirst()), pause: pause), at: 0)
            play(context, after: pause)
        case .endless(let bytes):
            endless = context.channel.allocator.buffer(bytes: bytes)
            flood(context)
        case .hold(let gate):
            let loop = context.eventLoop
            let next = NIOLoopBound((self, context), eventLoop: loop)
            gate.whenOpen {
                loop.execute { next.value.0.play(next.value.1) }
            }
        case .forward(let request, let port, let then):
            forward(request, to: port, then, context)
        case .relay(let port):
            relay = ScriptedRelay(to: port, from: context.channel)
            relay?.pass(ByteBuffer(bytes: received))
            received = []
        case .pause(let pause):
            play(context, after: pause)
        case .close:
            context.close(promise: nil)
        case .reset:
            reset(context)
        }
    }

    private func play(_ context: ChannelHandlerContext, after pause: Duration) {
        let next = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(pause)) { next.value.0.play(next.value.1) }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        notes.sent(bytes.count)
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    /// Writes as long as the socket takes it; goes on when it takes more.
    private func flood(_ context: ChannelHandlerContext) {
        while let endless, context.channel.isActive, context.channel.isWritable {
            notes.sent(endless.readableBytes)
            context.writeAndFlush(wrapOutboundOut(endless), promise: nil)
        }
    }

    /// Closing with a linger time of zero sends a reset instead of an orderly end.
    private func reset(_ context: ChannelHandlerContext) {
        let next = NIOLoopBound(context, eventLoop: context.eventLoop)
        guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in next.value.close(promise: nil) }
    }

    /// The steps that follow from the answer come before those that are left; without an answer the connection ends.
    private func forward(
        _ request: ScriptedRequest,
        to port: Int,
        _ then: @escaping @Sendable (RawHTTPAnswer) -> [ScriptedStep],
        _ context: ChannelHandlerContext
    ) {
        let loop = context.eventLoop
        let next = NIOLoopBound((self, context), eventLoop: loop)
        Task {
            var steps: [ScriptedStep] = [.close]
            if let client = try? await RawHTTPClient.connect(port: port) {
                if (try? await client.send(Array(request.head.utf8) + request.body)) != nil,
                    let answer = try? await client.answer()
                {
                    steps = then(answer)
                }
                await client.close()
            }
            loop.execute { [steps] in
                let (connection, context) = next.value
                connection.steps.insert(contentsOf: steps, at: 0)
                connection.play(context)
            }
        }
    }

    private func cutRequest() -> ScriptedRequest? {
        guard let end = received.firstBlankLine else { return nil }
        let headEnd = end + 4
        let head = String(decoding: received[..<headEnd], as: UTF8.self)
        let probe = ScriptedRequest(connection: number, position: requestCount, head: head, body: [])
        let length = probe.values("content-length").first.flatMap(Int.init) ?? 0
        if let interruption = interruption(probe) {
            steps += interruption
            received = []
            return nil
        }
        guard received.count >= headEnd + length else { return nil }
        let body = Array(received[headEnd..<(headEnd + length)])
        received.removeFirst(headEnd + length)
        requestCount += 1
        return ScriptedRequest(connection: number, position: probe.position, head: head, body: body)
    }
}

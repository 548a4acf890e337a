internal import GatewayCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOTLS
internal import TaskModel

/// One connection: takes the parts of requests from the parser, and writes each answer as one buffer.
///
/// Everything here runs on the connection's event loop. The order of answers is the queue's business, what a request
/// means the interpreter's; here are the times, the reading and the closing.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case open
        /// The last answer is written, and leaves.
        case closing
        /// We have said all; what the client still sends is thrown away for a moment, so that it reads our answer
        /// before it learns that nobody listens.
        case lingering
        case closed
    }

    enum Deadline {
        case none
        case handshake(NIODeadline)
        case idle(NIODeadline)
        case request(NIODeadline)
        case closing(NIODeadline)
    }

    static let lingerTime = TimeAmount.seconds(1)
    static let maximumLingerBytes = 1 << 20
    /// How long a client that has closed its side is believed to wait for its answer before we ask the network.
    static let halfClosedTime = TimeAmount.seconds(1)
    /// A single read can bring more small requests than are worked on at once; never more than these wait.
    static let maximumQueued = 4096

    let core: ServerCore
    let loop: LoopConnections
    var context: ChannelHandlerContext?
    private(set) var me: NIOLoopBound<ConnectionHandler>?

    var phase = Phase.open
    var deadline = Deadline.none
    var writeDeadline: NIODeadline?
    var probeDeadline: NIODeadline?
    var exchanges: ExchangeQueue
    /// The request that is arriving.
    var arriving: ReceivedRequest?
    private var acceptedKey: AcceptedKey?
    /// False once nothing that the client sends can matter any more.
    var takesInput = true
    var lingers = false
    /// The stream that answers the oldest request.
    var stream: EventStreamWriter?
    var inputClosed = false
    /// Whether some bytes of a request have come, and not yet all.
    var isReceiving = false
    var receivedBytes = 0
    /// When the request that is arriving began to.
    var arrivedAt = NIODeadline.uptimeNanoseconds(0)
    var targetBytes = 0
    var targetIsWhole = false
    var lingeredBytes = 0
    private var readIsHeld = false
    /// Whether TLS is still being agreed upon, and nothing of HTTP has begun.
    private var isHandshaking: Bool
    private var isAdvancing = false
    private var isInReadBatch = false
    private var needsFlush = false

    init(core: ServerCore, loop: LoopConnections) {
        self.core = core
        self.loop = loop
        isHandshaking = core.tls != nil
        exchanges = ExchangeQueue(maximumAsked: GatewayServer.Configuration.maximumPipelined)
    }

    // MARK: - The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let isWelcome = loop.add(self)
        guard !isHandshaking else {
            // One too many is turned away without a word: a handshake costs more than everything else that it could do.
            deadline = .handshake(.now() + core.requestTime)
            takesInput = isWelcome
            return
        }
        rest()
        if !isWelcome {
            refuse(RequestFault(.overloaded, "The gateway serves as many connections as it may."))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        forgetAll()
        phase = .closed
        self.context = nil
        me = nil
        loop.remove(self)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if isHandshaking, !takesInput { return abort() }
        if !isHandshaking { advance() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        forgetAll()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isInReadBatch = true
        guard takesInput else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): headArrived(head)
        case .body(let bytes): bodyArrived(bytes)
        case .end: requestArrived()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInReadBatch = false
        flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { readIsHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline = context.channel.isWritable ? nil : .now() + core.idleTime
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: clientClosedItsSide()
        case TLSUserEvent.handshakeCompleted: handshakeCompleted()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError: parserFailed(error)
        // The parser has failed before, and was given more.
        case is ByteToMessageDecoderError: break
        default:
            if isHandshaking, phase == .open {
                core.logger.debug("a TLS handshake failed", metadata: ["error": "\(error)"])
            }
            abort()
        }
    }

    private func handshakeCompleted() {
        isHandshaking = false
        if phase == .open { rest() }
    }

    // MARK: - Answering

    /// Works on what waits, writes what is answered, and sees to reading and times.
    func advance() {
        guard !isAdvancing, context?.channel.isActive == true else { return }
        isAdvancing = true
        while let (number, request) = exchanges.next() { work(on: request, number) }
        writeAnswers()
        isAdvancing = false
        if phase == .open, exchanges.isEmpty, !isReceiving { rest() }
        resumeReading()
        if !isInReadBatch { flush() }
    }

    private func work(on request: ReceivedRequest, _ number: UInt64) {
        let decision = loop.interpreter.decide(request, &acceptedKey)
        exchanges.describe(number, request.subject)
        switch consume decision {
        case .answer(let answer):
            exchanges.answer(number, with: answer)
        case .ask(let question, let shape):
            guard let me else { return }
            exchanges.expectReply(number, shape: shape)
            let ticket = loop.interpreter.gateway.ask(question) { reply, call in
                if me.eventLoop.inEventLoop {
                    me.value.replied(reply, call, to: number)
                } else {
                    me.eventLoop.execute { me.value.replied(reply, call, to: number) }
                }
            }
            exchanges.hold(ticket, for: number)
        case .askAll(let question): askAll(question, number)
        case .stream(let wish): exchanges.expectStream(number, wish)
        case .later(let work): answer(number, later: work)
        }
    }

    private func replied(_ reply: Result<TaskAnswer, GatewayError>, _ call: CallRecord?, to number: UInt64) {
        guard let shape = exchanges.takeShape(of: number) else { return }
        if let call { exchanges.describe(number, call) }
        exchanges.answer(number, with: shape.answer(reply))
        advance()
    }

    private func writeAnswers() {
        guard let context else { return }
        while phase == .open {
            if exchanges.takeContinue() { writeContinue() }
            guard let (request, answer) = exchanges.popAnswered() else {
                guard openDueStream() else { return }
                continue
            }
            if let defect = answer.defect { core.log(defect, request.requestID) }
            let closes = answer.closes || !request.keepsAlive || isLast
            let frame = ResponseWriter.Frame(
                requestID: request.requestID,
                isHead: request.isHead,
                isOldVersion: request.minorVersion == 0,
                closes: closes,
                date: loop.date()
            )
            var buffer = context.channel.allocator.buffer(capacity: ResponseWriter.room(for: answer))
            ResponseWriter.write(answer, in: frame, to: &buffer)
            loop.ended(
                request,
                status: answer.status,
                code: answer.code,
                provider: answer.provider,
                bytes: buffer.readableBytes
            )
            if closes {
                writeLast(buffer)
            } else {
                context.write(wrapOutboundOut(buffer), promise: nil)
                needsFlush = true
            }
        }
    }

    func writeContinue() {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString(ResponseWriter.continueResponse)
        write(buffer)
    }

    /// Whether nothing follows on the connection once what is being answered has left.
    var isLast: Bool { exchanges.isEmpty && (loop.isEnding || inputClosed || !takesInput) }

    /// Writes bytes, which leave with the next flush.
    func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
        needsFlush = true
    }

    /// Writes bytes, and closes behind them.
    func writeLast(_ buffer: ByteBuffer) {
        guard let context else { return }
        phase = .closing
        takesInput = false
        deadline = .closing(.now() + core.idleTime)
        forgetAll()
        needsFlush = false
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in self.lastWasWritten() }
    }

    private func lastWasWritten() {
        guard phase == .closing, let context else { return }
        guard lingers, !inputClosed else { return abort() }
        phase = .lingering
        deadline = .closing(.now() + Self.lingerTime)
        context.close(mode: .output, promise: nil)
        resumeReading()
    }

    func flush() {
        guard needsFlush, let context else { return }
        needsFlush = false
        context.flush()
    }

    // MARK: - Reading

    /// Nothing is read that could not be worked on, or whose answer could not be written.
    private var mayRead: Bool {
        switch phase {
        case .open: takesInput && !exchanges.isFull && context?.channel.isWritable != false
        case .closing: false
        case .lingering, .closed: true
        }
    }

    private func resumeReading() {
        guard readIsHeld, mayRead, let context else { return }
        readIsHeld = false
        // The time for a request does not run while it is we who do not read.
        if isReceiving { deadline = .request(.now() + core.requestTime) }
        context.read()
    }

    var isReadHeld: Bool { readIsHeld }

    // MARK: - Ending

    func forgetAll() {
        let unanswered = exchanges.unanswered
        for request in unanswered { loop.ended(request) }
        // The others were not worked on, but for one that a stream answers.
        let streamCount = exchanges.isStreaming ? 1 : 0
        for _ in unanswered.count + streamCount..<exchanges.count { core.metrics.requestForgotten() }
        release(exchanges.giveUp())
        stream?.readerLeft()
        stream = nil
    }

    /// Lets go of what nobody waits for any more.
    func release(_ givenUp: ExchangeQueue.GivenUp) {
        for ticket in givenUp.tickets { loop.interpreter.gateway.forget(ticket) }
        for work in givenUp.works { work.giveUp() }
    }

    /// Closes at once.
    func abort() {
        phase = .closed
        context?.close(promise: nil)
    }

    private func rest() {
        deadline = .idle(.now() + core.idleTime)
    }
}

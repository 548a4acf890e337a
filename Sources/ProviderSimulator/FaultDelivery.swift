internal import NIOCore
internal import NIOHTTP1

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Lets a fault befall one connection.
struct FaultDelivery: Sendable {
    let channel: any Channel
    /// Whether the client wants to send another request afterwards.
    let staysOpen: Bool

    /// `answer` is what would have been said; a fault that comes before any effect has none.
    func deliver(_ fault: SimulatedFault, _ answer: SimulatedAnswer?) {
        let answer = answer ?? SimulatedAnswer(.ok, ByteBuffer())
        switch fault {
        case .answer(let status, let headers, let body), .appliedThenAnswer(let status, let headers, let body):
            send(.plain(status: status, headers: headers, body: body))
        case .delay(let delay):
            channel.eventLoop.scheduleTask(in: TimeAmount(delay)) { send(answer) }
        case .silence: break
        case .close, .answerLost: channel.close(promise: nil)
        case .resetMidBody: sendHalf(of: answer) { reset() }
        case .shortBody: sendHalf(of: answer) { channel.close(promise: nil) }
        case .drip(let interval):
            write(.head(answer.head), flushing: true)
            drip(answer.body, every: TimeAmount(interval))
        case .endlessBody(let bytes): sendEndless(bytes)
        case .gzipBomb(let bytes):
            var bomb = SimulatedAnswer(.ok, ByteBuffer(bytes: GzipBomb.make(unpackingTo: bytes)))
            bomb.headers = [SimulatedHeader("Content-Encoding", "gzip")]
            send(bomb)
        case .raw(let text): sendRaw(text)
        case .truncatedJSON, .htmlPage, .emptyBody, .noContent, .jsonArray, .duplicateKey, .invalidUTF8,
            .byteOrderMark, .rewritten, .depthBomb, .redirect:
            send(fault.disfigure(answer))
        }
    }

    private func write(_ part: HTTPServerResponsePart, flushing: Bool = false) {
        channel.write(part, promise: nil)
        if flushing { channel.flush() }
    }

    private func send(_ answer: SimulatedAnswer) {
        write(.head(answer.head))
        write(.body(.byteBuffer(answer.body)))
        end()
    }

    private func end() {
        let ended = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !staysOpen { ended.whenComplete { _ in channel.close(promise: nil) } }
    }

    private func sendHalf(of answer: SimulatedAnswer, then finish: @escaping @Sendable () -> Void) {
        var body = answer.body
        write(.head(answer.head))
        let half = body.readSlice(length: body.readableBytes / 2) ?? body
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(half))).whenComplete { _ in finish() }
    }

    /// A close that waits for nothing and leaves nothing to read is what the kernel turns into a reset.
    private func reset() {
        guard let socket = channel as? any SocketOptionProvider else {
            channel.close(promise: nil)
            return
        }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func drip(_ body: ByteBuffer, every interval: TimeAmount) {
        var rest = body
        guard channel.isActive else { return }
        guard let drop = rest.readSlice(length: 1) else {
            end()
            return
        }
        write(.body(.byteBuffer(drop)), flushing: true)
        let remaining = rest
        channel.eventLoop.scheduleTask(in: interval) { drip(remaining, every: interval) }
    }

    private func sendEndless(_ bytes: Int) {
        let fields: HTTPHeaders = ["Content-Type": "application/json"]
        write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: fields)))
        write(.body(.byteBuffer(ByteBuffer(string: "{\"status\":\""))))
        pour(bytes, ByteBuffer(repeating: UInt8(ascii: "a"), count: 65536))
    }

    /// The next chunk is only written when the last one is gone, so that memory stays small on this side.
    private func pour(_ bytes: Int, _ chunk: ByteBuffer) {
        guard bytes > 0 else {
            write(.body(.byteBuffer(ByteBuffer(string: "\"}"))))
            end()
            return
        }
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(chunk))).whenSuccess {
            pour(bytes - chunk.readableBytes, chunk)
        }
    }

    /// Past the encoder, which would not let such bytes through.
    private func sendRaw(_ text: String) {
        let channel = channel
        channel.pipeline.context(handlerType: HTTPResponseEncoder.self).assumeIsolated().whenSuccess { context in
            let bytes = context.wrapOutbound(ByteBuffer(string: text))
            context.writeAndFlush(bytes).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

extension ChannelHandlerContext {
    fileprivate func wrapOutbound(_ buffer: ByteBuffer) -> NIOAny { NIOAny(buffer) }
}

// MARK: - Bodies

extension SimulatedAnswer {
    fileprivate static func plain(status: Int, headers: [SimulatedHeader], body: String) -> SimulatedAnswer {
        var answer = SimulatedAnswer(HTTPResponseStatus(statusCode: status), ByteBuffer(string: body))
        answer.headers = headers
        if let type = headers.first(where: { $0.name.lowercased() == "content-type" }) {
            answer.contentType = type.value
            answer.headers.removeAll { $0.name.lowercased() == "content-type" }
        }
        return answer
    }
}

extension SimulatedFault {
    /// The faults that are only another answer.
    fileprivate func disfigure(_ answer: SimulatedAnswer) -> SimulatedAnswer {
        var answer = answer
        switch self {
        case .truncatedJSON: answer.body = answer.body.readSlice(length: answer.body.readableBytes / 2) ?? answer.body
        case .htmlPage:
            answer.body = ByteBuffer(string: "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>")
            answer.contentType = "text/html; charset=utf-8"
        case .noContent: answer.status = .noContent
        case .jsonArray: answer.body.wrap(in: Array("[".utf8), Array("]".utf8))
        case .duplicateKey:
            answer.body.open(with: Array("{\"status\":\"duplicate\",\"state\":\"duplicate\",".utf8))
        case .invalidUTF8:
            answer.body.open(with: Array("{\"note\":\"".utf8) + [0xFF, 0xC0, 0xAF] + Array("\",".utf8))
        case .byteOrderMark: answer.body.wrap(in: [0xEF, 0xBB, 0xBF], [])
        case .rewritten(let text, let other):
            let whole = String(buffer: answer.body)
            answer.body = ByteBuffer(string: whole.replacing(text, with: other))
        case .depthBomb(let levels):
            answer.body = ByteBuffer(string: "{\"status\":")
            answer.body.writeRepeatingByte(UInt8(ascii: "["), count: levels)
            answer.body.writeRepeatingByte(UInt8(ascii: "]"), count: levels)
            answer.body.writeString("}")
        case .redirect(let place, let status):
            answer.status = HTTPResponseStatus(statusCode: status)
            answer.headers.append(SimulatedHeader("Location", place))
        default: break
        }
        return answer
    }
}

extension ByteBuffer {
    fileprivate mutating func wrap(in before: [UInt8], _ after: [UInt8]) {
        self = ByteBuffer(bytes: before + Array(readableBytesView) + after)
    }

    /// Puts other members before the first one of an object.
    fileprivate mutating func open(with beginning: [UInt8]) {
        self = ByteBuffer(bytes: beginning + Array(readableBytesView.dropFirst()))
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        self = .microseconds(duration.wholeMicroseconds)
    }
}

package import NIOCore
internal import NIOPosix
package import NIOSSL
internal import Synchronization

/// One answer as it came over the wire.
package struct RawHTTPAnswer: Sendable {
    /// The status line without its line end.
    package var statusLine: String
    package var status: Int
    /// The header fields in their order, the names as they came.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first field of this name, without regard to case.
    package subscript(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why a raw client got no answer.
package enum RawHTTPError: Error, Sendable {
    /// The server closed before a whole answer had come; what had come is here.
    case closed(String)
    /// Nothing came for too long.
    case timedOut(String)
    case malformed(String)
}

/// A client that sends whatever bytes it is given, and reads HTTP/1.1 answers.
package final class RawHTTPClient: Sendable {
    private let channel: any Channel
    private let inbox: NIOLoopBoundBox<Inbox>
    private let patience: TimeAmount

    private init(channel: any Channel, inbox: NIOLoopBoundBox<Inbox>, patience: TimeAmount) {
        self.channel = channel
        self.inbox = inbox
        self.patience = patience
    }

    /// Connects to a port of 127.0.0.1; `tls` begins TLS there, and returns before that is agreed upon.
    package static func connect(
        port: Int,
        tls: NIOSSLContext? = nil,
        patience: TimeAmount = .seconds(10)
    ) async throws -> RawHTTPClient {
        try await connect(tls: tls, patience: patience) { $0.connect(host: "127.0.0.1", port: port) }
    }

    /// Connects to a Unix socket.
    package static func connect(
        unixSocket path: String,
        patience: TimeAmount = .seconds(10)
    ) async throws -> RawHTTPClient {
        try await connect(patience: patience) { $0.connect(unixDomainSocketPath: path) }
    }

    private static func connect(
        tls: NIOSSLContext? = nil,
        patience: TimeAmount,
        _ connect: (ClientBootstrap) -> EventLoopFuture<any Channel>
    ) async throws -> RawHTTPClient {
        // The server may close at once, and then the pipeline is empty before anybody could look there.
        let made = MadeInbox()
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    let inbox = NIOLoopBoundBox(Inbox(), eventLoop: channel.eventLoop)
                    try channel.pipeline.syncOperations.addHandler(inbox.value)
                    made.inbox.withLock { $0 = inbox }
                }
            }
        let channel = try await connect(bootstrap).get()
        guard let inbox = made.inbox.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
        return RawHTTPClient(channel: channel, inbox: inbox, patience: patience)
    }

    /// The certificate that the server showed, as DER; nil without TLS.
    package func peerCertificate() async throws -> [UInt8]? {
        try await channel.nioSSL_peerCertificate().flatMapThrowing { try $0?.toDERBytes() }.get()
    }

    // MARK: - Sending

    /// Sends a text as it stands.
    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends bytes as they stand.
    package func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends a text, though the server may have stopped to listen already.
    package func trySend(_ text: String) async { try? await send(text) }

    // MARK: - Reading

    /// Reads the next answer, interim ones included.
    package func answer(toHead: Bool = false) async throws -> RawHTTPAnswer {
        try await take { try RawHTTPParser.answer(in: &$0, hasEnded: $1, toHead: toHead) }
    }

    /// Reads everything until the server closes its side.
    package func rest() async throws -> String {
        try await take { buffer, hasEnded in
            hasEnded ? buffer.readString(length: buffer.readableBytes) ?? "" : nil
        }
    }

    /// Sends a text and reads the answer to it.
    package func exchange(_ text: String, toHead: Bool = false) async throws -> RawHTTPAnswer {
        try await send(text)
        return try await answer(toHead: toHead)
    }

    /// Reads one chunk of a body; empty for the last.
    package func chunk() async throws -> String {
        try await take { buffer, hasEnded in
            let bytes = buffer.readableBytesView
            guard let line = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
                guard hasEnded else { return nil }
                throw RawHTTPError.closed(String(buffer: buffer))
            }
            let head = String(decoding: bytes[..<line], as: UTF8.self)
            guard head.hasSuffix("\r"), let count = Int(head.dropLast(), radix: 16) else {
                throw RawHTTPError.malformed(head)
            }
            let length = bytes.distance(from: bytes.startIndex, to: line) + 1 + count + 2
            guard buffer.readableBytes >= length else {
                guard hasEnded else { return nil }
                throw RawHTTPError.closed(String(buffer: buffer))
            }
            buffer.moveReaderIndex(forwardBy: length - count - 2)
            let content = buffer.readString(length: count) ?? ""
            guard buffer.readString(length: 2) == "\r\n" else { throw RawHTTPError.malformed(content) }
            return content
        }
    }

    private func take<Value: Sendable>(
        _ parse: @escaping @Sendable (inout ByteBuffer, Bool) throws -> Value?
    ) async throws -> Value {
        let inbox = inbox
        let patience = patience
        return try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<Value> in
            let promise = inbox.eventLoop.makePromise(of: Value.self)
            inbox.value.wait(patience: patience, eventLoop: inbox.eventLoop) { outcome in
                switch outcome {
                case .bytes(var buffer, let hasEnded):
                    do {
                        guard let value = try parse(&buffer, hasEnded) else { return nil }
                        promise.succeed(value)
                    } catch {
                        promise.fail(error)
                    }
                    return buffer
                case .timedOut(let buffer):
                    promise.fail(RawHTTPError.timedOut(String(buffer: buffer)))
                    return buffer
                }
            }
            return promise.futureResult
        }
        .get()
    }

    /// Leaves what comes in the network's buffers from here on.
    package func stopReading() async throws {
        try await channel.setOption(ChannelOptions.autoRead, value: false).get()
    }

    // MARK: - Closing

    /// Closes the sending side only.
    package func closeOutput() async throws { try await channel.close(mode: .output).get() }

    /// Closes both sides.
    package func close() async { try? await channel.close().get() }
}

/// Hands an inbox from the initializer of its channel to whoever connects.
private final class MadeInbox: Sendable {
    let inbox = Mutex<NIOLoopBoundBox<Inbox>?>(nil)
}

/// Collects what comes, and lets one reader at a time look at it; belongs to its event loop.
private final class Inbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Outcome {
        case bytes(ByteBuffer, hasEnded: Bool)
        case timedOut(ByteBuffer)
    }

    private var buffer = ByteBuffer()
    private var hasEnded = false
    /// Returns what it leaves of the bytes, or nil if it wants more.
    private var reader: ((Outcome) -> ByteBuffer?)?
    private var waits = 0

    func wait(patience: TimeAmount, eventLoop: any EventLoop, reader: @escaping (Outcome) -> ByteBuffer?) {
        self.reader = reader
        waits += 1
        offer()
        guard self.reader != nil else { return }
        let wait = waits
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: patience) { me.value.giveUp(wait) }
    }

    private func giveUp(_ wait: Int) {
        guard wait == waits, let reader else { return }
        self.reader = nil
        _ = reader(.timedOut(buffer))
    }

    private func offer() {
        guard let reader, let rest = reader(.bytes(buffer, hasEnded: hasEnded)) else { return }
        buffer = rest
        self.reader = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        offer()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return }
        hasEnded = true
        offer()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        offer()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        hasEnded = true
        offer()
    }
}

private enum RawHTTPParser {
    /// Takes one answer out of the bytes; nil while it is not whole.
    static func answer(in buffer: inout ByteBuffer, hasEnded: Bool, toHead: Bool) throws -> RawHTTPAnswer? {
        let bytes = Array(buffer.readableBytesView)
        guard let end = bytes.firstBlankLine else {
            guard hasEnded else { return nil }
            throw RawHTTPError.closed(String(buffer: buffer))
        }
        var lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let statusLine = lines.removeFirst()
        let words = statusLine.split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw RawHTTPError.malformed(statusLine) }
        let headers = lines.map { line -> (name: String, value: String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
        }
        var answer = RawHTTPAnswer(statusLine: statusLine, status: status, headers: headers, body: [])
        var length = 0
        if !toHead, status >= 200, status != 204, status != 304 {
            guard let text = answer["Content-Length"], let count = Int(text) else {
                throw RawHTTPError.malformed("no length: \(String(buffer: buffer))")
            }
            length = count
        }
        guard bytes.count >= end + 4 + length else {
            guard hasEnded else { return nil }
            throw RawHTTPError.closed(String(buffer: buffer))
        }
        answer.body = Array(bytes[(end + 4)..<(end + 4 + length)])
        buffer.moveReaderIndex(forwardBy: end + 4 + length)
        return answer
    }
}

extension [UInt8] {
    /// Where a blank line begins behind a line: the end of a message's head.
    var firstBlankLine: Int? {
        var index = 3
        while index < count {
            // Most bytes are neither: the last of the four says so at once.
            if self[index] == 0x0a, self[index - 1] == 0x0d, self[index - 2] == 0x0a, self[index - 3] == 0x0d {
                return index - 3
            }
            index += 1
        }
        return nil
    }
}

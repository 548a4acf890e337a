internal import Clients
internal import Following
internal import NIOCore
internal import TaskModel

/// What a stream is told.
enum StreamMessage: Sendable {
    /// A task as it stands, or what happened to one.
    case event(EventName, SharedBytes, sequence: Int64?)
    indirect case failed(TaskID, GatewayError, sequence: Int64?)
    case stands
    case end(isRepeated: Bool, sequence: Int64)
    indirect case cut(GatewayError)
}

/// Takes what a stream sends to its event loop, from any thread.
private final class StreamSink: EventSink {
    let writer: NIOLoopBound<EventStreamWriter>
    let mailbox: StreamMailbox

    init(_ writer: NIOLoopBound<EventStreamWriter>, _ mailbox: StreamMailbox) {
        self.writer = writer
        self.mailbox = mailbox
    }

    func task(_ task: TaskID, _ document: SharedBytes, sequence: Int64?) {
        mailbox.put((writer, .event(.task, document, sequence: sequence)))
    }

    func event(_ event: StreamedEvent) {
        mailbox.put((writer, .event(.happened(event.type), event.document, sequence: event.sequence)))
    }

    func failed(_ task: TaskID, _ error: GatewayError, sequence: Int64?) {
        mailbox.put((writer, .failed(task, error, sequence: sequence)))
    }

    func stands() { mailbox.put((writer, .stands)) }

    func end(isRepeated: Bool, sequence: Int64) {
        mailbox.put((writer, .end(isRepeated: isRepeated, sequence: sequence)))
    }

    func cut(_ reason: GatewayError) { mailbox.put((writer, .cut(reason))) }
}

/// Writes one stream of events as the answer to one request.
///
/// Belongs to the event loop of its connection. Nothing is written before the first word is there, which may be that there
/// is nothing to stream. What the reader does not take is not kept for it: once the channel holds as much as it may, the
/// connection ends, and the reader comes back with the last event that it has.
final class EventStreamWriter {
    /// How many bytes of events may wait in the channel, as anywhere else.
    static let roomForEvents = 64 << 10
    /// How many more for each task, since all begin with where they stand.
    static let roomForTask = 2 << 10

    private enum Phase {
        /// Nothing is known, and nothing was written.
        case waiting
        case writing(closes: Bool)
        case over
    }

    let wish: EventStreamWish
    private let request: ExchangeQueue.Exchange
    /// Held until the stream ends: a weak reference would make every use of the connection dearer, by whomever.
    private var connection: ConnectionHandler?
    private var source: (any EventStream)?
    private var phase = Phase.waiting
    private var slot: Int?
    private var byteCount = 0

    init(_ wish: EventStreamWish, _ request: ExchangeQueue.Exchange, connection: ConnectionHandler) {
        self.wish = wish
        self.request = request
        self.connection = connection
    }

    /// Begins to follow.
    func open() {
        guard case .waiting = phase, source == nil, let connection, let eventLoop = connection.me?.eventLoop else {
            return
        }
        let streams = connection.loop.streams
        slot = streams.add(self)
        guard !connection.loop.isDraining else { return cut() }
        let sink = StreamSink(NIOLoopBound(self, eventLoop: eventLoop), streams.mailbox)
        source = wish.following.open(wish.tasks, for: wish.account?.client.name, after: wish.after, into: sink)
    }

    // MARK: - What it is told

    /// Writes a message; false where nothing was written that is to be flushed.
    func take(_ message: StreamMessage) -> Bool {
        switch phase {
        case .over: return false
        case .waiting:
            if let answer = answer(instead: message) {
                let connection = connection
                end()
                connection?.answerStream(with: answer)
                return false
            }
            begin()
        case .writing: break
        }
        guard let connection, case .writing = phase else { return false }
        switch message {
        case .stands:
            return true
        case .event(let name, let document, let sequence):
            return write(connection.loop.streams.piece(name, document, sequence: sequence), to: connection)
        case .failed(let task, let error, let sequence):
            return write(failure(task.description, error, sequence: sequence), to: connection)
        case .end(_, let sequence):
            finish(StreamPiece(.end, Array("{}".utf8), sequence: sequence), on: connection)
        case .cut:
            finish(.cut, on: connection)
        }
        return false
    }

    /// Whether the head of the answer was written, and events follow it.
    var hasBegun: Bool {
        if case .writing = phase { true } else { false }
    }

    /// The gateway ends it, and the reader comes back.
    func cut() { _ = take(.cut(.gatewayStops)) }

    /// Shows that it is there.
    func beat() {
        guard case .writing = phase, let connection, connection.context?.channel.isWritable == true else { return }
        _ = write(.heartbeat, to: connection)
        connection.flush()
    }

    func flush() { connection?.flush() }

    /// The connection is gone.
    func readerLeft() {
        if case .over = phase { return }
        close(isDropped: false)
    }

    // MARK: - Writing

    /// What is answered instead of a stream where this is its first word; nil where the stream begins.
    private func answer(instead message: StreamMessage) -> HTTPAnswer? {
        switch message {
        case .event, .stands: return nil
        case .failed(_, let error, _): return wish.isSingle ? problem(error) : nil
        case .end(isRepeated: true, _): return HTTPAnswer(204, .none, .never)
        case .end: return nil
        case .cut(let reason): return problem(reason)
        }
    }

    private func problem(_ error: GatewayError) -> HTTPAnswer {
        ProblemRendering.answer(error, instance: wish.instance, requestID: request.requestID)
    }

    private func begin() {
        guard let connection, let context = connection.context else { return }
        let isOldVersion = request.minorVersion == 0
        let closes = isOldVersion || !request.keepsAlive || connection.loop.isEnding
        var head = HTTPAnswer(200, .events, .never)
        head.rate = wish.rate
        var buffer = context.channel.allocator.buffer(capacity: ResponseWriter.room(for: head))
        let frame = ResponseWriter.Frame(
            requestID: request.requestID,
            isOldVersion: isOldVersion,
            closes: closes,
            date: connection.loop.date()
        )
        ResponseWriter.write(head, in: frame, to: &buffer)
        phase = .writing(closes: closes)
        connection.loop.streamBegan(request)
        byteCount += buffer.readableBytes
        connection.write(buffer)
        // Readers of a gateway that stops are not to come back all at one time.
        let retry = 1000 + connection.core.randomness() % 4000
        _ = write(StreamPiece(text: "retry: \(retry)\n"), to: connection)
        for (id, error) in wish.refused { _ = write(failure(id, error, sequence: nil), to: connection) }
    }

    private func failure(_ id: String, _ error: GatewayError, sequence: Int64?) -> StreamPiece {
        let problem = ProblemRendering.answer(error, instance: nil, requestID: request.requestID)
        connection?.core.metrics.count(error.code, provider: error.provider)
        return StreamPiece(.error, BatchResult.error(id, problem), sequence: sequence)
    }

    /// Writes a piece, unless the reader is too far behind: then it is dropped.
    private func write(_ piece: StreamPiece, to connection: ConnectionHandler) -> Bool {
        let channel = connection.context?.channel
        if channel?.isWritable != true {
            // What came a moment ago may wait for us, and not for the reader.
            connection.flush()
            guard channel?.isWritable == true else {
                close(isDropped: true)
                connection.abort()
                return false
            }
        }
        let bytes = request.minorVersion == 0 ? piece.plain : piece.chunk
        byteCount += bytes.readableBytes
        connection.write(bytes)
        return true
    }

    private func finish(_ last: StreamPiece, on connection: ConnectionHandler) {
        guard case .writing(let closes) = phase else { return }
        var bytes = request.minorVersion == 0 ? last.plain : last.chunk
        if request.minorVersion > 0 { bytes.writeImmutableBuffer(StreamPiece.lastChunk) }
        byteCount += bytes.readableBytes
        close(isDropped: false)
        connection.endStream(bytes, closes: closes)
    }

    // MARK: - The end

    private func close(isDropped: Bool) {
        if case .writing = phase {
            connection?.loop.streamEnded(request, bytes: byteCount, isDropped: isDropped)
        } else if case .waiting = phase {
            connection?.loop.ended(request)
        }
        end()
    }

    private func end() {
        phase = .over
        source?.close()
        source = nil
        if let slot { connection?.loop.streams.remove(self, from: slot) }
        slot = nil
        connection = nil
    }
}

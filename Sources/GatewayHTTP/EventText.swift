internal import NIOCore
internal import TaskModel
internal import TaskStorage

/// What an event of a stream is called.
enum EventName: Sendable, Hashable {
    /// Where a task stands when the stream begins.
    case task
    case happened(TaskEventType)
    /// A task cannot be followed.
    case error
    /// Nothing comes after it.
    case end

    var text: String {
        switch self {
        case .task: "task"
        case .happened(let type): type.rawValue
        case .error: "error"
        case .end: "end"
        }
    }
}

/// Bytes of a stream of events, as they are written to HTTP/1.1 and to HTTP/1.0.
///
/// Both are the same memory, which all the streams share that show the event.
struct StreamPiece: Sendable {
    /// As one chunk.
    let chunk: ByteBuffer
    /// Without the framing of a chunk.
    let plain: ByteBuffer

    init(_ plain: ByteBuffer) {
        var chunk = ByteBuffer()
        chunk.reserveCapacity(plain.readableBytes + 16)
        chunk.writeString(String(plain.readableBytes, radix: 16))
        chunk.writeString("\r\n")
        let start = chunk.writerIndex
        chunk.writeImmutableBuffer(plain)
        chunk.writeString("\r\n")
        self.plain = chunk.getSlice(at: start, length: plain.readableBytes) ?? plain
        self.chunk = chunk
    }

    init(text: String) {
        self.init(ByteBuffer(string: text))
    }

    /// An event with its document on one line; `sequence` is what a reader that has it names when it comes back.
    init(_ name: EventName, _ document: [UInt8], sequence: Int64?) {
        var text = ByteBuffer()
        text.reserveCapacity(document.count + 64)
        if let sequence { text.writeString("id: \(sequence)\n") }
        text.writeString("event: \(name.text)\ndata: ")
        if document.contains(where: Self.isLineEnd) {
            // In JSON they can only stand between values, where a space means the same.
            text.writeBytes(document.map { Self.isLineEnd($0) ? UInt8(ascii: " ") : $0 })
        } else {
            text.writeBytes(document)
        }
        text.writeString("\n\n")
        self.init(text)
    }

    /// What follows the last chunk.
    static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
    /// Comments have no blank line behind them: there are readers that take one for the end of an event without data.
    static let heartbeat = StreamPiece(text: ":\n")
    static let cut = StreamPiece(text: ": the gateway ends this stream; come back\n")

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}

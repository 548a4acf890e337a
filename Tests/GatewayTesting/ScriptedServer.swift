internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server on 127.0.0.1 that notes every byte of every request and answers with raw bytes, as a test's script says.
///
/// It knows just enough of HTTP/1.1 to see where a request ends (a Content-Length, no chunked requests). What it says
/// is wholly the script's: right or wrong HTTP, slow, cut off, or nothing.
package final class ScriptedServer: Sendable {
    /// What the server does about a request.
    package typealias Script = @Sendable (ScriptedRequest) -> [ScriptedStep]

    /// The port that the machine gave.
    package let port: Int
    private let listener: any Channel
    private let notes: ScriptedNotes

    /// What the server does once a request's head has come: nil waits for the rest of it.
    package typealias Interruption = @Sendable (ScriptedRequest) -> [ScriptedStep]?

    /// Listens, and answers by `script`, which runs on the server's threads and must not block.
    ///
    /// Port 0 takes a free one. `opening` is what it does on each connection before anything came; `interruption`, what it
    /// does in place of the script once a request's head has come.
    package static func start(
        port: Int = 0,
        opening: @escaping @Sendable () -> [ScriptedStep] = { [] },
        interruption: @escaping Interruption = { _ in nil },
        _ script: @escaping Script
    ) async throws -> ScriptedServer {
        let notes = ScriptedNotes()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = ScriptedConnection(
                        number: notes.opened(channel),
                        opening: opening,
                        interruption: interruption,
                        script: script,
                        notes: notes
                    )
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return ScriptedServer(listener: listener, notes: notes)
    }

    private init(listener: any Channel, notes: ScriptedNotes) {
        self.listener = listener
        self.notes = notes
        port = listener.localAddress?.port ?? 0
    }

    /// Scheme, host and port, as a route wants it.
    package var origin: String { "http://127.0.0.1:\(port)" }

    /// All requests so far, in the order of their last byte.
    package var requests: [ScriptedRequest] { notes.requests }

    /// How many connections were taken so far.
    package var connectionCount: Int { notes.connectionCount }

    /// How many connections are open now.
    package var openConnectionCount: Int { notes.openConnectionCount }

    /// The most connections that were open at a time.
    package var mostOpenConnections: Int { notes.mostOpen }

    /// How many bytes the server handed to its sockets so far.
    package var sentBytes: Int { notes.sentBytes }

    /// Waits until so many requests have come, and returns them all.
    @discardableResult
    package func requests(atLeast count: Int) async -> [ScriptedRequest] {
        await notes.wait { $0.requests.count >= count }
        return requests
    }

    /// Waits until so many connections have ended, by either side.
    package func closedConnections(atLeast count: Int) async {
        await notes.wait { $0.closedCount >= count }
    }

    /// Takes no more connections, and waits until that is so.
    package func stopListening() async {
        try? await listener.close()
    }

    /// Ends all connections that there are, and waits for it.
    package func closeConnections() async {
        for channel in notes.openChannels { try? await channel.close() }
    }

    /// Closes the listener and all connections, and waits for it.
    package func stop() async {
        await stopListening()
        await closeConnections()
    }
}

/// One request as it came over the wire.
package struct ScriptedRequest: Sendable, Hashable {
    /// Counted from 0, in the order in which they were taken.
    package let connection: Int
    /// Its place on the connection, counted from 0.
    package let position: Int
    /// Request line and header, up to and with the blank line.
    package let head: String
    package let body: [UInt8]

    /// Method, target and version.
    package var line: String { String(head.prefix { $0 != "\r\n" }) }

    /// The request's target: path and query.
    package var target: String {
        let words = line.split(separator: " ")
        return words.count > 1 ? String(words[1]) : ""
    }

    /// The values of all fields of that name, in any case.
    package func values(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                return nil
            }
            return line[line.index(after: colon)...].trimmingSpaces()
        }
    }
}

/// One thing that a scripted server does.
package enum ScriptedStep: Sendable {
    /// Sends bytes, as they are.
    case send([UInt8])
    /// Sends bytes one by one, with a pause behind each.
    case drip([UInt8], pause: Duration)
    /// Sends the bytes again and again, until the other side is gone.
    case endless([UInt8])
    /// Does nothing until the gate opens.
    case hold(ScriptedGate)
    /// Sends a request on to a server on another port, and goes on as its answer says.
    case forward(ScriptedRequest, port: Int, then: @Sendable (RawHTTPAnswer) -> [ScriptedStep])
    /// From here on passes bytes to a server on another port and back, whatever they are.
    case relay(port: Int)
    /// Does nothing for a while.
    case pause(Duration)
    /// Ends the connection.
    case close
    /// Ends the connection with a reset.
    case reset

    /// Sends text, as it is.
    package static func send(_ text: String) -> ScriptedStep { .send(Array(text.utf8)) }

    /// A whole answer with a Content-Length, on a connection that stays.
    package static func answer(
        _ body: String,
        status: String = "200 OK",
        headers: [(String, String)] = []
    ) -> ScriptedStep {
        answer(bytes: Array(body.utf8), status: status, headers: headers)
    }

    /// A whole answer with a Content-Length, on a connection that stays.
    package static func answer(
        bytes: [UInt8],
        status: String = "200 OK",
        headers: [(String, String)] = []
    ) -> ScriptedStep {
        var head = "HTTP/1.1 \(status)\r\nContent-Length: \(bytes.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return .send(Array((head + "\r\n").utf8) + bytes)
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

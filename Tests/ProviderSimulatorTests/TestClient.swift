internal import Glibc

@testable internal import ProviderSimulator

/// What came back over one connection, down to how it ended.
struct TestResponse {
    enum End: Equatable {
        case closed
        case reset
        case timedOut
        /// Nobody listens there.
        case refused
        /// There was more than the test wanted to read.
        case tooLong
    }

    var bytes: [UInt8]
    var end: End
    private let headEnd: Int?

    init(bytes: [UInt8], end: End) {
        self.bytes = bytes
        self.end = end
        let mark = Array("\r\n\r\n".utf8)
        headEnd = (0..<max(0, bytes.count - 3)).first { bytes[$0..<$0 + 4].elementsEqual(mark) }
    }

    private var headLines: [Substring] {
        String(decoding: bytes[..<(headEnd ?? 0)], as: UTF8.self).split(separator: "\r\n")
    }

    /// Zero if there was no status line.
    var status: Int {
        let words = headLines.first?.split(separator: " ") ?? []
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    func header(_ name: String) -> String? {
        for line in headLines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased() == name.lowercased() else { continue }
            return String(sides[1].drop { $0 == " " })
        }
        return nil
    }

    /// Everything after the head, still in chunks if it came in chunks.
    var body: [UInt8] { headEnd.map { Array(bytes[($0 + 4)...]) } ?? [] }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: SimulatorJSON? { SimulatorJSON(body) }

    subscript(path: String...) -> SimulatorJSON? {
        path.reduce(json) { value, name in value?[name] }
    }
}

struct SocketFailure: Error {
    let call: String
    let code: Int32
}

/// A connection over which a test says exactly what it wants to say.
struct TestConnection: ~Copyable {
    private let socket: Int32
    private let patience: Duration

    init(port: Int, patience: Duration = .seconds(20)) throws {
        self.patience = patience
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw SocketFailure(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // The connection is whole already, so what is thrown here ends it, and that closes the socket: once.
        guard connected == 0 else { throw SocketFailure(call: "connect", code: errno) }
    }

    deinit {
        close(socket)
    }

    func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard written > 0 else { throw SocketFailure(call: "send", code: errno) }
            rest = rest.dropFirst(written)
        }
    }

    /// Reads until the other side ends the connection, or until there are so many bytes.
    func read(atMost limit: Int = 4_194_304) -> TestResponse {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count < limit {
            var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(patience / .milliseconds(1))) > 0 else {
                return TestResponse(bytes: bytes, end: .timedOut)
            }
            let count = recv(socket, &chunk, min(chunk.count, limit - bytes.count), 0)
            if count == 0 { return TestResponse(bytes: bytes, end: .closed) }
            guard count > 0 else {
                return TestResponse(bytes: bytes, end: .reset)
            }
            bytes += chunk[..<count]
        }
        return TestResponse(bytes: bytes, end: .tooLong)
    }
}

/// A client of one server, with the headers that it always sends.
struct TestClient {
    let port: Int
    var headers: [String: String] = [:]

    func send(
        _ method: String,
        _ target: String,
        _ body: String? = nil,
        headers more: [String: String] = [:],
        patience: Duration = .seconds(20),
        atMost limit: Int = 4_194_304
    ) -> TestResponse {
        do {
            let connection = try TestConnection(port: port, patience: patience)
            try connection.write(request(method, target, body, headers: more))
            return connection.read(atMost: limit)
        } catch {
            return TestResponse(bytes: [], end: .refused)
        }
    }

    func get(_ target: String) -> TestResponse { send("GET", target) }

    func patch(_ target: String, _ body: String) -> TestResponse {
        send("PATCH", target, body, headers: ["Content-Type": "application/json"])
    }

    func post(_ target: String, _ body: String? = nil) -> TestResponse {
        send("POST", target, body, headers: body == nil ? [:] : ["Content-Type": "application/json"])
    }

    func request(_ method: String, _ target: String, _ body: String?, headers more: [String: String]) -> String {
        let fields = headers.merging(["Connection": "close"]) { $1 }.merging(more) { $1 }
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + (body ?? "")
    }
}

extension SimulatedProviders {
    static let cloudKey = "bb_b41b647ffbfed27f61656049d3eaeef3"
    static let agentKey = "sk_b41b647ffbfed27f616560"

    func client(of provider: SimulatedProvider, key: String? = nil) -> TestClient {
        let headers: [String: String] =
            switch provider {
            case .blackboxCloud: ["Authorization": "Bearer \(key ?? Self.cloudKey)"]
            case .blackboxAgent: ["Authorization": "Bearer \(key ?? Self.agentKey)"]
            case .xpander: ["x-api-key": key ?? "xpander-key"]
            case .qmail, .qmailCore: [:]
            }
        return TestClient(port: port(of: provider), headers: headers)
    }
}

extension SimulatorSettings {
    /// A clock that is moved by hand, and no tasks but those that a test adds.
    static func forTests(_ adjust: (inout SimulatorSettings) -> Void = { _ in }) -> SimulatorSettings {
        var settings = SimulatorSettings()
        settings.clock = .manual()
        settings.holdsDemoTasks = false
        adjust(&settings)
        return settings
    }
}

/// Runs a test against a simulator of its own.
func withSimulator(
    _ settings: SimulatorSettings = .forTests(),
    _ test: (SimulatedProviders) async throws -> Void
) async throws {
    let simulator = SimulatedProviders(settings)
    try await simulator.start()
    do {
        try await test(simulator)
    } catch {
        await simulator.stop()
        throw error
    }
    await simulator.stop()
}

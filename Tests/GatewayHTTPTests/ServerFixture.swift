import Addresses
import Clients
import Following
import GatewayHTTP
import GatewayTesting
import JSON
import Logging
import Synchronization
import TaskModel

/// A running server for one test.
struct ServerFixture: Sendable {
    let server: GatewayServer
    let address: ListenAddress

    var port: Int {
        guard case .tcp(_, let port) = address else { return 0 }
        return port
    }

    func connect() async throws -> RawHTTPClient {
        switch address {
        case .tcp(_, let port): try await RawHTTPClient.connect(port: port)
        case .unix(let path): try await RawHTTPClient.connect(unixSocket: path)
        }
    }

    /// Sends one request on a connection of its own, and reads the answer.
    func request(
        _ line: String,
        _ headers: [String] = ["Host: localhost"],
        body: String = ""
    ) async throws -> RawHTTPAnswer {
        let client = try await connect()
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let head = ["\(line) HTTP/1.1"] + headers + length + ["", ""]
        let answer = try await client.exchange(
            head.joined(separator: "\r\n") + body,
            toHead: line.hasPrefix("HEAD ")
        )
        await client.close()
        return answer
    }
}

/// Runs a test against a server of its own on a free port, and drains it.
func withServer(
    _ gateway: StubGateway = StubGateway(),
    _ configuration: GatewayServer.Configuration = .test { _ in },
    following: (any TaskFollowing)? = nil,
    clients: ClientDirectory? = nil,
    tls: ServerTLS? = nil,
    log: LogRecorder = LogRecorder(),
    _ test: (ServerFixture) async throws -> Void
) async throws {
    let randomness = Atomic<UInt64>(0x1234_5678_9abc_def0)
    let metrics = ServerMetrics()
    let server = GatewayServer(
        gateway: gateway,
        following: following,
        configuration: configuration,
        clients: clients,
        tls: tls,
        observation: ServerObservation(metrics: metrics, sources: [metrics]),
        now: { Timestamp(millisecondsSinceEpoch: 1_795_224_003_123) },
        randomness: { randomness.add(1, ordering: .relaxed).oldValue },
        logger: Logger(label: "test") { _ in log }
    )
    let address = try await server.start()
    do {
        try await test(ServerFixture(server: server, address: address))
    } catch {
        await server.drain()
        throw error
    }
    await server.drain()
}

extension GatewayServer.Configuration {
    /// What a server is told that listens on any free port and ends soon, with one more change.
    static func test(_ change: (inout Self) -> Void) -> Self {
        var configuration = Self(
            listen: .tcp(host: "127.0.0.1", port: 0),
            threads: 1,
            maximumConnections: 10_000,
            maximumBodyBytes: 64 << 10,
            maximumTargetBytes: 8 << 10,
            maximumHeaderBytes: 32 << 10,
            requestTime: .seconds(10),
            idleTime: .seconds(60),
            drainTime: .milliseconds(200),
            drainGrace: .zero
        )
        configuration.heartbeat = .seconds(600)
        change(&configuration)
        return configuration
    }
}

extension RawHTTPAnswer {
    /// The body as JSON.
    var json: JSONElement {
        get throws { try JSONDocument(body).root }
    }

    /// The code of a problem, where the answer is one.
    var code: String? {
        guard self["Content-Type"] == "application/problem+json" else { return nil }
        return try? json["code"]?.string
    }
}

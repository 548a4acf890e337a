import Certificates
import GatewayCore
import GatewayHTTP
import GatewayTesting
import NIOCore
import NIOSSL
import Providers
import TaskModel
import Testing

private let host = "Host: localhost\r\n"
private let live = "GET /livez HTTP/1.1\r\n\(host)\r\n"

@Suite(.enabled(if: TestAuthority.hasTool), .timeLimit(.minutes(1))) struct `A server with TLS` {
    private let fixture: TLSFixture

    init() throws {
        fixture = try TLSFixture()
    }

    private func withTLS(
        _ gateway: StubGateway = StubGateway(),
        _ configuration: GatewayServer.Configuration = .test { _ in },
        tls: ServerTLS? = nil,
        _ test: (ServerFixture) async throws -> Void
    ) async throws {
        let tls = try tls ?? ServerTLS(fixture.certificates())
        try await withServer(gateway, configuration, tls: tls, test)
    }

    /// Whether TLS came about, and a request was answered.
    private func isAnswered(_ client: RawHTTPClient) async -> Bool {
        guard let answer = try? await client.exchange(live) else { return false }
        return answer.status == 200
    }

    /// Waits until the server has let go of every connection.
    private func emptied(_ server: ServerFixture) async throws {
        while server.server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    // MARK: - Beginning

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `answers over every version that it takes`(_ version: TLSVersion) async throws {
        try await withTLS { server in
            let tls = try fixture.client { ($0.minimumTLSVersion, $0.maximumTLSVersion) = (version, version) }
            let client = try await RawHTTPClient.connect(port: server.port, tls: tls)
            for _ in 1...3 { #expect(try await client.exchange(live).status == 200) }
            await client.close()
        }
    }

    @Test func `refuses an older version`() async throws {
        try await withTLS { server in
            let tls = try fixture.client { ($0.minimumTLSVersion, $0.maximumTLSVersion) = (.tlsv1, .tlsv11) }
            let client = try await RawHTTPClient.connect(port: server.port, tls: tls)
            await #expect(throws: (any Error).self) { try await client.exchange(live) }
            try await emptied(server)
        }
    }

    @Test func `closes a connection that does not speak TLS, and serves the next`() async throws {
        let log = LogRecorder()
        try await withServer(tls: try ServerTLS(fixture.certificates()), log: log) { server in
            for text in [live, "\0\0\0\0\0\0\0\0\0\0", "\u{16}\u{3}\u{1}\u{0}\u{8}nonsense"] {
                let plain = try await server.connect()
                await plain.trySend(text)
                #expect(try await !plain.rest().contains("HTTP/1.1 "))
                await plain.close()
            }
            try await emptied(server)
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await client.exchange(live).status == 200)
            await client.close()
        }
    }

    @Test func `gives a handshake no more time than a request`() async throws {
        try await withTLS(.init(), .test { $0.requestTime = .milliseconds(200) }) { server in
            let clock = ContinuousClock()
            let start = clock.now
            // One says nothing, the other begins a record and does not end it.
            let silent = try await server.connect()
            let slow = try await server.connect()
            try await slow.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            #expect(try await silent.rest().isEmpty)
            #expect(try await slow.rest().isEmpty)
            #expect(clock.now - start < .seconds(5))
            try await emptied(server)
            await silent.close()
            await slow.close()
        }
    }

    @Test func `lets a connection rest once TLS stands, and gives a request its time`() async throws {
        try await withTLS(.init(), .test { $0.requestTime = .milliseconds(500) }) { server in
            // On a busy machine a handshake may well take longer than that.
            var client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            while await !isAnswered(client) {
                await client.close()
                client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            }
            try await Task.sleep(for: .seconds(1))
            #expect(try await client.exchange(live).status == 200)
            try await client.send("GET /livez HTTP/1.1\r\n")
            #expect(try await client.answer().status == 408)
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }

    @Test func `counts connections from their first byte, and turns one too many away`() async throws {
        try await withTLS(.init(), .test { $0.maximumConnections = 2 }) { server in
            let silent = try await server.connect()
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await client.exchange(live).status == 200)
            let third = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            await #expect(throws: (any Error).self) { try await third.exchange(live) }
            await silent.close()
            while server.server.connectionCount > 1 { try await Task.sleep(for: .milliseconds(5)) }
            let fourth = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await fourth.exchange(live).status == 200)
            for client in [client, third, fourth] { await client.close() }
        }
    }

    // MARK: - Clients with certificates

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `lets in who has a certificate of the authority that it names, and nobody else`(
        _ version: TLSVersion
    ) async throws {
        let clients = try TestAuthority()
        try clients.issue("app")
        try clients.issue("late", days: 0)
        let others = try TestAuthority()
        try others.issue("app")
        try fixture.authority.issue("app")
        let tls = try ServerTLS(fixture.certificates(clientsOf: clients))
        try await withTLS(tls: tls) { server in
            func connect(_ name: String?, of authority: TestAuthority?) async throws -> RawHTTPClient {
                let context = try fixture.client(name, of: authority) {
                    ($0.minimumTLSVersion, $0.maximumTLSVersion) = (version, version)
                }
                return try await RawHTTPClient.connect(port: server.port, tls: context)
            }
            let known = try await connect("app", of: clients)
            #expect(try await known.exchange(live).status == 200)
            for (name, authority) in [(nil, nil), ("app", others), ("app", fixture.authority), ("late", clients)] {
                let stranger = try await connect(name, of: authority)
                await #expect(throws: (any Error).self, "\(name ?? "none")") { try await stranger.exchange(live) }
                await stranger.close()
            }
            #expect(try await known.exchange(live).status == 200)
            await known.close()
        }
    }

    // MARK: - While it runs

    @Test func `shows another certificate to new connections, and keeps those that stand`() async throws {
        try fixture.authority.issue("next")
        let tls = try ServerTLS(fixture.certificates())
        try await withTLS(tls: tls) { server in
            let old = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await old.exchange(live).status == 200)
            let first = try await old.peerCertificate()
            try tls.use(fixture.certificates("next"))
            #expect(try await old.exchange(live).status == 200)
            let new = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await new.exchange(live).status == 200)
            #expect(
                first == Array(try fixture.identity("server", of: fixture.authority).chain.certificates[0].toDERBytes())
            )
            #expect(
                try await new.peerCertificate()
                    == fixture.identity("next", of: fixture.authority).chain.certificates[0].toDERBytes()
            )
            await old.close()
            await new.close()
        }
    }

    @Test func `answers a client that closed its sending side, and then closes`() async throws {
        let gateway = StubGateway(nil)
        try await withTLS(gateway) { server in
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            try await client.send("GET /tasks/cloud:a?wait=30s HTTP/1.1\r\n\(host)\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            try await client.closeOutput()
            // It is asked whether it is still there, as without TLS.
            #expect(try await client.answer().status == 100)
            asked.reply(.success(.running(asked.question.task)))
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }

    @Test func `forgets what a client waits for that goes away`() async throws {
        let gateway = StubGateway(nil)
        try await withTLS(gateway) { server in
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            try await client.send("GET /tasks/cloud:a?wait=30s HTTP/1.1\r\n\(host)\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            await client.close()
            var forgotten = gateway.forgotten.makeAsyncIterator()
            #expect(await forgotten.next() == asked.ticket)
            try await emptied(server)
        }
    }

    @Test func `reads no further where a client does not read, and then cuts it off`() async throws {
        let gateway = StubGateway { question in
            var answer = TaskAnswer.running(question.task)
            let response = Array("\"\(String(repeating: "x", count: 60_000))\"".utf8)
            answer.snapshot.source = ProviderSource(response: response, result: nil)
            return .success(answer)
        }
        try await withTLS(gateway, .test { $0.idleTime = .seconds(2) }) { server in
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await client.exchange(live).status == 200)
            try await client.stopReading()
            let requests = Task {
                await client.trySend(
                    String(repeating: "GET /tasks/cloud:a?view=full HTTP/1.1\r\n\(host)\r\n", count: 2000)
                )
            }
            try await emptied(server)
            #expect(gateway.asked.count < 1000)
            await client.close()
            await requests.value
        }
    }

    @Test func `says what is wrong with a request before it closes`() async throws {
        try await withTLS { server in
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            let body = String(repeating: "x", count: 100_000)
            let head = "POST /tasks/cloud:b/cancel HTTP/1.1\r\n\(host)Content-Length: 100000\r\n\r\n"
            let sending = Task { await client.trySend(head + body) }
            #expect(try await client.answer().status == 413)
            #expect(try await client.rest().isEmpty)
            await client.close()
            await sending.value
        }
    }

    // MARK: - Ending

    @Test func `drains: what rests or shakes hands is closed, what is asked is answered`() async throws {
        let gateway = StubGateway(nil)
        try await withTLS(gateway, .test { $0.drainTime = .seconds(10) }) { server in
            let silent = try await server.connect()
            let resting = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await resting.exchange(live).status == 200)
            let busy = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            try await busy.send("GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            let draining = Task { await server.server.drain() }
            #expect(try await resting.rest().isEmpty)
            #expect(try await silent.rest().isEmpty)
            asked.reply(.success(.running(asked.question.task)))
            let answer = try await busy.answer()
            #expect(answer.status == 200)
            #expect(answer["Connection"] == "close")
            #expect(try await busy.rest().isEmpty)
            await draining.value
            for client in [silent, resting, busy] { await client.close() }
        }
    }

    @Test func `ends in time though a client does not listen to the end of TLS`() async throws {
        let gateway = StubGateway(nil)
        try await withTLS(gateway, .test { $0.drainTime = .milliseconds(100) }) { server in
            let deaf = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            #expect(try await deaf.exchange(live).status == 200)
            let waiting = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            try await waiting.send("GET /tasks/cloud:a?wait=60s HTTP/1.1\r\n\(host)\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            _ = await questions.next()
            try await deaf.stopReading()
            let clock = ContinuousClock()
            let start = clock.now
            let draining = Task { await server.server.drain() }
            #expect(try await waiting.answer().code == "shutting_down")
            await draining.value
            #expect(clock.now - start < .seconds(4))
            for client in [deaf, waiting] { await client.close() }
        }
    }

    // MARK: - Web pages

    @Test(
        arguments: [
            ("https://localhost:7070", 200), ("http://localhost:7070", 403), ("https://elsewhere.example", 403),
        ]
    )
    func `knows its own origin by https alone`(_ origin: String, _ status: Int) async throws {
        try await withTLS { server in
            let client = try await RawHTTPClient.connect(port: server.port, tls: fixture.client())
            let request = "GET /tasks/cloud:a HTTP/1.1\r\nHost: localhost:7070\r\nOrigin: \(origin)\r\n\r\n"
            #expect(try await client.exchange(request).status == status)
            await client.close()
        }
    }
}

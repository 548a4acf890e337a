internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("What goes wrong", .timeLimit(.minutes(1)))
struct FailureTests {
    @Test func `a port where nobody listens is refused`() async throws {
        let server = try await ScriptedServer.start(always(.answer("ok")))
        await server.stop()
        try await withTransport { transport in
            let failure = await transport.outcome(of: route(server.origin)).failure
            #expect(failure?.kind == .refused)
            #expect(failure?.mayHaveArrived == false)
        }
    }

    @Test func `a name that does not resolve is told apart`() async throws {
        try await withTransport { transport in
            let failure = await transport.outcome(of: route("http://nonexistent.invalid")).failure
            #expect(failure?.kind == .unresolvable)
            #expect(failure?.mayHaveArrived == false)
        }
    }

    @Test func `a server without TLS that is spoken to with TLS fails as TLS`() async throws {
        let server = try await ScriptedServer.start(opening: { [.send("220 hello\r\n")] }, always(.close))
        try await withTransport { transport in
            let failure = await transport.outcome(of: route("https://127.0.0.1:\(server.port)")).failure
            #expect(failure?.kind == .tls)
            #expect(failure?.mayHaveArrived == false)
        }
        await server.stop()
    }

    static let malformed: [String] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Encoding: unheard-of\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/7.0 200 OK\r\n\r\n",
        "hello\r\n\r\nworld\r\n",
    ]

    @Test(arguments: malformed)
    func `an answer that is cut off or breaks the rules is malformed`(answer: String) async throws {
        try await exchange(always(.send(answer), .close)) { server, transport in
            let outcome = await transport.outcome(of: route(server.origin))
            #expect(outcome.failure?.kind == .malformed, "\(outcome)")
            #expect(outcome.failure?.mayHaveArrived == true)
        }
    }

    @Test func `a reset in the middle of a body is malformed`() async throws {
        let gate = ScriptedGate()
        let script = always(.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .hold(gate), .reset)
        try await exchange(script) { server, transport in
            async let outcome = transport.outcome(of: route(server.origin))
            await server.requests(atLeast: 1)
            gate.open()
            #expect(await outcome.failure?.kind == .malformed)
        }
    }

    @Test func `no error tells a query, a header field, a body or an answer`() async throws {
        let answers: [ScriptedStep] = [
            .send("HTTP/1.1 200 OK\r\nContent-Length: secret\r\n\r\n"), .send("secret\r\n\r\n"),
            .send("HTTP/1.1 200 OK\r\nContent-Encoding: secret\r\n\r\nabc"), .close, .reset,
            .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsecret"),
        ]
        for answer in answers {
            try await exchange(always(answer, .close)) { server, transport in
                let status = route(server.origin, method: "POST", headers: [UpstreamHeader("X-Key", "secret")])
                let own = [UpstreamHeader("X-Own", "secret")]
                let outcome = await transport.outcome(
                    of: status,
                    "/?q=secret",
                    headers: own,
                    body: Array("secret".utf8)
                )
                let detail = try #require(outcome.failure?.detail)
                #expect(!detail.contains("secret"))
                #expect(detail.hasPrefix("example status: "))
            }
        }
    }
}

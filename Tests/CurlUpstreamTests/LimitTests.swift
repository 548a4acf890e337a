internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("Limits of time and size", .timeLimit(.minutes(1)))
struct LimitTests {
    private static let head = "HTTP/1.1 200 OK\r\n"

    @Test func `a handshake that does not end is a timeout, and nothing was sent`() async throws {
        // The server waits for a request in plain text, which TLS never brings.
        try await exchange(always(.answer("ok"))) { server, transport in
            let limits = UpstreamLimits(connect: .milliseconds(150), total: .seconds(50))
            let failure = await transport.outcome(of: route("https://127.0.0.1:\(server.port)", limits: limits)).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.mayHaveArrived == false)
            await server.closedConnections(atLeast: 1)
        }
    }

    @Test func `an answer that does not come in time is a timeout, and its connection is closed`() async throws {
        try await exchange(always(.hold(ScriptedGate()))) { server, transport in
            let failure = await transport.outcome(
                of: route(server.origin, limits: UpstreamLimits(connect: .seconds(50), total: .milliseconds(150)))
            ).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.mayHaveArrived == true)
            await server.closedConnections(atLeast: 1)
        }
    }

    @Test func `a request may have less time than its route, and the next one has the route's again`() async throws {
        let gate = ScriptedGate()
        let script: ScriptedServer.Script = { request in
            request.target == "/held" ? [.hold(gate), .answer("late")] : [.pause(.milliseconds(400)), .answer("ok")]
        }
        try await exchange(script) { server, transport in
            let route = route(server.origin)
            let held = UpstreamRequest(route: route, target: "/held", timeLimit: .milliseconds(150))
            let clock = ContinuousClock()
            let begin = clock.now
            let failure = await transport.outcome(of: held).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.mayHaveArrived == true)
            #expect(clock.now - begin < .seconds(20), "\(clock.now - begin)")
            // The same handle serves it: with the first one's time it would have none left.
            #expect(await transport.outcome(of: route, "/next").text == "ok")
        }
    }

    @Test func `a request has no more time than its route, whatever it says`() async throws {
        try await exchange(always(.hold(ScriptedGate()))) { server, transport in
            let route = route(server.origin, limits: UpstreamLimits(connect: .seconds(50), total: .milliseconds(150)))
            let request = UpstreamRequest(route: route, target: "/", timeLimit: .seconds(50))
            #expect(await transport.outcome(of: request).failure?.kind == .timeout)
        }
    }

    @Test func `an answer that drips is bounded by the whole time`() async throws {
        let bytes = Array(repeating: UInt8(ascii: "a"), count: 1_000)
        let script = always(
            .send(Self.head + "Content-Length: 1000\r\n\r\n"),
            .drip(bytes, pause: .milliseconds(20))
        )
        try await exchange(script) { server, transport in
            let failure = await transport.outcome(
                of: route(server.origin, limits: UpstreamLimits(total: .milliseconds(300)))
            ).failure
            #expect(failure?.kind == .timeout)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func `an answer that stops coming is a timeout before the whole time is over`(start: String) async throws {
        try await exchange(always(.send(start), .hold(ScriptedGate()))) { server, transport in
            let limits = UpstreamLimits(total: .seconds(50), stalled: .seconds(1))
            let clock = ContinuousClock()
            let begin = clock.now
            let failure = await transport.outcome(of: route(server.origin, limits: limits)).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.head?.status == (start.isEmpty ? nil : 200))
            #expect(clock.now - begin < .seconds(20), "\(clock.now - begin)")
        }
    }

    @Test(arguments: [1_000, 1_001])
    func `a body is taken up to the limit and not beyond`(size: Int) async throws {
        let body = Array(repeating: UInt8(ascii: "a"), count: size)
        try await exchange(always(.answer(bytes: body))) { server, transport in
            let outcome = await transport.outcome(
                of: route(
                    server.origin,
                    limits: UpstreamLimits(total: .seconds(50), stalled: .seconds(50), responseBytes: 1_000)
                )
            )
            #expect(outcome.status == (size > 1_000 ? nil : 200))
            #expect(outcome.failure?.kind == (size > 1_000 ? .tooLarge : nil))
            #expect(outcome.failure?.head?.status == (size > 1_000 ? 200 : nil))
        }
    }

    @Test func `a body of a hundred megabytes is cut at the limit`() async throws {
        let script = always(
            .send(Self.head + "Content-Length: 104857600\r\n\r\n"),
            .endless(Array(repeating: UInt8(ascii: "a"), count: 1 << 16))
        )
        try await exchange(script) { server, transport in
            let failure = await transport.outcome(of: route(server.origin)).failure
            #expect(failure?.kind == .tooLarge)
            #expect(failure?.mayHaveArrived == true)
            await server.closedConnections(atLeast: 1)
            #expect(server.sentBytes < 50 << 20)
        }
    }

    @Test func `a small compressed body that decodes to a large one is cut at the limit`() async throws {
        let bomb = gzipOfZeros(repeats: 40_000)
        #expect(bomb.count < 1 << 17)
        try await exchange(always(.answer(bytes: bomb, headers: [("Content-Encoding", "gzip")]))) { server, transport in
            #expect(await transport.outcome(of: route(server.origin)).failure?.kind == .tooLarge)
        }
    }

    @Test(
        arguments: [
            "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "\r\nHTTP/1.1 100 Continue\r\n",
        ]
    )
    func `a header without end is cut`(filler: String) async throws {
        let start = filler.hasPrefix("\r\n") ? "HTTP/1.1 100 Continue\r\n" : Self.head + "X-First: "
        try await exchange(always(.send(start), .endless(Array(filler.utf8)))) { server, transport in
            let outcome = await transport.outcome(of: route(server.origin))
            #expect(outcome.failure?.kind == .tooLarge, "\(outcome)")
            #expect(outcome.failure?.head == nil)
            await server.closedConnections(atLeast: 1)
        }
    }
}

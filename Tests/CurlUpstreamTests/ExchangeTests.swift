internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("A call and its answer", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test func `an answer comes with its status, its kept header fields and its body`() async throws {
        let script = always(
            .send("HTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\n\r\n"),
            .answer(
                "{\"a\":1}",
                status: "429 Too Many Requests",
                headers: [("Content-Type", "application/json"), ("RETRY-After", " 7 "), ("X-Other", "no")]
            )
        )
        try await exchange(script) { server, transport in
            let answer = try await transport.send(UpstreamRequest(route: route(server.origin), target: "/t?a=b%20c"))
            #expect(answer.status == 429)
            #expect(String(decoding: answer.body, as: UTF8.self) == "{\"a\":1}")
            #expect(
                answer.headers == [UpstreamHeader("retry-after", "7")]
            )
            #expect(server.requests.first?.line == "GET /t?a=b%20c HTTP/1.1")
        }
    }

    @Test func `one call after another uses one connection`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin)
            for _ in 0..<20 { #expect(await transport.outcome(of: status).text == "ok") }
            #expect(server.connectionCount == 1)
            #expect(server.requests.map(\.position) == Array(0..<20))
        }
    }

    @Test func `routes of one origin share its connections`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            for index in 0..<5 {
                let own = route(server.origin, headers: [UpstreamHeader("Authorization", "Bearer \(index)")])
                #expect(await transport.outcome(of: own).text == "ok")
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `a connection that the provider closed while it was idle is replaced`() async throws {
        try await exchange(always(.answer("ok"), .close)) { server, transport in
            let cancel = route(server.origin, method: "PATCH", isRepeatable: false)
            for count in 1...3 {
                #expect(await transport.outcome(of: cancel, body: []).text == "ok")
                await server.closedConnections(atLeast: count)
            }
            #expect(server.connectionCount == 3)
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func `an answer that has no body is whole`(status: String) async throws {
        try await exchange(always(.send("HTTP/1.1 \(status)\r\n\r\n"))) { server, transport in
            #expect(await transport.outcome(of: route(server.origin)).text == "")
            #expect(await transport.outcome(of: route(server.origin)).text == "")
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `HEAD has the header of an answer and no body`() async throws {
        let script = always(.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nRetry-After: 9\r\n\r\n"))
        try await exchange(script) { server, transport in
            let answer = try await transport.send(
                UpstreamRequest(route: route(server.origin, method: "HEAD"), target: "/")
            )
            #expect(answer.body.isEmpty)
            #expect(answer.header("retry-after") == "9")
            #expect(server.requests.first?.line == "HEAD / HTTP/1.1")
        }
    }

    @Test func `a chunked body is put together, and its trailer is not taken for a header`() async throws {
        let script = always(
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            .send("2\r\nde\r\n0\r\nRetry-After: 5\r\n\r\n")
        )
        try await exchange(script) { server, transport in
            let answer = try await transport.send(UpstreamRequest(route: route(server.origin), target: "/"))
            #expect(String(decoding: answer.body, as: UTF8.self) == "abcde")
            #expect(answer.headers == [])
        }
    }

    @Test func `a body without a length ends with its connection`() async throws {
        try await exchange(always(.send("HTTP/1.0 200 OK\r\n\r\nabc"), .close)) { server, transport in
            #expect(await transport.outcome(of: route(server.origin)).text == "abc")
        }
    }

    @Test func `a compressed body is decoded, though nobody asked for one`() async throws {
        let script = always(.answer(bytes: gzipOfZeros(repeats: 20), headers: [("Content-Encoding", "gzip")]))
        try await exchange(script) { server, transport in
            let answer = try await transport.send(UpstreamRequest(route: route(server.origin), target: "/"))
            #expect(answer.body == Array(repeating: 0, count: 258 * 20 + 1))
            #expect(server.requests.first?.values("Accept-Encoding") == [])
        }
    }

    @Test func `a body of a megabyte comes whole`() async throws {
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await exchange(always(.answer(bytes: body))) { server, transport in
            let answer = try await transport.send(UpstreamRequest(route: route(server.origin), target: "/"))
            #expect(answer.body == body)
        }
    }

    @Test func `a redirect is an answer, and the credential goes nowhere else`() async throws {
        let elsewhere = try await ScriptedServer.start(always(.answer("caught")))
        let away = elsewhere.origin
        let script = always(.answer("", status: "302 Found", headers: [("Location", "\(away)/x")]))
        try await exchange(script) { server, transport in
            let status = route(server.origin, headers: [UpstreamHeader("Authorization", "Bearer secret")])
            #expect(await transport.outcome(of: status).status == 302)
        }
        #expect(elsewhere.connectionCount == 0)
        await elsewhere.stop()
    }
}

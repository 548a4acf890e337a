internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("A call and its answer", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test func `an answer comes with its status, its kept header fields and its body`() async throws {
        let script: ScriptedServer.Script = { _ in
            [
                .send("HTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\n\r\n"),
                .answer(
                    "{\"a\":1}",
                    status: "429 Too Many Requests",
                    headers: [("Content-Type", "application/json"), ("Retry-After", " 7 "), ("X-Other", "no")]
                ),
            ]
        }
        try await withServer(script) { server in
            try await withTransport { transport in
                let answer = try await transport.send(
                    UpstreamRequest(route: route(server.origin), target: "/t?a=b%20c")
                )
                #expect(answer.status == 429)
                #expect(String(decoding: answer.body, as: UTF8.self) == "{\"a\":1}")
                #expect(
                    answer.headers == [
                        UpstreamHeader("content-type", "application/json"), UpstreamHeader("retry-after", "7"),
                    ]
                )
                #expect(server.requests.first?.line == "GET /t?a=b%20c HTTP/1.1")
            }
        }
    }

    @Test func `one call after another uses one connection`() async throws {
        try await withServer({ _ in [.answer("ok")] }) { server in
            try await withTransport { transport in
                let status = route(server.origin)
                for _ in 0..<20 { #expect(await transport.outcome(of: status).text == "ok") }
                #expect(server.connectionCount == 1)
                #expect(server.requests.map(\.position) == Array(0..<20))
            }
        }
    }
}

internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("What is sent", .timeLimit(.minutes(1)))
struct RequestTests {
    @Test func `a request is its route's fields, its own and little else`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let create = route(server.origin, method: "POST", headers: [UpstreamHeader("X-API-Key", "k")])
            let own = [UpstreamHeader("Content-Type", "application/json"), UpstreamHeader("X-Empty", "")]
            #expect(await transport.outcome(of: create, "/v1?x=1", headers: own, body: Array("{}".utf8)).text == "ok")
            let request = try #require(server.requests.first)
            let lines = request.head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
            #expect(
                Set(lines) == [
                    "POST /v1?x=1 HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: taskgate", "Accept: */*",
                    "X-API-Key: k", "Content-Type: application/json", "X-Empty:",
                    "Content-Length: 2",
                ]
            )
            #expect(request.body == Array("{}".utf8))
        }
    }

    @Test func `no body and an empty one are different`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let cancel = route(server.origin, method: "POST")
            for body in [nil, [], nil] as [[UInt8]?] {
                #expect(await transport.outcome(of: cancel, body: body).text == "ok")
            }
            #expect(server.requests.map { $0.values("Content-Length") } == [[], ["0"], []])
            #expect(server.requests.map(\.line) == Array(repeating: "POST / HTTP/1.1", count: 3))
            #expect(server.requests.allSatisfy { $0.values("Content-Type").isEmpty })
        }
    }

    @Test(arguments: ["GET", "DELETE", "PATCH", "PUT", "POST"])
    func `any method goes with a body and without`(method: String) async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let any = route(server.origin, method: method)
            #expect(await transport.outcome(of: any, body: [65]).text == "ok")
            #expect(await transport.outcome(of: any).text == "ok")
            #expect(server.requests.map(\.line) == Array(repeating: "\(method) / HTTP/1.1", count: 2))
            #expect(server.requests.map(\.body) == [[65], []])
        }
    }

    @Test func `a body of two megabytes goes out whole, without being announced`() async throws {
        let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
        try await exchange(always(.answer("ok"))) { server, transport in
            #expect(await transport.outcome(of: route(server.origin, method: "POST"), body: body).text == "ok")
            #expect(server.requests.first?.body == body)
            #expect(server.requests.first?.values("Expect") == [])
        }
    }

    @Test func `a route's own user agent takes the place of ours`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin, headers: [UpstreamHeader("User-Agent", "other/1")])
            #expect(await transport.outcome(of: status).text == "ok")
            #expect(server.requests.first?.values("User-Agent") == ["other/1"])
        }
    }

    @Test func `a route's own host takes the place of the origin's`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin, headers: [UpstreamHeader("host", "other")])
            #expect(await transport.outcome(of: status).text == "ok")
            #expect(server.requests.first?.values("Host") == ["other"])
        }
    }

    @Test func `nothing of a request is in the next one of its route`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin, method: "POST", headers: [UpstreamHeader("Authorization", "Bearer r")])
            _ = await transport.outcome(of: status, "/plain")
            let own = [UpstreamHeader("X-Caller", "secret"), UpstreamHeader("Content-Type", "text/secret")]
            _ = await transport.outcome(of: status, "/laden?secret=1", headers: own, body: Array("secret".utf8))
            _ = await transport.outcome(of: status, "/plain")
            let requests = server.requests
            #expect(requests.count == 3)
            #expect(requests[1].head.contains("secret"))
            #expect(requests[2].head == requests[0].head)
            #expect(requests[2].body == [])
        }
    }

    @Test func `nothing of a route is in the requests of another`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let routes = (0..<8).map { index in
                route(
                    server.origin,
                    method: index.isMultiple(of: 2) ? "GET" : "POST",
                    headers: [UpstreamHeader("Authorization", "Bearer key-\(index)")]
                )
            }
            await withTaskGroup(of: Void.self) { group in
                for count in 0..<400 {
                    let index = count % routes.count
                    group.addTask {
                        let body = index.isMultiple(of: 2) ? nil : Array("body-\(index)".utf8)
                        let own = count % 3 == 0 ? [UpstreamHeader("X-Own", "own-\(index)")] : []
                        _ = await transport.outcome(of: routes[index], "/\(index)/\(count)", headers: own, body: body)
                    }
                }
            }
            #expect(server.requests.count == 400)
            for request in server.requests {
                let words = request.target.split(separator: "/").compactMap { Int($0) }
                let index = words[0]
                #expect(request.values("Authorization") == ["Bearer key-\(index)"])
                #expect(request.values("X-Own") == (words[1] % 3 == 0 ? ["own-\(index)"] : []))
                #expect(request.line.hasPrefix(index.isMultiple(of: 2) ? "GET " : "POST "))
                #expect(request.body == (index.isMultiple(of: 2) ? [] : Array("body-\(index)".utf8)))
            }
        }
    }

    @Test(arguments: ["a\r\nInjected: 1", "a\nb", "a\rb", "a\0b", "\u{7f}"])
    func `a control character in a header field is refused`(value: String) async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let own = await transport.outcome(of: route(server.origin), headers: [UpstreamHeader("X-A", value)])
            let fixed = await transport.outcome(of: route(server.origin, headers: [UpstreamHeader("X-A", value)]))
            for outcome in [own, fixed] {
                #expect(outcome.failure?.kind == .unavailable)
                #expect(outcome.failure?.mayHaveArrived == false)
                #expect(outcome.failure?.detail.contains("X-A") == true)
            }
            #expect(server.connectionCount == 0)
        }
    }

    @Test(arguments: ["", "X A", "X:A", "X\r\nB", "Content-Length", "transfer-encoding"])
    func `a header field's name that could break a request is refused`(name: String) async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let outcome = await transport.outcome(of: route(server.origin), headers: [UpstreamHeader(name, "1")])
            #expect(outcome.failure?.kind == .unavailable)
            #expect(server.connectionCount == 0)
        }
    }

    @Test(arguments: ["", "a", "/a b", "/a\r\nX: y", "/\u{e4}", "http://127.0.0.1/"])
    func `a target that is no path of printable ASCII is refused`(target: String) async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let outcome = await transport.outcome(of: route(server.origin), target)
            #expect(outcome.failure?.kind == .unavailable)
            #expect(server.connectionCount == 0)
        }
    }

    @Test(
        arguments: [
            "", "127.0.0.1", "ftp://127.0.0.1", "file:///etc/hosts", "http://u:p@127.0.0.1", "http://127.0.0.1/path",
            "http://127.0.0.1?q", "http://127.0.0.1#f", "http://127.0.0.1\0.example", "http:// 127.0.0.1",
        ]
    )
    func `an origin that is more or less than scheme, host and port is refused`(origin: String) async throws {
        try await withTransport { transport in
            let outcome = await transport.outcome(of: route(origin))
            #expect(outcome.failure?.kind == .unavailable)
            #expect(outcome.failure?.mayHaveArrived == false)
        }
    }
}

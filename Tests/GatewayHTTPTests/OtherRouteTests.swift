import GatewayTesting
import JSON
import Testing

@Suite struct `The other routes` {
    @Test func `show the providers`() async throws {
        try await withServer { server in
            let list = try await server.request("GET /providers")
            #expect(list.status == 200)
            let providers = try #require(try list.json["providers"]?.elements)
            #expect(providers.map { $0["name"]?.string } == ["cloud", "silent"])
            #expect(
                try await server.request("GET /providers/cloud").text == """
                    {"name":"cloud","definition":"cloud","title":"Cloud","documentation":"https://docs.example/cloud",\
                    "origin":"https://cloud.example","state":"on","detail":null,\
                    "cancel":{"confirmation":"by_status","from":["running"]},"rename":true,\
                    "id":{"parts":["task"],"example":"cloud:abc"},"credential":"gateway",\
                    "minimum_interval_seconds":1.5,"calls":0,"failures":0,"last_success_at":null,"last_failure_at":null,"last_failure_code":null,\
                    "circuit":"closed","calls_under_way":0,"calls_waiting":0,"retry_at":null}
                    """
            )
            #expect(try await server.request("GET /providers/silent").json["cancel"]?.isNull == true)
            #expect(try await server.request("GET /providers/none").code == "unknown_provider")
            #expect(try await server.request("GET /providers/%zz").code == "unknown_provider")
            #expect(try await server.request("GET /providers?x=1").code == "invalid_request")
        }
    }

    @Test func `tell a supervisor that the gateway lives and is ready`() async throws {
        try await withServer { server in
            let live = try await server.request("GET /livez")
            #expect(live.status == 200)
            #expect(live["Cache-Control"] == "no-store")
            let ready = try await server.request("GET /readyz?verbose")
            #expect(ready.status == 200)
            #expect(ready.text == #"{"status":"ready","providers":{"cloud":"on","silent":"off"}}"#)
        }
    }

    @Test func `list what there is`() async throws {
        try await withServer { (server) async throws in
            let links = try #require(try await server.request("GET /").json["links"])
            for name in ["tasks", "watches", "deliveries", "providers", "audit", "problems", "metrics"] {
                #expect(links[name]?.string == "/\(name)")
            }
            #expect(links["events"]?.string == "/events?ids=<ids>")
            #expect(try await server.request("GET /nothing").code == "not_found")
            #expect(try await server.request("GET /Tasks/cloud:a").code == "not_found")
        }
    }

    @Test(arguments: [
        "/tasks/cloud:a", "/providers", "/providers/cloud", "/livez", "/readyz", "/openapi.json", "/problems",
        "/problems/not_found", "/",
    ])
    func `answer HEAD with the length of GET and no body`(_ path: String) async throws {
        try await withServer { server in
            let client = try await server.connect()
            let get = try await client.exchange("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let head = try await client.exchange("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", toHead: true)
            #expect(head.status == get.status)
            #expect(head["Content-Length"] == "\(get.body.count)")
            #expect(head["Content-Type"] == get["Content-Type"])
            // A body would stand before this answer.
            #expect(try await client.exchange("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200)
            await client.close()
        }
    }

    @Test(arguments: [
        ("DELETE /tasks/cloud:a", "GET, HEAD, PATCH, OPTIONS"), ("PUT /tasks/cloud:a", "GET, HEAD, PATCH, OPTIONS"),
        ("POST /tasks/cloud:a", "GET, HEAD, PATCH, OPTIONS"), ("GET /tasks/cloud:a/cancel", "POST, OPTIONS"),
        ("HEAD /tasks/cloud:a/cancel", "POST, OPTIONS"), ("POST /providers", "GET, HEAD, OPTIONS"),
        ("TRACE /livez", "GET, HEAD, OPTIONS"), ("POST /", "GET, HEAD, OPTIONS"),
    ])
    func `say which methods a path takes`(_ line: String, _ allowed: String) async throws {
        try await withServer { server in
            let answer = try await server.request(line)
            #expect(answer.status == 405)
            #expect(answer["Allow"] == allowed)
            if !line.hasPrefix("HEAD") { #expect(answer.code == "method_not_allowed") }
        }
    }

    @Test func `answer OPTIONS`() async throws {
        try await withServer { server in
            let answer = try await server.request("OPTIONS /tasks/cloud:a")
            #expect(answer.status == 204)
            #expect(answer["Allow"] == "GET, HEAD, PATCH, OPTIONS")
            #expect(answer["Content-Length"] == nil)
            #expect(try await server.request("OPTIONS *")["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
            #expect(try await server.request("OPTIONS /nothing").status == 404)
            #expect(try await server.request("GET *").status == 404)
        }
    }
}

@Suite struct `A browser` {
    @Test(arguments: [
        ["Host: evil.example"], ["Host: localhost.evil.example"], ["Host: 127.0.0.1.evil.example"],
        ["Host: 128.0.0.1"], ["Host: user@localhost"], ["Host: local host"], ["Host: "], ["Host: [::1"],
        ["Host: localhost:99999"], ["Host: localhost", "Origin: https://evil.example"],
        ["Host: localhost", "Origin: null"], ["Host: localhost:7070", "Origin: http://localhost:8080"],
        ["Host: localhost", "Sec-Fetch-Site: cross-site"], ["Host: localhost", "Sec-Fetch-Site: same-site"],
        ["Host: localhost", "Origin: http://localhost", "Origin: http://evil.example"],
    ])
    func `is refused when a page of another site sends it`(_ headers: [String]) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            for line in [
                "POST /tasks/cloud:a/cancel", "GET /tasks/cloud:a", "OPTIONS /tasks/cloud:a", "GET /", "GET /x",
            ] {
                let answer = try await server.request(line, headers)
                #expect(answer.status == 403)
                #expect(answer.code == "forbidden")
            }
            #expect(gateway.located.isEmpty)
            for path in ["/livez", "/readyz", "/problems", "/problems/forbidden"] {
                #expect(try await server.request("GET \(path)", headers).status == 200)
            }
        }
    }

    @Test(arguments: [
        ["Host: localhost"], ["Host: LOCALHOST:1"], ["Host: 127.0.0.1:7070"], ["Host: 127.9.8.7"], ["Host: [::1]:7070"],
        ["Host: localhost:7070", "Origin: http://localhost:7070"], ["Host: localhost", "Sec-Fetch-Site: same-origin"],
        ["Host: localhost", "Sec-Fetch-Site: none"],
    ])
    func `and a client are let in under the gateway's own names`(_ headers: [String]) async throws {
        try await withServer { (server) async throws in
            #expect(try await server.request("GET /tasks/cloud:a", headers).status == 200)
        }
    }

    @Test func `cannot hide behind an absolute target`() async throws {
        try await withServer { (server) async throws in
            #expect(try await server.request("GET http://evil.example/tasks/cloud:a").status == 403)
            #expect(
                try await server.request("GET http://localhost:7/tasks/cloud:a", ["Host: evil.example"]).status == 200
            )
        }
    }
}

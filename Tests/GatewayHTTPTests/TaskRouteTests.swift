import GatewayCore
import GatewayHTTP
import GatewayTesting
import JSON
import TaskModel
import Testing

@Suite struct `Asking for a task` {
    @Test func `answers with every key, in order`() async throws {
        try await withServer { server in
            let answer = try await server.request("GET /tasks/cloud:abc")
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer["Cache-Control"] == "private, no-cache")
            #expect(answer["Date"] == "Sat, 21 Nov 2026 01:20:03 GMT")
            #expect(
                answer.text == """
                    {"id":"cloud:abc","provider":"cloud","status":"running","done":false,"reason":null,\
                    "provider_status":"processing","progress":45,"title":null,"message":null,"error":null,\
                    "created_at":"2024-01-15T10:00:00.000Z","started_at":null,"updated_at":null,"finished_at":null,\
                    "duration_seconds":null,"cancel":null,"observed_at":"2026-11-21T01:20:03.123Z",\
                    "poll_after_seconds":2}
                    """
            )
        }
    }

    @Test func `shows the result and the whole answer in the full view, before the tail`() async throws {
        let gateway = StubGateway { question in
            var answer = TaskAnswer.running(question.task)
            answer.snapshot.source = ProviderSource(response: Array(#"{"r":{"a":[1]}}"#.utf8), result: 5..<14)
            return .success(answer)
        }
        try await withServer(gateway) { server in
            let answer = try await server.request("GET /tasks/cloud:abc?view=full")
            #expect(
                answer.text.contains(
                    #""duration_seconds":null,"result":{"a":[1]},"provider_response":{"r":{"a":[1]}},"cancel":null,"#
                )
            )
            #expect(answer["ETag"]?.hasPrefix("\"f-") == true)
            #expect(gateway.asked.first?.view == .full)
        }
    }

    @Test func `shows what became of a cancel, and why a task failed`() async throws {
        let gateway = StubGateway { question in
            var answer = TaskAnswer.cancelled(question.task, .failed)
            answer.snapshot.status = .failed
            answer.snapshot.error = TaskFailure(message: "out of \"memory\"", code: nil)
            answer.snapshot.cancel?.detail = "refused"
            answer.snapshot.cancel?.reason = "no more needed"
            return .success(answer)
        }
        try await withServer(gateway) { server in
            let text = try await server.request("GET /tasks/cloud:abc").text
            #expect(text.contains(#""error":{"message":"out of \"memory\"","code":null}"#))
            #expect(
                text.contains(
                    #""cancel":{"state":"failed","requested_at":"2026-11-21T01:20:00.000Z","requested_by":null,"#
                        + #""reason":"no more needed","attempts":1,"confirmed_at":null,"detail":"refused"}"#
                )
            )
            #expect(text.hasSuffix(#""poll_after_seconds":null}"#))
        }
    }

    @Test(arguments: [
        ("cloud:abc", "cloud:abc"), ("cloud%3Aabc", "cloud:abc"), ("cloud%3aa%2Fb", "cloud:a/b"),
        ("cloud:a%252Fb", "cloud:a%2Fb"), ("cloud:a+b;c=d", "cloud:a+b;c=d"), ("cloud:%F0%9F%98%80", "cloud:\u{1f600}"),
        ("cloud:a:b:c", "cloud:a:b:c"),
    ])
    func `decodes the id once`(_ segment: String, _ text: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { (server) async throws in
            #expect(try await server.request("GET /tasks/\(segment)").status == 200)
            #expect(gateway.located == [text])
        }
    }

    @Test(arguments: [
        ("/tasks/../x", 404), ("/tasks/..", 404), ("/tasks/cloud:a/../b", 404), ("/tasks//cloud:a", 404),
        ("/tasks/", 404), ("/tasks/cloud:a/", 404), ("/tasks/cloud:a/b", 404), ("/tasks/.", 404),
        ("/tasks/..%2f", 400), ("/tasks/..%2f..%2fetc", 400), ("/tasks/%2e%2e", 400), ("/tasks/cloud:a%2f..%2fb", 404),
        ("/tasks/cloud:%00", 400), ("/tasks/cloud:%0d%0aX: y", 400), ("/tasks/cloud:%0A", 400),
        ("/tasks/cloud:%7f", 400), ("/tasks/cloud:%c2%85", 400), ("/tasks/cloud:%c0%af", 400),
        ("/tasks/cloud:%ed%a0%80", 400), ("/tasks/cloud:%ff", 400), ("/tasks/cloud:%", 400), ("/tasks/cloud:%4", 400),
        ("/tasks/cloud:%zz", 400), ("/tasks/cloud:\u{1f600}", 400), ("/tasks/cloud:a#b", 400),
        ("//tasks/cloud:a", 404),
    ])
    func `refuses hostile ids before anything is looked up`(_ path: String, _ status: Int) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("GET \(path)")
            let expected = path == "/tasks/cloud:a%2f..%2fb" ? 400 : status
            #expect(answer.status == expected)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(gateway.located.isEmpty)
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test(arguments: [":cancel", ":cancel:cancel", "bare", "Cloud:a"])
    func `asks nothing for what the gateway cannot locate`(_ segment: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("GET /tasks/\(segment)")
            #expect(answer.status == 400)
            #expect(answer.code == "invalid_task_id")
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test func `names the candidates of an ambiguous id`() async throws {
        try await withServer { server in
            let answer = try await server.request("GET /tasks/ambiguous")
            #expect(answer.status == 400)
            #expect(answer.code == "ambiguous_task_id")
            #expect(answer.text.contains(#""candidates":["cloud:ambiguous","agent:ambiguous"]"#))
            #expect(try await server.request("GET /tasks/ambiguous2?provider=agent").status == 200)
        }
    }

    @Test func `passes on what the query asks for`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            _ = try await server.request("GET /tasks/cloud:a?wait=1.5s&until=change&max_age=5&view=full")
            _ = try await server.request("GET /tasks/cloud:a?wait=10m&&")
            _ = try await server.request("GET /tasks/cloud:a?wait=0")
            _ = try await server.request("GET /tasks/cloud:a?")
            let asked = gateway.asked
            #expect(asked.map(\.wait) == [.milliseconds(1500), .seconds(60), nil, nil])
            #expect(asked[0].until == .change(from: nil))
            #expect(asked[0].maximumAge == .seconds(5))
            #expect(asked[0].view == .full)
            #expect(asked[1].until == .done)
            #expect(asked[1].maximumAge == .zero)
        }
    }

    @Test(arguments: [
        ("wait=soon", "30s"), ("wait=-1", "30s"), ("wait=", "30s"), ("wait", "30s"), ("until=never", "done or change"),
        ("view=all", "brief or full"), ("max_age=1d", "30s"), ("provider=No+Name", "lower-case"),
        ("colour=red", "known: wait, until, max_age, view, provider"), ("=x", "known: wait"),
        ("wait=1&wait=2", "more than once"), ("wait=%zz", "percent-encoded"), ("wait=1%00", "percent-encoded"),
    ])
    func `refuses a query that it does not understand, and says what would be right`(
        _ query: String,
        _ words: String
    ) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("GET /tasks/cloud:a?\(query)")
            #expect(answer.status == 400)
            #expect(answer.code == "invalid_request")
            #expect(try answer.json["detail"]?.string?.contains(words) == true)
            #expect(try answer.json["instance"]?.string == "/tasks/cloud:a")
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test func `honours Prefer: wait, says so, and lets the query win`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { (server) async throws in
            func applied(_ prefer: [String], query: String = "") async throws -> String? {
                let headers = ["Host: localhost"] + prefer.map { "Prefer: \($0)" }
                return try await server.request("GET /tasks/cloud:a\(query)", headers)["Preference-Applied"]
            }
            #expect(try await applied(["wait=30"]) == "wait=30")
            #expect(try await applied(["respond-async, wait=10; x=y"]) == "wait=10")
            #expect(try await applied(["return=minimal", "Wait=\"7\""]) == "wait=7")
            #expect(try await applied(["wait=99999999999999999999999"]) == "wait=60")
            #expect(try await applied(["wait=-1"]) == nil)
            #expect(try await applied([",;=,garbage\""]) == nil)
            #expect(try await applied(["wait=30"], query: "?wait=5") == nil)
            #expect(
                gateway.asked.map(\.wait) == [
                    .seconds(30), .seconds(10), .seconds(7), .seconds(60), nil, nil, .seconds(5),
                ]
            )
        }
    }

    @Test func `answers 304 to the tag it gave, until the task changes`() async throws {
        try await withServer { server in
            let first = try await server.request("GET /tasks/cloud:a")
            let tag = try #require(first["ETag"])
            #expect(tag.count == 20 && tag.hasPrefix("\"b-"))
            for condition in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let answer = try await server.request(
                    "GET /tasks/cloud:a",
                    ["Host: localhost", "If-None-Match: \(condition)"]
                )
                #expect(answer.status == 304)
                #expect(answer["ETag"] == tag)
                #expect(answer["Content-Length"] == nil)
                #expect(answer["Cache-Control"] == "private, no-cache")
            }
            for condition in ["\"b-0000000000000000\"", "garbage", "", "\"unfinished", "W/"] {
                let answer = try await server.request(
                    "GET /tasks/cloud:a",
                    ["Host: localhost", "If-None-Match: \(condition)"]
                )
                #expect(answer.status == 200)
            }
            let full = try await server.request(
                "GET /tasks/cloud:a?view=full",
                ["Host: localhost", "If-None-Match: \(tag)"]
            )
            #expect(full.status == 200)
        }
    }

    @Test func `waits for a change from the tag that the caller has`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            _ = try await server.request(
                "GET /tasks/cloud:a?until=change&wait=1s",
                ["Host: localhost", "If-None-Match: \"f-0000000000000001\", \"b-00000000000000ff\""]
            )
            #expect(gateway.asked.first?.until == .change(from: Fingerprint(rawValue: 0xff)))
        }
    }

    @Test func `answers HEAD as GET, without the body`() async throws {
        try await withServer { server in
            let get = try await server.request("GET /tasks/cloud:a")
            let head = try await server.request("HEAD /tasks/cloud:a")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "\(get.body.count)")
            #expect(head["ETag"] == get["ETag"])
            #expect(head.body.isEmpty)
        }
    }
}

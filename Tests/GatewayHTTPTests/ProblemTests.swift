import GatewayCore
import GatewayTesting
import JSON
import TaskModel
import Testing

@testable import GatewayHTTP

private let statuses: [(ErrorCode, Int)] = [
    (.invalidRequest, 400), (.invalidTaskID, 400), (.ambiguousTaskID, 400), (.unauthenticated, 401), (.forbidden, 403),
    (.unknownProvider, 404), (.taskNotFound, 404), (.notFound, 404), (.methodNotAllowed, 405),
    (.taskNotCancellable, 409), (.payloadTooLarge, 413), (.uriTooLong, 414), (.headersTooLarge, 431),
    (.requestTimeout, 408), (.unsupportedMediaType, 415), (.rateLimited, 429), (.internalError, 500),
    (.unsupportedOperation, 501), (.providerAuthFailed, 502), (.providerRejected, 502), (.providerError, 502),
    (.providerBadResponse, 502), (.providerRateLimited, 503), (.providerUnavailable, 503), (.providerTimeout, 504),
    (.storeUnavailable, 503), (.overloaded, 503), (.shuttingDown, 503),
]

@Suite struct `A problem` {
    @Test(arguments: statuses)
    func `has the status of its code`(_ code: ErrorCode, _ status: Int) async throws {
        try await withServer(StubGateway { _ in .failure(GatewayError(code, "Words.")) }) { server in
            let answer = try await server.request("GET /tasks/cloud:a?wait=1s")
            #expect(answer.status == status)
            #expect(answer.code == code.rawValue)
            #expect(answer["Cache-Control"] == "no-store")
            #expect(answer["WWW-Authenticate"] == (code == .unauthenticated ? "Bearer" : nil))
            let problem = try answer.json
            #expect(problem["type"]?.string == "/problems/\(code.rawValue)")
            #expect(problem["status"]?.integer == status)
            #expect(problem["detail"]?.string == "Words.")
            #expect(problem["instance"]?.string == "/tasks/cloud:a")
            #expect(problem["request_id"]?.string == answer["X-Request-Id"])
            #expect(problem["retryable"]?.bool == ProblemEntry.entry(for: code).isRetryable)
            #expect(problem["title"]?.string == ProblemEntry.entry(for: code).title)
            #expect(problem["provider"] == nil && problem["last_known"] == nil && problem["candidates"] == nil)
        }
    }

    @Test func `has an entry, and this test a line, for every code`() {
        #expect(Set(statuses.map(\.0)) == Set(ErrorCode.allCases))
        #expect(ProblemEntry.entries.map(\.code).count == ErrorCode.allCases.count)
        #expect(Set(ProblemEntry.entries.map(\.code)) == Set(ErrorCode.allCases))
    }

    @Test func `tells what is known of the provider and of the task`() async throws {
        let gateway = StubGateway { question in
            .failure(
                GatewayError(
                    .providerRateLimited,
                    "Slow down.",
                    provider: "cloud",
                    providerHTTPStatus: 429,
                    providerMessage: "too \u{7}many",
                    retryAfter: .milliseconds(2100),
                    lastKnown: TaskAnswer.running(question.task).snapshot
                )
            )
        }
        try await withServer(gateway) { server in
            let answer = try await server.request("GET /tasks/cloud:a")
            #expect(answer["Retry-After"] == "3")
            let problem = try answer.json
            #expect(problem["provider"]?.string == "cloud")
            #expect(problem["provider_http_status"]?.integer == 429)
            #expect(problem["provider_message"]?.string == "too \u{7}many")
            #expect(problem["last_known"]?["status"]?.string == "running")
        }
    }

    @Test(arguments: [(nil, 1), (.zero, 1), (.milliseconds(2100), 3)] as [(Duration?, Int)])
    func `says when asking again about the task is worth it`(_ retryAfter: Duration?, _ seconds: Int) async throws {
        let gateway = StubGateway { question in
            var last = TaskAnswer.running(question.task).snapshot
            if question.task.native == "over" { last.status = .completed }
            return .failure(GatewayError(.providerError, "Words.", retryAfter: retryAfter, lastKnown: last))
        }
        try await withServer(gateway) { server in
            let running = try await server.request("GET /tasks/cloud:a").json
            #expect(running["last_known"]?["poll_after_seconds"]?.integer == seconds)
            let over = try await server.request("GET /tasks/cloud:over").json
            #expect(over["last_known"]?["poll_after_seconds"]?.isNull == true)
        }
    }

    @Test(arguments: ["GET /tasks/cloud:a", "POST /tasks/cloud:a/cancel"])
    func `tells the preference that was honoured`(_ line: String) async throws {
        try await withServer(StubGateway { _ in .failure(GatewayError(.providerTimeout, "Words.")) }) { server in
            let preferred = try await server.request(line, ["Host: localhost", "Prefer: wait=3"])
            #expect(preferred.status == 504)
            #expect(preferred["Preference-Applied"] == "wait=3")
            #expect(try await server.request(line)["Preference-Applied"] == nil)
        }
    }

    @Test func `is logged with its request id where it is a defect, and not otherwise`() async throws {
        let log = LogRecorder()
        let gateway = StubGateway { question in
            let code: ErrorCode = question.task.native == "defect" ? .internalError : .providerError
            return .failure(GatewayError(code, "Words."))
        }
        try await withServer(gateway, log: log) { server in
            let headers = ["Host: localhost", "X-Request-Id: me-1", "Authorization: Bearer canary", "Cookie: canary"]
            let other = try await server.request("GET /tasks/cloud:other?wait=1", headers)
            let defect = try await server.request("GET /tasks/cloud:defect?wait=1", headers)
            #expect([other.status, defect.status] == [502, 500])
            #expect(log.lines == ["error a request met a defect detail=Words. request_id=me-1"])
        }
    }

    @Test func `asks for a second at least where the retry is now`() async throws {
        let gateway = StubGateway { _ in .failure(GatewayError(.overloaded, "Full.", retryAfter: .zero)) }
        try await withServer(gateway) { (server) async throws in
            #expect(try await server.request("GET /tasks/cloud:a")["Retry-After"] == "1")
        }
    }

    @Test(arguments: ErrorCode.allCases)
    func `has a page that its type leads to`(_ code: ErrorCode) async throws {
        try await withServer { server in
            let answer = try await server.request("GET /problems/\(code.rawValue)", ["Host: elsewhere.example"])
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer.text.contains(code.rawValue))
        }
    }

    @Test func `is on the list of them all, and an unknown one is not found`() async throws {
        try await withServer { server in
            let list = try await server.request("GET /problems").text
            for code in ErrorCode.allCases { #expect(list.contains("/problems/\(code.rawValue)\"")) }
            #expect(try await server.request("GET /problems/no_such").code == "not_found")
        }
    }
}

@Suite struct `A request id` {
    @Test func `is the caller's where it is harmless, else made`() async throws {
        try await withServer { server in
            func id(_ given: String) async throws -> String? {
                try await server.request("GET /livez", ["Host: localhost", "X-Request-Id: \(given)"])["X-Request-Id"]
            }
            #expect(try await id("abc-1.2:3/4+5=6@7~8_9") == "abc-1.2:3/4+5=6@7~8_9")
            let made = try await id("a b")
            #expect(made == "123456789abcdef0")
            #expect(try await id("<script>") == "123456789abcdef1")
            #expect(try await id(String(repeating: "x", count: 128)) == String(repeating: "x", count: 128))
            #expect(try await id(String(repeating: "x", count: 129)) == "123456789abcdef2")
        }
    }
}

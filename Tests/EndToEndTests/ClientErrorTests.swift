import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

/// A request that the gateway refuses by itself.
struct RefusedRequest: Sendable, CustomTestStringConvertible {
    let method: String
    let target: String
    var body: String?
    var type = "application/json"
    let status: Int
    let code: String

    init(_ method: String, _ target: String, body: String? = nil, type: String? = nil, _ status: Int, _ code: String) {
        (self.method, self.target, self.body) = (method, target, body)
        (self.type, self.status, self.code) = (type ?? "application/json", status, code)
    }

    var testDescription: String { "\(method) \(target.prefix(60)) \(body?.prefix(40) ?? "")" }

    static let queries: [RefusedRequest] = [
        "wait=soon", "wait=-1", "wait=", "wait=1s&wait=2s", "until=never", "until=", "view=everything", "max_age=-1s",
        "max_age=x", "colour=red", "wait=%ff", "provider=%00", "provider=NOBODY",
    ]
    .map { RefusedRequest("GET", "/tasks/{cloud}?\($0)", 400, "invalid_request") }

    static let bodies: [RefusedRequest] =
        [
            "{", "[]", "\"text\"", "7", "{\"reason\": 5}", "{\"reason\": \"a\", \"reason\": \"b\"}", "{\"x\": 1}",
            "{} {}", "{\"reason\": \"\\ud800\"}", "{\"reason\": NaN}", "\u{feff}[]", "nul",
            String(repeating: "[", count: 30000),
        ]
        .map { RefusedRequest("POST", "/tasks/{cloud}/cancel", body: $0, 400, "invalid_request") }
        + [
            "{}", "null", "[]", "{\"action\": \"pause\"}", "{\"action\": null}", "{\"title\": \"\"}", "{\"title\": 5}",
            "{\"title\": \"\(String(repeating: "x", count: 201))\"}", "{\"action\": \"cancel\", \"action\": \"stop\"}",
            "{\"action\": \"CANCEL\"}",
        ]
        .map { RefusedRequest("PATCH", "/tasks/{agent}", body: $0, 400, "invalid_request") }

    static let ids: [RefusedRequest] = [
        RefusedRequest("GET", "/tasks/xpander:not-a-uuid", 400, "invalid_task_id"),
        RefusedRequest("GET", "/tasks/blackbox-agent:a1b2c3d4", 400, "invalid_task_id"),
        RefusedRequest("GET", "/tasks/blackbox-cloud:a%20b", 400, "invalid_task_id"),
        RefusedRequest("GET", "/tasks/blackbox-cloud:", 400, "invalid_task_id"),
        RefusedRequest("GET", "/tasks/qmail-core:today", 400, "invalid_task_id"),
        RefusedRequest("GET", "/tasks/a1b2c3d4-e5f6-7890-abcd-ef1234567890", 400, "ambiguous_task_id"),
        RefusedRequest("GET", "/tasks/nobody:1", 404, "unknown_provider"),
        RefusedRequest("POST", "/tasks/nobody:1/cancel", 404, "unknown_provider"),
        RefusedRequest("GET", "/tasks/abc?provider=nobody", 404, "unknown_provider"),
        RefusedRequest("GET", "/providers/nobody", 404, "unknown_provider"),
    ]

    static let others: [RefusedRequest] = [
        RefusedRequest("POST", "/tasks/{cloud}/cancel", body: "{}", type: "text/plain", 415, "unsupported_media_type"),
        RefusedRequest("PATCH", "/tasks/{cloud}", body: "{}", type: "text/html", 415, "unsupported_media_type"),
        RefusedRequest("POST", "/tasks/qmail-core:Jan-27-26_01-44-55-AM-706d/cancel", 501, "unsupported_operation"),
        RefusedRequest("PATCH", "/tasks/{cloud}", body: "{\"title\": \"x\"}", 501, "unsupported_operation"),
        RefusedRequest("PATCH", "/tasks/qmail:x", body: "{\"title\": \"x\"}", 501, "unsupported_operation"),
        RefusedRequest("PATCH", "/tasks/{xpander}", body: "{\"title\": \"x\"}", 501, "unsupported_operation"),
        RefusedRequest(
            "POST",
            "/tasks/{cloud}/cancel",
            body: "{\"reason\": \"\(String(repeating: "x", count: 70000))\"}",
            413,
            "payload_too_large"
        ),
        RefusedRequest("GET", "/tasks/{cloud}?view=\(String(repeating: "x", count: 10000))", 414, "uri_too_long"),
    ]

    /// The target with the ids of tasks that exist.
    func target(_ cloud: String, _ agent: String, _ xpander: String) -> String {
        target.replacing("{cloud}", with: "blackbox-cloud:\(cloud)")
            .replacing("{agent}", with: "blackbox-agent:\(agent)").replacing("{xpander}", with: "xpander:\(xpander)")
    }
}

/// What every problem has, whatever it is.
func expectProblem(_ answer: Answer, _ status: Int, _ code: String, path: String? = nil) {
    #expect(answer.status == status, "\(answer.everything)")
    #expect(answer.code == code)
    #expect(answer.header("Content-Type") == "application/problem+json")
    #expect(answer.header("Cache-Control") == "no-store")
    #expect(answer["type"] == .text("/problems/\(code)"))
    #expect(answer["status"] == .number(Double(status)))
    #expect(answer["title"].string?.isEmpty == false)
    #expect(answer["detail"].string?.isEmpty == false)
    #expect(answer["request_id"].string?.isEmpty == false)
    #expect(answer["retryable"] == true || answer["retryable"] == false)
    if let path { #expect(answer["instance"] == .text(path)) }
}

@Suite(.world) struct `A wrong request` {
    @Test(arguments: RefusedRequest.queries + RefusedRequest.bodies + RefusedRequest.ids + RefusedRequest.others)
    func `is refused, and no provider hears of it`(_ request: RefusedRequest) async throws {
        let world = try World.shared
        let (cloud, agent, xpander) = (world.add(.blackboxCloud), world.add(.blackboxAgent), world.add(.xpander))
        let target = request.target(cloud, agent, xpander)
        let answer = try await world.client.send(
            request.method,
            target,
            body: request.body,
            headers: ["Content-Type": request.type]
        )
        let path = target.prefix { $0 != "?" }
        expectProblem(answer, request.status, request.code, path: path.contains("%") ? nil : String(path))
        #expect(world.calls(of: cloud, at: .blackboxCloud) == 0)
        #expect(world.calls(of: agent, at: .blackboxAgent) == 0)
        #expect(world.calls(of: xpander, at: .xpander) == 0)
        #expect(world.simulator.counts(of: .qmailCore).total == 0)
    }

    @Test func `with too large a head is refused`() async throws {
        let world = try World.shared
        let answer = try await world.client.get("/livez", headers: ["X-Long": String(repeating: "x", count: 40000)])
        expectProblem(answer, 431, "headers_too_large")
    }

    @Test func `with an ambiguous id gets the candidates, and provider= decides`() async throws {
        let world = try World.shared
        let id = world.add(.xpander)
        let answer = try await world.client.get("/tasks/\(id)")
        expectProblem(answer, 400, "ambiguous_task_id")
        let candidates = answer["candidates"].elements.compactMap(\.string)
        #expect(candidates.contains("xpander:\(id)") && candidates.contains("blackbox-agent:\(id)"))
        let decided = try await world.client.get("/tasks/\(id)?provider=xpander")
        #expect(decided["id"] == .text("xpander:\(id)"))
        let escaped = try await world.client.get("/tasks/xpander%3A\(id)")
        #expect(escaped["id"] == .text("xpander:\(id)"), "%3A and : mean the same")
    }

    @Test func `is no bare id that one provider alone can own`() async throws {
        let world = try World.shared
        let id = String(repeating: "q", count: 100)
        world.simulator.addTask(to: .qmail, .staying(in: "RUNNING"), id: id)
        let answer = try await world.client.get("/tasks/\(id)")
        // Two providers here are QMails, so it is ambiguous between these and no others.
        let candidates = answer["candidates"].elements.compactMap(\.string)
        #expect(candidates.sorted() == ["qmail-moved:\(id)", "qmail:\(id)"])
    }

    @Test(arguments: [
        ("DELETE", "/tasks/blackbox-cloud:abc", ["GET", "HEAD", "PATCH"]),
        ("PUT", "/tasks/blackbox-cloud:abc", ["GET", "HEAD", "PATCH"]),
        ("POST", "/tasks/blackbox-cloud:abc", ["GET", "HEAD", "PATCH"]),
        ("GET", "/tasks/blackbox-cloud:abc/cancel", ["POST"]), ("POST", "/providers", ["GET", "HEAD"]),
        ("DELETE", "/readyz", ["GET", "HEAD"]), ("PATCH", "/providers/qmail", ["GET", "HEAD"]),
    ])
    func `by its method is told the right ones`(_ method: String, _ target: String, _ allowed: [String]) async throws {
        let answer = try await World.shared.client.send(method, target)
        expectProblem(answer, 405, "method_not_allowed", path: target)
        let methods = Set((answer.header("Allow") ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
        #expect(methods.subtracting(["OPTIONS"]) == Set(allowed))
    }

    @Test(arguments: [
        "Host: evil.example", "Host: localhost.evil.example", "Host: 127.0.0.1.evil.example:80",
        "Host: localhost\r\nOrigin: http://evil.example", "Host: localhost\r\nOrigin: null",
        "Host: localhost\r\nSec-Fetch-Site: cross-site",
    ])
    func `of a web page is forbidden`(_ fields: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        for request in ["GET /tasks/blackbox-cloud:\(id)", "POST /tasks/blackbox-cloud:\(id)/cancel", "GET /providers"]
        {
            let answer = try await world.client.sendRaw("\(request) HTTP/1.1\r\n\(fields)\r\n\r\n")
            expectProblem(answer, 403, "forbidden")
        }
        #expect(world.calls(of: id, at: .blackboxCloud) == 0)
        #expect(world.simulator.state(of: id, of: .blackboxCloud) == "processing")
    }

    @Test(arguments: [
        "CL: 2\r\nTE", "two lengths", "xchunked", "bare line feed", "obs-fold", "no host", "two hosts", "huge chunk",
    ])
    func `that could smuggle another is refused, and the connection closed`(_ kind: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let line = "POST /tasks/blackbox-cloud:\(id)/cancel HTTP/1.1\r\n"
        let json = "Content-Type: application/json\r\n"
        let text =
            switch kind {
            case "CL: 2\r\nTE":
                "Host: localhost\r\n\(json)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            case "two lengths": "Host: localhost\r\n\(json)Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "
            case "xchunked": "Host: localhost\r\n\(json)Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            case "bare line feed": "Host: localhost\nX: y\r\nContent-Length : 0\r\n\r\n"
            case "obs-fold": "Host: localhost\r\nX: y\r\n Content-Length: 5\r\nContent-Length : 0\r\n\r\n"
            case "no host": "Content-Length: 0\r\n\r\n"
            case "two hosts": "Host: localhost\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            default: "Host: localhost\r\n\(json)Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n"
            }
        let client = try await world.client.connect()
        await client.trySend(line + text + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let answer = Answer(try await client.answer())
        #expect(answer.status == 400, "\(answer.everything)")
        #expect(answer.code == "invalid_request")
        let rest = try await client.rest()
        #expect(rest.isEmpty, "nothing behind it is taken for a request")
        await client.close()
        #expect(world.calls(of: id, at: .blackboxCloud) == 0)
    }

    @Test func `has a page that explains it, for every code`() async throws {
        let client = try World.shared.client
        for code in [
            "invalid_request", "invalid_task_id", "ambiguous_task_id", "unauthenticated", "forbidden",
            "unknown_provider", "task_not_found", "method_not_allowed", "task_not_cancellable", "payload_too_large",
            "unsupported_media_type", "rate_limited", "internal_error", "unsupported_operation",
            "provider_auth_failed", "provider_rejected", "provider_error", "provider_bad_response",
            "provider_rate_limited", "provider_unavailable", "provider_timeout", "overloaded", "shutting_down",
        ] {
            let answer = try await client.get("/problems/\(code)")
            #expect(answer.status == 200, "\(code)")
            #expect(answer.text.contains(code))
        }
    }
}

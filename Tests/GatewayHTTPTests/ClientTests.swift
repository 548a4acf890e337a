import Clients
import Digests
import GatewayCore
import GatewayTesting
import JSON
import NIOCore
import TaskModel
import Testing

@testable import GatewayHTTP

/// The keys of the clients below.
private enum Key {
    static let all = "tg_canaryKeyOfAll"
    static let viewer = "tg_canaryKeyOfViewer"
    static let stopper = "tg_canaryKeyOfStopper"
    static let renamer = "tg_canaryKeyOfRenamer"
    static let watcher = "tg_canaryKeyOfWatcher"
    static let hasty = "tg_canaryKeyOfHasty"
}

private let clients = [
    client("all", Key.all, [.read, .cancel, .rename]), client("viewer", Key.viewer, among: ["cloud"], [.read]),
    client("stopper", Key.stopper, [.cancel]), client("renamer", Key.renamer, [.rename]),
    client("watcher", Key.watcher, [.watch, .operate]),
    client("hasty", Key.hasty, [.read], CallRate(perSecond: 0.5, burst: 2)),
]

private func client(
    _ name: String,
    _ key: String,
    among providers: Set<String>? = nil,
    _ permissions: Set<ClientPermission>,
    _ rate: CallRate? = nil
) -> Client {
    Client(name: name, keyDigest: KeyDigest(of: key), providers: providers, permissions: permissions, rate: rate)
}

/// Runs a test against a server that has clients; the clock stands still unless the test moves it.
private func withClients(
    _ gateway: StubGateway = StubGateway(),
    clock: ManualTimekeeper = ManualTimekeeper(),
    log: LogRecorder = LogRecorder(),
    _ test: (ServerFixture) async throws -> Void
) async throws {
    let directory = ClientDirectory(clients) { clock.now().uptime }
    try await withServer(gateway, clients: directory, log: log, test)
}

private func bearer(_ key: String) -> [String] { ["Host: localhost", "Authorization: Bearer \(key)"] }

private let closedPaths = [
    "GET /tasks/cloud:a", "HEAD /tasks/cloud:a", "PATCH /tasks/cloud:a", "POST /tasks/cloud:a/cancel",
    "OPTIONS /tasks/cloud:a", "DELETE /tasks/cloud:a", "GET /providers", "GET /providers/cloud", "GET /openapi.json",
    "GET /", "GET /nothing", "GET /tasks/", "GET /livez/", "GET /tasks/nobody:a", "GET /tasks/cloud:a?x=1",
]

@Suite struct `A caller without a key of the gateway's` {
    @Test(arguments: [
        ["Host: localhost"], ["Host: localhost", "Authorization:"], ["Host: localhost", "Authorization: Bearer"],
        bearer("tg_unknown"), bearer(""), bearer(Key.all + "x"), bearer(String(Key.all.dropLast())),
        bearer(Key.all.uppercased()), bearer("\"\(Key.all)\""), bearer(KeyDigest(of: Key.all).description),
        bearer(Key.all + " " + Key.all), bearer(Key.all + ", Bearer " + Key.all),
        ["Host: localhost", "Authorization: Basic \(Key.all)"], ["Host: localhost", "Authorization: \(Key.all)"],
        ["Host: localhost", "Authorization: Bearer\(Key.all)"],
        ["Host: localhost", "Authorization: Bearer\t\(Key.all)"],
        ["Host: localhost", "X-Api-Key: \(Key.all)"], ["Host: localhost", "Cookie: Authorization=\(Key.all)"],
        bearer(Key.all) + ["Authorization: Bearer \(Key.all)"], bearer(Key.all) + ["authorization: Basic x"],
        bearer(String(repeating: "x", count: 10_000)),
    ])
    func `is refused at every path with the same words`(_ headers: [String]) async throws {
        let gateway = StubGateway()
        let log = LogRecorder()
        try await withClients(gateway, log: log) { (server) async throws in
            for line in closedPaths {
                let answer = try await server.request(line, headers)
                #expect(answer.status == 401, "\(line)")
                #expect(answer["WWW-Authenticate"] == "Bearer")
                #expect(answer["RateLimit"] == nil)
                #expect(!answer.text.contains("canary"))
                guard !line.hasPrefix("HEAD") else { continue }
                #expect(answer.code == "unauthenticated")
                #expect(
                    try answer.json["detail"]?.string
                        == "Send one key that this gateway knows, as Authorization: Bearer and the key; "
                        + "whoever runs the gateway gives keys."
                )
            }
            #expect(gateway.located.isEmpty && gateway.asked.isEmpty)
        }
        #expect(log.lines == [])
    }

    @Test func `finds the open paths, with a wrong key too`() async throws {
        try await withClients { (server) async throws in
            for path in ["/livez", "/readyz", "/problems", "/problems/unauthenticated"] {
                for headers in [["Host: localhost"], bearer("tg_unknown"), bearer(Key.viewer)] {
                    #expect(try await server.request("GET \(path)", headers).status == 200, "\(path)")
                }
            }
            #expect(try await server.request("GET /problems/none").status == 404)
        }
    }

    @Test func `is refused with its key in the query`() async throws {
        try await withClients { (server) async throws in
            for name in ["key", "access_token", "authorization"] {
                let line = "GET /tasks/cloud:a?\(name)=\(Key.all)"
                #expect(try await server.request(line).code == "unauthenticated")
                let answer = try await server.request(line, bearer(Key.all))
                #expect(answer.code == "invalid_request")
                #expect(!answer.text.contains("canary"))
            }
        }
    }

    @Test func `is refused behind one that was let in, on the same connection`() async throws {
        try await withClients { (server) async throws in
            let connection = try await server.connect()
            func status(_ header: String) async throws -> Int {
                try await connection.exchange("GET /tasks/cloud:a HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n").status
            }
            #expect(try await status("Authorization: Bearer \(Key.viewer)\r\n") == 200)
            #expect(try await status("Authorization: Bearer \(Key.viewer)\r\n") == 200)
            #expect(try await status("") == 401)
            #expect(try await status("Authorization: Bearer \(Key.viewer)x\r\n") == 401)
            #expect(try await status("Authorization: Bearer \(Key.stopper)\r\n") == 403)
            #expect(try await status("authorization: BEARER   \(Key.viewer) \r\n") == 200)
            await connection.close()
        }
    }
}

@Suite struct `A client` {
    private static let calls: [(String, String, Set<String>)] = [
        ("GET /tasks/cloud:a", "", [Key.all, Key.viewer]), ("HEAD /tasks/cloud:a", "", [Key.all, Key.viewer]),
        ("POST /tasks/cloud:a/cancel", "", [Key.all, Key.stopper]),
        ("PATCH /tasks/cloud:a", #"{"action": "stop"}"#, [Key.all, Key.stopper]),
        ("PATCH /tasks/cloud:a", #"{"action": "cancel", "title": "x"}"#, [Key.all, Key.stopper]),
        ("PATCH /tasks/cloud:a", #"{"title": "x"}"#, [Key.all, Key.renamer]),
    ]

    @Test(arguments: calls)
    func `may do what is said of it, and nothing else`(
        _ line: String,
        _ body: String,
        _ allowed: Set<String>
    ) async throws {
        let gateway = StubGateway()
        try await withClients(gateway) { (server) async throws in
            for key in [Key.all, Key.viewer, Key.stopper, Key.renamer, Key.watcher] {
                let before = gateway.located.count
                let headers = bearer(key) + ["Content-Type: application/json"]
                let answer = try await server.request(line, headers, body: body)
                #expect(answer.status == (allowed.contains(key) ? 200 : 403), "\(line) \(key)")
                guard !allowed.contains(key) else { continue }
                if !line.hasPrefix("HEAD") { #expect(answer.code == "forbidden") }
                #expect(gateway.located.count == before)
            }
        }
    }

    @Test func `without permission learns nothing of a task`() async throws {
        try await withClients { (server) async throws in
            var details: Set<String?> = []
            for id in ["cloud:a", "nobody:a", "ambiguous", "%zz", "cloud:a?x=1"] {
                let answer = try await server.request("GET /tasks/\(id)", bearer(Key.stopper))
                #expect(answer.code == "forbidden")
                details.insert(try answer.json["detail"]?.string)
            }
            #expect(details == ["stopper may not do this: it needs \"read\"."])
        }
    }

    @Test func `has its tasks looked for among its providers, and asks under its name`() async throws {
        let gateway = StubGateway()
        try await withClients(gateway) { (server) async throws in
            _ = try await server.request("GET /tasks/cloud:a", bearer(Key.viewer))
            _ = try await server.request("GET /tasks/cloud:a", bearer(Key.all))
            _ = try await server.request("POST /tasks/cloud:a/cancel", bearer(Key.stopper))
            #expect(gateway.allowed == [["cloud"], nil, nil])
            #expect(gateway.asked.map(\.caller) == ["viewer", "all", "stopper"])
        }
        let open = StubGateway()
        try await withServer(open) { (server) async throws in
            _ = try await server.request("GET /tasks/cloud:a", bearer(Key.viewer))
            #expect(open.allowed == [nil])
            #expect(open.asked.map(\.caller) == [nil])
        }
    }

    @Test func `sees its providers only`() async throws {
        try await withClients { (server) async throws in
            func names(_ key: String) async throws -> [String?] {
                try await server.request("GET /providers", bearer(key)).json["providers"]?.elements
                    .map { $0["name"]?.string } ?? []
            }
            #expect(try await names(Key.viewer) == ["cloud"])
            #expect(try await names(Key.watcher) == ["cloud", "silent"])
            #expect(try await server.request("GET /providers/cloud", bearer(Key.viewer)).status == 200)
            var details: Set<String?> = []
            for name in ["silent", "none", "%zz"] {
                let answer = try await server.request("GET /providers/\(name)", bearer(Key.viewer))
                #expect(answer.code == "forbidden")
                details.insert(try answer.json["detail"]?.string)
            }
            #expect(details.count == 1)
            #expect(try await server.request("GET /providers/none", bearer(Key.all)).code == "unknown_provider")
        }
    }

    @Test(arguments: [
        ["Host: gate.example:7070"], ["Host: 192.0.2.1"], ["Host: gate.example", "Sec-Fetch-Site: none"],
        ["Host: gate.example", "Origin: https://gate.example"],
    ])
    func `may call the gateway by any name`(_ headers: [String]) async throws {
        try await withClients { (server) async throws in
            let headers = headers + ["Authorization: Bearer \(Key.viewer)"]
            #expect(try await server.request("GET /tasks/cloud:a", headers).status == 200)
        }
    }

    @Test(arguments: [
        ["Host: gate.example", "Origin: https://evil.example"], ["Host: gate.example", "Origin: null"],
        ["Host: gate.example", "Sec-Fetch-Site: cross-site"], ["Host: gate.example", "Sec-Fetch-Site: same-site"],
    ])
    func `is refused when a page of another site sends its key`(_ headers: [String]) async throws {
        let gateway = StubGateway()
        try await withClients(gateway) { (server) async throws in
            let headers = headers + ["Authorization: Bearer \(Key.all)"]
            #expect(try await server.request("POST /tasks/cloud:a/cancel", headers).code == "forbidden")
            #expect(gateway.located.isEmpty)
        }
    }
}

@Suite struct `A client's rate` {
    @Test func `is told with each answer, and refuses what is beyond it`() async throws {
        let clock = ManualTimekeeper()
        let gateway = StubGateway()
        try await withClients(gateway, clock: clock) { (server) async throws in
            let line = "GET /tasks/cloud:a"
            let first = try await server.request(line, bearer(Key.hasty))
            #expect(first.status == 200)
            #expect(first["RateLimit-Policy"] == #""default";q=2;w=4"#)
            #expect(first["RateLimit"] == #""default";r=1;t=2"#)
            // What is refused for another reason counts too.
            let forbidden = try await server.request("POST /tasks/cloud:a/cancel", bearer(Key.hasty))
            #expect(forbidden.code == "forbidden")
            #expect(forbidden["RateLimit"] == #""default";r=0;t=2"#)
            let beyond = try await server.request(line, bearer(Key.hasty))
            #expect(beyond.status == 429)
            #expect(beyond.code == "rate_limited")
            #expect(beyond["Retry-After"] == "2")
            #expect(beyond["RateLimit-Policy"] == #""default";q=2;w=4"#)
            #expect(beyond["RateLimit"] == #""default";r=0;t=2"#)
            #expect(
                try beyond.json["detail"]?.string
                    == "hasty sends more requests than it may: 2 at once, and as many again every 4 s."
            )
            #expect(gateway.asked.count == 1)
            #expect(try await server.request("GET /livez", bearer(Key.hasty)).status == 200)
            #expect(try await server.request(line, bearer(Key.all)).status == 200)
            clock.advance(by: .seconds(2))
            #expect(try await server.request(line, bearer(Key.hasty)).status == 200)
            #expect(try await server.request(line, bearer(Key.hasty)).status == 429)
        }
    }

    @Test func `that there is not is not told`() async throws {
        try await withClients { (server) async throws in
            for _ in 0..<20 {
                let answer = try await server.request("GET /providers", bearer(Key.viewer))
                #expect(answer.status == 200 && answer["RateLimit"] == nil && answer["RateLimit-Policy"] == nil)
            }
        }
        try await withServer { (server) async throws in
            let answer = try await server.request("GET /tasks/cloud:a", bearer(Key.hasty))
            #expect(answer.status == 200 && answer["RateLimit"] == nil)
        }
    }

    @Test func `has room in the head of an answer, however large its numbers`() {
        let clock = ManualTimekeeper()
        let huge = client("huge", Key.all, [.read], CallRate(perSecond: 0.01, burst: 100_000))
        let directory = ClientDirectory([huge]) { clock.now().uptime }
        let account = Array(Key.all.utf8).withUnsafeBytes { directory.account(withKey: $0) }
        var answer = HTTPAnswer(401, .html, .page)
        answer.allow = .all
        answer.retryAfter = .max
        answer.preferenceApplied = .max
        answer.entityTag = EntityTag(view: .full, fingerprint: Fingerprint(rawValue: .max))
        answer.rate = account.flatMap { directory.count($0) }
        #expect(answer.rate?.window == 10_000_000)
        var buffer = ByteBuffer()
        let frame = ResponseWriter.Frame(
            requestID: .given(String(repeating: "x", count: 128)),
            closes: true,
            date: Array("Date: Sat, 21 Nov 2026 15:27:24 GMT\r\n".utf8)
        )
        ResponseWriter.write(answer, in: frame, to: &buffer)
        #expect(String(buffer: buffer).contains("RateLimit-Policy: \"default\";q=100000;w=10000000\r\n"))
    }
}

import Clients
import Digests
import Following
import GatewayCore
import GatewayTesting
import JSON
import TaskModel
import TaskStorage
import Testing

@testable import GatewayHTTP

private let plain = ["Host: localhost", "Content-Type: application/json"]

private func cloud(_ native: String) -> TaskID { TaskID(provider: "cloud", native: native) }

private let begin = Timestamp(millisecondsSinceEpoch: 1_795_224_003_123)

/// Runs a test against a server with clients: their names are their keys.
private func withClients(
    _ following: ScriptedFollowing,
    _ test: (ServerFixture) async throws -> Void
) async throws {
    func client(_ name: String, _ permissions: Set<ClientPermission>, among providers: Set<String>? = nil) -> Client {
        Client(
            name: name,
            keyDigest: KeyDigest(of: "tg_" + name),
            providers: providers,
            permissions: permissions,
            rate: nil
        )
    }
    let directory = ClientDirectory([
        client("reader", [.read]), client("watcher", [.read, .watch]), client("stopper", [.watch, .cancel]),
        client("operator", [.operate]), client("narrow", [.read, .watch], among: ["cloud"]),
    ]) { .zero }
    try await withServer(following: following, clients: directory, test)
}

private func headers(_ client: String) -> [String] { plain + ["Authorization: Bearer tg_\(client)"] }

private func delivery(_ number: Int64, _ client: String?, provider: String = "cloud") -> Delivery {
    Delivery(
        number: number,
        event: TaskEvent(
            sequence: number,
            task: TaskID(provider: provider, native: "a"),
            at: begin,
            event: NewEvent(id: "msg_\(number)", type: .done, document: Array("{}".utf8))
        ),
        client: client,
        url: "https://hooks.example/x",
        state: .failed,
        attempts: 2,
        createdAt: begin,
        nextAttemptAt: nil,
        lastAttempt: DeliveryAttempt(at: begin, duration: .milliseconds(1250), status: 500, problem: "HTTP 500")
    )
}

@Suite struct `A watch` {
    @Test func `is not there where nothing is followed`() async throws {
        try await withServer { (server) async throws in
            for line in [
                "PUT /tasks/cloud:a/watch", "GET /tasks/cloud:a/watch", "DELETE /tasks/cloud:a/watch",
                "POST /tasks/cloud:a/watch/renew", "GET /watches", "GET /tasks", "GET /deliveries", "GET /deliveries/1",
                "POST /deliveries/1/redeliver", "GET /audit",
            ] {
                let answer = try await server.request(line)
                #expect(answer.status == 501, "\(line)")
                #expect(answer.code == "unsupported_operation")
            }
        }
    }

    @Test(arguments: [
        ("", "Say what"), ("{}", "Say what"), ("{\"lease\": null}", "Say what"), ("null", "object"), ("[]", "object"),
        ("{\"x\": 1}", "unknown key \"x\""), ("{\"lease\": 1, \"lease\": 2}", "already has"),
        ("{\"webhook\": \"https://a\"}", "webhook must be an object"), ("{\"webhook\": {}}", "webhook.url"),
        ("{\"webhook\": {\"url\": \"\"}}", "webhook.url"), ("{\"webhook\": {\"url\": 1}}", "webhook.url"),
        ("{\"webhook\": {\"url\": \"https://a\", \"secret\": 1}}", "webhook has the unknown key \"secret\""),
        ("{\"webhook\": {\"url\": \"https://a\", \"events\": []}}", "webhook.events"),
        ("{\"webhook\": {\"url\": \"https://a\", \"events\": [\"task.done\", \"task.x\"]}}", "webhook.events[1]"),
        ("{\"deadline\": \"soon\"}", "deadline"), ("{\"deadline\": -1}", "deadline"),
        ("{\"deadline\": true}", "deadline"),
        ("{\"deadline\": \"2030-13-01T00:00:00Z\"}", "deadline"), ("{\"lease\": 0}", "lease"),
        ("{\"lease\": \"1d\"}", "lease"), ("{\"lease\": \"2030-01-01T00:00:00Z\"}", "lease"),
    ])
    func `of a wrong shape is refused, with the place`(_ body: String, _ words: String) async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let answer = try await server.request("PUT /tasks/cloud:a/watch", plain, body: body)
            #expect(answer.code == "invalid_request")
            let detail = try #require(try answer.json["detail"]?.string)
            #expect(detail.contains(words), "\(detail)")
            #expect(following.asked.isEmpty)
        }
    }

    @Test func `needs permission, and cancel for what may stop the task`() async throws {
        let following = ScriptedFollowing()
        let lease = "{\"lease\": \"60s\"}"
        let webhook = "{\"webhook\": {\"url\": \"https://hooks.example/x\"}}"
        try await withClients(following) { (server) async throws in
            func put(_ client: String, _ body: String) async throws -> Int {
                try await server.request("PUT /tasks/cloud:a/watch", headers(client), body: body).status
            }
            #expect(try await put("reader", webhook) == 403)
            #expect(try await put("watcher", lease) == 403)
            #expect(try await put("watcher", "{\"deadline\": 60}") == 403)
            #expect(following.asked.isEmpty)
            #expect(try await put("watcher", webhook) == 201)
            #expect(try await put("stopper", lease) == 201)
            #expect(try await server.request("GET /watches", headers("reader")).status == 403)
            // Each has its own.
            let seen = try await server.request("GET /tasks/cloud:a/watch", headers("stopper"))
            #expect(try seen.json["webhook"]?.isNull == true)
            #expect(try await server.request("GET /tasks/cloud:a/watch", headers("narrow")).status == 404)
        }
    }

    @Test func `is made, shown, renewed and taken back`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            #expect(try await server.request("GET /tasks/cloud:a/watch").code == "not_found")
            #expect(try await server.request("DELETE /tasks/cloud:a/watch").code == "not_found")
            #expect(try await server.request("POST /tasks/cloud:a/watch/renew").code == "not_found")
            let body = """
                {"webhook": {"url": "https://hooks.example/x", "events": ["task.lost", "task.done"]}, \
                "deadline": "15m", "lease": 90.5}
                """
            let made = try await server.request("PUT /tasks/cloud:a/watch", plain, body: body)
            #expect(made.status == 201)
            #expect(made["Cache-Control"] == "no-store")
            #expect(
                made.text
                    == #"{"task":"cloud:a","webhook":{"url":"https://hooks.example/x","events":["task.done","task.lost"],"#
                    + #""disabled_at":null},"deadline":"2026-11-21T01:35:03.123Z","#
                    + #""lease":{"seconds":90.5,"ends_at":"2026-11-21T01:21:33.623Z"},"#
                    + #""created_at":"2026-11-21T01:20:03.123Z","fired_at":null,"ended_at":null}"#
            )
            #expect(try await server.request("GET /tasks/cloud:a/watch").text == made.text)
            #expect(try await server.request("POST /tasks/cloud:a/watch/renew", plain, body: "{}").text == made.text)
            let again = try await server.request(
                "PUT /tasks/cloud:a/watch",
                plain,
                body: "{\"deadline\": \"2030-01-31T12:00:00Z\"}"
            )
            #expect(again.status == 200)
            #expect(try again.json["deadline"]?.string == "2030-01-31T12:00:00.000Z")
            #expect(try again.json.members.map(\.key).count == 7)
            let refused = try await server.request("DELETE /tasks/cloud:a/watch", plain, body: "{\"x\": 1}")
            #expect(refused.code == "invalid_request")
            let gone = try await server.request("DELETE /tasks/cloud:a/watch")
            #expect(gone.status == 204)
            #expect(gone["Content-Length"] == nil)
            #expect(try await server.request("GET /tasks/cloud:a/watch").status == 404)
        }
    }

    @Test func `says when what is kept cannot be reached, or the wish makes no sense`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            following.fail(with: GatewayError(.storeUnavailable, "Away.", retryAfter: .seconds(5)))
            let answer = try await server.request("PUT /tasks/cloud:a/watch", plain, body: "{\"lease\": 60}")
            #expect(answer.status == 503)
            #expect(answer.code == "store_unavailable")
            #expect(answer["Retry-After"] == "5")
            #expect(try answer.json["instance"]?.string == "/tasks/cloud:a/watch")
            following.fail(with: GatewayError(.unsupportedOperation, "No."))
            #expect(try await server.request("GET /watches").code == "unsupported_operation")
        }
    }

    @Test func `is listed with the others of its client, page by page`() async throws {
        let following = ScriptedFollowing()
        for native in ["a", "b", "c:ü"] {
            following.set(Watch(client: nil, task: cloud(native), createdAt: begin))
        }
        try await withServer(following: following) { (server) async throws in
            for query in [
                "limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=", "cursor=zz", "cursor=6e31", "x=1",
            ] {
                #expect(try await server.request("GET /watches?\(query)").code == "invalid_request", "\(query)")
            }
            let first = try await server.request("GET /watches?limit=2").json
            #expect(first["watches"]?.elements.map { $0["task"]?.string } == ["cloud:a", "cloud:b"])
            let next = try #require(first["next"]?.string)
            let second = try await server.request("GET /watches?limit=2&cursor=\(next)").json
            #expect(second["watches"]?.elements.map { $0["task"]?.string } == ["cloud:c:ü"])
            #expect(second["next"]?.isNull == true)
            #expect(following.asked.last == .watches(client: nil, after: cloud("b"), limit: 3))
        }
    }
}

@Suite struct `The tasks that are followed` {
    @Test func `are listed by what is asked for`() async throws {
        let following = ScriptedFollowing()
        let seen = SeenTask(
            status: .running,
            fingerprint: Fingerprint(rawValue: 1),
            document: Array(#"{"id":"cloud:a","status":"running"}"#.utf8),
            at: begin
        )
        following.set([
            KeptTask(id: cloud("a"), seen: seen), KeptTask(id: cloud("b"), endedAt: begin, isLost: true),
        ])
        try await withServer(following: following) { (server) async throws in
            for query in ["status=x", "done=1", "watched=false", "provider=X", "status=running,"] {
                #expect(try await server.request("GET /tasks?\(query)").code == "invalid_request", "\(query)")
            }
            let query = "provider=cloud&status=running,queued&status=paused&done=false&watched=true&limit=5"
            let answer = try await server.request("GET /tasks?\(query)")
            #expect(
                answer.text
                    == #"{"tasks":[{"id":"cloud:a","task":{"id":"cloud:a","status":"running"},"ended_at":null,"lost":false},"#
                    + #"{"id":"cloud:b","task":null,"ended_at":"2026-11-21T01:20:03.123Z","lost":true}],"next":null}"#
            )
            let filter = TaskFilter(
                providers: ["cloud"],
                statuses: [.running, .queued, .paused],
                isEnded: false,
                watchedBy: NewEvent.Audience(client: nil)
            )
            #expect(following.asked == [.tasks(filter, after: nil, limit: 6)])
        }
    }

    @Test func `are those of the providers that the client may use`() async throws {
        let following = ScriptedFollowing()
        try await withClients(following) { (server) async throws in
            #expect(try await server.request("GET /tasks?provider=agent", headers("narrow")).code == "forbidden")
            #expect(try await server.request("GET /tasks", headers("stopper")).code == "forbidden")
            #expect(try await server.request("GET /tasks?watched=true", headers("narrow")).status == 200)
            let filter = TaskFilter(providers: ["cloud"], watchedBy: NewEvent.Audience(client: "narrow"))
            #expect(following.asked == [.tasks(filter, after: nil, limit: 101)])
        }
    }
}

@Suite struct `Deliveries` {
    @Test func `are seen by the client that they go to, and by whoever operates`() async throws {
        let following = ScriptedFollowing()
        following.set([delivery(3, "watcher", provider: "agent"), delivery(2, "narrow"), delivery(1, "watcher")])
        try await withClients(following) { (server) async throws in
            func numbers(_ client: String, _ query: String = "") async throws -> [Int?] {
                try await server.request("GET /deliveries\(query)", headers(client)).json["deliveries"]?.elements
                    .map { $0["number"]?.integer } ?? []
            }
            #expect(try await server.request("GET /deliveries", headers("reader")).code == "forbidden")
            #expect(try await numbers("watcher") == [3, 1])
            #expect(try await numbers("narrow") == [2])
            #expect(try await numbers("operator") == [3, 2, 1])
            #expect(try await server.request("GET /deliveries/2", headers("watcher")).code == "not_found")
            #expect(
                try await server.request("POST /deliveries/2/redeliver", headers("watcher")).code == "not_found"
            )
            #expect(!following.asked.contains(.redeliver(2, NewEvent.Audience(client: "watcher"))))
            let body = try await server.request(
                "POST /deliveries/2/redeliver",
                headers("operator"),
                body: #"{"x": 1}"#
            )
            #expect(try body.json["detail"]?.string?.contains("known: none.") == true, "\(body.text)")
            #expect(try await server.request("POST /deliveries/2/redeliver", headers("operator")).status == 202)
            #expect(following.asked.last == .redeliver(2, nil))
        }
    }

    @Test func `are shown with their attempts`() async throws {
        let following = ScriptedFollowing()
        let attempt = DeliveryAttempt(at: begin, duration: .milliseconds(30), status: nil, problem: "refused")
        following.set([delivery(7, nil), delivery(6, nil)], attempts: [7: [attempt, attempt]])
        try await withServer(following: following) { (server) async throws in
            for number in ["0", "-1", "x", "07", "8", "5", "9223372036854775807", "99999999999999999999"] {
                #expect(try await server.request("GET /deliveries/\(number)").code == "not_found", "\(number)")
            }
            let one = try await server.request("GET /deliveries/7")
            #expect(
                one.text
                    == #"{"number":7,"webhook_id":"msg_7","type":"task.done","task":"cloud:a","client":null,"#
                    + #""url":"https://hooks.example/x","state":"failed","attempt_count":2,"#
                    + #""created_at":"2026-11-21T01:20:03.123Z","next_attempt_at":null,"#
                    + #""last_attempt":{"at":"2026-11-21T01:20:03.123Z","duration_seconds":1.25,"status":500,"#
                    + #""problem":"HTTP 500"},"attempts":[{"at":"2026-11-21T01:20:03.123Z","duration_seconds":0.03,"#
                    + #""status":null,"problem":"refused"},{"at":"2026-11-21T01:20:03.123Z","duration_seconds":0.03,"#
                    + #""status":null,"problem":"refused"}]}"#
            )
            let page = try await server.request("GET /deliveries?limit=1&state=failed&task=cloud:a").json
            let next = try #require(page["next"]?.string)
            #expect(
                following.asked.last
                    == .deliveries(DeliveryFilter(task: cloud("a"), state: .failed), below: nil, limit: 2)
            )
            let rest = try await server.request("GET /deliveries?cursor=\(next)").json
            #expect(rest["deliveries"]?.elements.map { $0["number"]?.integer } == [6])
            for query in ["state=x", "task=no-colon", "cursor=\(PageCursor.after(cloud("a")).text)"] {
                #expect(try await server.request("GET /deliveries?\(query)").status == 400, "\(query)")
            }
        }
    }
}

@Suite struct `The audit` {
    private static func record(_ number: Int64, _ task: TaskID) -> KeptAuditRecord {
        let document = Array(#"{"event":"sent","number":\#(number)}"#.utf8)
        return KeptAuditRecord(
            number: number,
            record: AuditRecord(id: "r\(number)", at: begin, task: task, document: document)
        )
    }

    @Test func `is for those who may operate, and of providers that they may use`() async throws {
        let following = ScriptedFollowing()
        following.set([Self.record(3, cloud("a")), Self.record(2, TaskID(provider: "else", native: "a"))])
        try await withClients(following) { (server) async throws in
            for client in ["reader", "watcher", "narrow"] {
                #expect(try await server.request("GET /audit", headers(client)).code == "forbidden")
            }
            #expect(try await server.request("GET /audit", headers("operator")).status == 200)
        }
    }

    @Test func `is shown as it is kept, in parts, of all tasks or of one`() async throws {
        let following = ScriptedFollowing()
        following.set([Self.record(7, cloud("a")), Self.record(6, cloud("a"))])
        try await withServer(following: following) { (server) async throws in
            let page = try await server.request("GET /audit?limit=1&task=cloud:a").json
            #expect(page["records"]?.elements.map { $0["number"]?.integer } == [7])
            #expect(following.asked.last == .audit(cloud("a"), below: nil, limit: 2))
            let next = try #require(page["next"]?.string)
            _ = try await server.request("GET /audit?cursor=\(next)")
            #expect(following.asked.last == .audit(nil, below: 7, limit: 101))
            for query in ["task=no-colon", "limit=0", "state=failed", "cursor=\(PageCursor.after(cloud("a")).text)"] {
                #expect(try await server.request("GET /audit?\(query)").status == 400, "\(query)")
            }
        }
    }
}

@Suite struct `An answer that comes later` {
    @Test func `does not hold up others, and comes in the order of the requests`() async throws {
        let following = ScriptedFollowing()
        following.hold()
        try await withServer(following: following) { (server) async throws in
            let client = try await server.connect()
            try await client.send(
                "GET /watches HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            #expect(try await server.request("GET /tasks/cloud:a").status == 200)
            following.release()
            #expect(try await client.answer().text == #"{"watches":[],"next":null}"#)
            #expect(try await client.answer().text == #"{"status":"ok"}"#)
            await client.close()
        }
    }

    @Test func `is dropped where its caller is gone, or the gateway stopped`() async throws {
        let following = ScriptedFollowing()
        following.hold()
        try await withServer(StubGateway(), .test { $0.drainTime = .milliseconds(50) }, following: following) {
            server in
            let gone = try await server.connect()
            try await gone.send("GET /watches HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let left = try await server.connect()
            try await left.send("GET /watches HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while following.heldCount < 2 { await Task.yield() }
            await gone.close()
            let draining = Task { await server.server.drain() }
            #expect(try await left.answer().code == "shutting_down")
            await draining.value
            await left.close()
            following.release()
        }
    }

    @Test func `is one of so many at once`() async throws {
        let following = ScriptedFollowing()
        following.hold()
        try await withServer(following: following) { (server) async throws in
            var clients: [RawHTTPClient] = []
            for _ in 0..<LaterAnswers.maximumCount / 16 {
                let client = try await server.connect()
                try await client.send(
                    String(repeating: "GET /watches HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 16)
                )
                clients.append(client)
            }
            while following.heldCount < LaterAnswers.maximumCount { await Task.yield() }
            let refused = try await server.request("GET /watches")
            #expect(refused.status == 503)
            #expect(refused.code == "overloaded")
            #expect(refused["Retry-After"] == "1")
            following.release()
            for client in clients {
                for _ in 1...16 { #expect(try await client.answer().status == 200) }
                await client.close()
            }
            #expect(try await server.request("GET /watches").status == 200)
        }
    }
}

@Suite struct `A stream of a client` {
    @Test func `ends when the client is let in no more, and no other stream does`() async throws {
        let following = ScriptedFollowing()
        let staying = Client(
            name: "staying",
            keyDigest: KeyDigest(of: "tg_staying"),
            providers: nil,
            permissions: [.read]
        )
        let leaving = Client(
            name: "leaving",
            keyDigest: KeyDigest(of: "tg_leaving"),
            providers: nil,
            permissions: [.read]
        )
        let directory = ClientDirectory([staying, leaving]) { .zero }
        let gateway = StubGateway()
        try await withServer(gateway, following: following, clients: directory) { (server) async throws in
            var streams = following.streams.makeAsyncIterator()
            var readers: [String: RawHTTPClient] = [:]
            var opened: [String: ScriptedStream] = [:]
            for name in ["staying", "leaving"] {
                let client = try await server.connect()
                try await client.send(
                    "GET /tasks/cloud:a/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer tg_\(name)\r\n\r\n"
                )
                let stream = try #require(await streams.next())
                stream.sink.task(cloud("a"), SharedBytes(Array("{}".utf8)), sequence: 1)
                _ = try await client.answer(toHead: true)
                for _ in 1...2 { _ = try await client.chunk() }
                readers[name] = client
                opened[name] = stream
            }
            await server.server.serve(gateway, clients: ClientDirectory([staying], after: directory) { .zero })
            #expect(try await readers["leaving"]?.chunk().hasPrefix(": ") == true)
            await opened["leaving"]?.closed()
            opened["staying"]?.sink.end(isRepeated: false, sequence: 1)
            #expect(try await readers["staying"]?.chunk().hasSuffix("event: end\ndata: {}\n\n") == true)
            for client in readers.values { await client.close() }
        }
    }
}

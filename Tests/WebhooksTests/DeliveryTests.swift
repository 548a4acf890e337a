import Clients
import CurlUpstream
import Digests
import GatewayCore
import GatewayTesting
import Logging
import Synchronization
import TaskModel
import TaskStorage
import Testing
import Upstream
import Webhooks

/// A real receiver, a real libcurl, and a clock that is moved by hand.
private final class Course: Sendable {
    let timekeeper = ManualTimekeeper()
    let store = MemoryStore(changed: {})
    let dispatcher: WebhookDispatcher
    private let transport: CurlTransport
    private let rules: WebhookDispatcher.Rules

    init(previous: Bool = false, giveUp: Duration = .seconds(86_400)) throws {
        transport = try CurlTransport(configuration: CurlTransport.Configuration())
        let current = try #require(WebhookSecret(Secret("whsec_" + Base64.encode(Array(repeating: 1, count: 32)))))
        let before = try #require(WebhookSecret(Secret("whsec_" + Base64.encode(Array(repeating: 2, count: 32)))))
        rules = WebhookDispatcher.Rules(
            clients: ClientRights([Self.client()]),
            secrets: WebhookSecrets(common: .init(current: current, previous: previous ? before : nil), own: [:]),
            targets: WebhookTargets(allowed: ["127.0.0.1"]),
            schedule: DeliverySchedule(giveUp: giveUp)
        )
        dispatcher = WebhookDispatcher(
            store,
            owner: "first",
            through: transport,
            rules: rules,
            userAgent: "Taskgate/test",
            timekeeper: timekeeper,
            randomness: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func end() async {
        // What is still under way then ends with it.
        async let stopped: Void = dispatcher.stop()
        transport.shutdown()
        await stopped
    }

    static func id(_ native: String) -> TaskID { TaskID(provider: "qmail", native: native) }

    /// The client that the configuration has.
    static func client(_ permissions: Set<ClientPermission> = [.watch], providers: Set<String>? = nil) -> Client {
        Client(name: "app", keyDigest: KeyDigest(of: "key"), providers: providers, permissions: permissions)
    }

    /// The configuration is read again, and has these clients.
    func use(_ clients: [Client]) async {
        var rules = rules
        rules.clients = ClientRights(clients)
        await dispatcher.use(rules)
    }

    /// Has an event of a task delivered to a URL.
    func tell(_ native: String, _ url: String, _ types: [TaskEventType] = [.done], of client: String? = nil) {
        let now = timekeeper.now().time
        let task = Self.id(native)
        _ = store.put(
            Watch(
                client: client,
                task: task,
                webhook: .init(url: url, events: Set(TaskEventType.allCases)),
                createdAt: now
            ),
            isDone: false,
            seenAt: now,
            at: now
        )
        _ = store.claim(for: "follower", until: now.advanced(by: .seconds(600)), limit: 10_000, anew: false, at: now)
        let events = types.enumerated().map { index, type in
            NewEvent(id: "evt_\(native)_\(index)", type: type, document: Array(#"{"id":"qmail:\#(native)"}"#.utf8))
        }
        _ = store.record([TaskChange(task: task, events: events)], by: "follower", at: now)
    }

    var deliveries: [Delivery] { store.deliveries(DeliveryFilter(), below: nil, limit: 10_000).reversed() }

    /// Lets time pass until something is so.
    func pass(step: Duration = .milliseconds(50), until isSo: () async -> Bool) async throws {
        for _ in 0..<4000 {
            if await isSo() { return }
            timekeeper.advance(by: step)
            await dispatcher.look()
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("it never came")
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A webhook` {
    @Test func `is sent once, signed, and counts as delivered when its receiver takes it`() async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("")] }
        let course = try Course(previous: true)
        course.tell("a", "\(receiver.origin)/hook?x=1")
        try await course.pass { course.deliveries.first?.state == .delivered }
        let request = try #require(receiver.requests.first)
        #expect(request.line == "POST /hook?x=1 HTTP/1.1")
        #expect(request.values("content-type") == ["application/json"])
        #expect(request.values("webhook-id") == ["evt_a_0"])
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.hasPrefix(#"{"type":"task.done","timestamp":"2027-01-15T"#))
        #expect(body.hasSuffix(#","data":{"id":"qmail:a"}}"#))
        let timestamp = try #require(request.values("webhook-timestamp").first)
        let signed = Array("evt_a_0.\(timestamp).\(body)".utf8)
        let expected = [UInt8(1), 2].map { byte in
            "v1," + Base64.encode(MessageCode.of(signed, key: Array(repeating: byte, count: 32)))
        }
        #expect(request.values("webhook-signature") == [expected.joined(separator: " ")])
        #expect(receiver.requests.count == 1)
        await course.end()
        await receiver.stop()
    }

    @Test func `is sent again under the same id where it was not taken, after the time that its receiver wants`()
        async throws
    {
        let receiver = try await ScriptedServer.start { request in
            request.position + request.connection == 0
                ? [.answer("", status: "503 Busy", headers: [("Retry-After", "40")])] : [.answer("")]
        }
        let course = try Course()
        let start = course.timekeeper.now().uptime
        course.tell("a", "\(receiver.origin)/")
        try await course.pass(step: .milliseconds(500)) { course.deliveries.first?.state == .delivered }
        #expect(course.timekeeper.now().uptime - start >= .seconds(40))
        #expect(Set(receiver.requests.map { $0.values("webhook-id") }) == [["evt_a_0"]])
        let attempts = try #require(course.store.attempts(of: 1, for: nil))
        #expect(attempts.map(\.status) == [503, 200])
        #expect(attempts.map { $0.problem == nil } == [false, true])
        await course.end()
        await receiver.stop()
    }

    @Test(arguments: [
        [ScriptedStep.answer(String(repeating: "a", count: 100_000))],
        [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .close],
        [.answer("this is not gzip", headers: [("Content-Encoding", "gzip")])],
    ])
    func `is taken when its receiver says so, whatever stands behind that`(_ steps: [ScriptedStep]) async throws {
        let receiver = try await ScriptedServer.start { _ in steps }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/")
        try await course.pass { (course.deliveries.first?.attempts ?? 0) > 0 }
        #expect(course.deliveries.first?.state == .delivered)
        #expect(course.deliveries.first?.lastAttempt?.status == 200)
        #expect(receiver.requests.count == 1)
        await course.end()
        await receiver.stop()
    }

    @Test func `is sent again when its receiver wants, though it says more than is read`() async throws {
        let page = String(repeating: "a", count: 100_000)
        let receiver = try await ScriptedServer.start { request in
            request.position + request.connection == 0
                ? [.answer(page, status: "503 Busy", headers: [("Retry-After", "40")])] : [.answer("")]
        }
        let course = try Course()
        let start = course.timekeeper.now().uptime
        course.tell("a", "\(receiver.origin)/")
        try await course.pass(step: .milliseconds(500)) { course.deliveries.first?.state == .delivered }
        #expect(course.timekeeper.now().uptime - start >= .seconds(40))
        #expect(course.store.attempts(of: 1, for: nil)?.map(\.status) == [503, 200])
        await course.end()
        await receiver.stop()
    }

    @Test func `goes nowhere else when its receiver sends it on`() async throws {
        let other = try await ScriptedServer.start { _ in [.answer("")] }
        let receiver = try await ScriptedServer.start { _ in
            [.answer("", status: "302 Found", headers: [("Location", "\(other.origin)/")])]
        }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/")
        try await course.pass { (course.deliveries.first?.attempts ?? 0) >= 1 }
        #expect(course.deliveries.first?.state == .pending)
        #expect(other.requests.isEmpty)
        await course.end()
        await receiver.stop()
        await other.stop()
    }

    @Test func `is given up when the time for it is over`() async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("", status: "500 Oh")] }
        let course = try Course(giveUp: .seconds(60))
        course.tell("a", "\(receiver.origin)/")
        try await course.pass(step: .seconds(1)) { course.deliveries.first?.state == .failed }
        // At once, after 5 s and after 30 s more; the next would be too late.
        #expect(course.deliveries.first?.attempts == 3)
        await course.end()
        await receiver.stop()
    }

    @Test func `gets nothing more once its receiver is gone for good`() async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("", status: "410 Gone")] }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/", [.updated, .updated, .done])
        try await course.pass { course.deliveries.allSatisfy { $0.state == .failed } }
        #expect(receiver.requests.count == 1)
        #expect(course.store.watch(of: nil, on: Course.id("a"))?.webhook?.disabledAt != nil)
        await course.end()
        await receiver.stop()
    }

    @Test(arguments: [
        [], [Course.client([.read, .cancel])], [Course.client(providers: ["xpander"])],
    ])
    func `is not sent for a client that is gone or may not watch the task any more, not even later`(
        clients: [Client]
    ) async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("", status: "500 Oh")] }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/", [.updated, .done], of: "app")
        try await course.pass { course.deliveries.first?.attempts == 1 }
        #expect(receiver.requests.count == 1, "while it is there")
        await course.use(clients)
        try await course.pass(step: .seconds(1)) { course.deliveries.allSatisfy { $0.state == .failed } }
        let problem = "Not sent: the configuration has no client app any more that may watch tasks of qmail."
        #expect(course.deliveries.map { $0.lastAttempt?.problem } == [problem, problem])
        #expect(course.deliveries.map(\.attempts) == [2, 1])
        #expect(receiver.requests.count == 1)
        await course.end()
        await receiver.stop()
    }

    @Test func `of nobody by name is sent with clients, too`() async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("")] }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/")
        try await course.pass { course.deliveries.first?.state == .delivered }
        await course.end()
        await receiver.stop()
    }

    @Test func `tells the events of a task in their order`() async throws {
        let receiver = try await ScriptedServer.start { request in
            request.connection + request.position == 1
                ? [.answer("", status: "500 Oh")] : [.answer("")]
        }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/", [.updated, .updated, .updated, .done])
        try await course.pass(step: .milliseconds(200)) { course.deliveries.allSatisfy { $0.state == .delivered } }
        let ids = receiver.requests.flatMap { $0.values("webhook-id") }
        #expect(ids == ["evt_a_0", "evt_a_1", "evt_a_1", "evt_a_2", "evt_a_3"])
        await course.end()
        await receiver.stop()
    }

    @Test func `leaves nothing behind that looks for others more and more often`() async throws {
        let receiver = try await ScriptedServer.start { _ in [.answer("")] }
        let course = try Course()
        for number in 0..<20 { course.tell("\(number)", "\(receiver.origin)/") }
        await course.dispatcher.look()
        for _ in 0..<2000 where course.deliveries.contains(where: { $0.state != .delivered }) {
            course.timekeeper.advance(by: .milliseconds(20))
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(course.deliveries.allSatisfy { $0.state == .delivered })
        for _ in 0..<200 {
            course.timekeeper.advance(by: .milliseconds(20))
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(course.timekeeper.wakeCount <= 2, "\(course.timekeeper.wakeCount) looks to come")
        await course.end()
        await receiver.stop()
    }

    @Test func `is waited for at the end, so that it is not sent once more, but not for long`() async throws {
        let gate = ScriptedGate()
        let receiver = try await ScriptedServer.start { request in
            request.target == "/slow" ? [.hold(gate), .answer("")] : []
        }
        let course = try Course()
        course.tell("a", "\(receiver.origin)/slow")
        try await course.pass { receiver.requests.count == 1 }
        async let stopped: Void = course.dispatcher.stop()
        gate.open()
        await stopped
        #expect(course.deliveries.first?.state == .delivered)

        let other = try Course()
        other.tell("a", "\(receiver.origin)/never")
        try await other.pass { receiver.requests.count == 2 }
        async let stoppedToo: Bool = {
            await other.dispatcher.stop()
            return true
        }()
        // The clock stands still until it is moved.
        for _ in 0..<100 {
            other.timekeeper.advance(by: .milliseconds(50))
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(await stoppedToo)
        #expect(other.deliveries.first?.state == .pending)
        await course.end()
        await other.end()
        await receiver.stop()
    }

    @Test func `is not later because another receiver does not answer`() async throws {
        let gate = ScriptedGate()
        let slow = try await ScriptedServer.start { _ in [.hold(gate), .answer("")] }
        let quick = try await ScriptedServer.start { _ in [.answer("")] }
        let course = try Course()
        for number in 0..<200 { course.tell("slow\(number)", "\(slow.origin)/") }
        for number in 0..<50 { course.tell("quick\(number)", "\(quick.origin)/") }
        try await course.pass { quick.requests.count == 50 }
        // Few calls are under way to the slow one, and the rest of its deliveries waits in the store.
        #expect(slow.requests.count <= 8)
        gate.open()
        await course.end()
        await slow.stop()
        await quick.stop()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A route to the public internet alone` {
    @Test func `reaches nothing on this machine`() async throws {
        let server = try await ScriptedServer.start { _ in [.answer("")] }
        let transport = try CurlTransport(configuration: CurlTransport.Configuration())
        for origin in [server.origin, "http://localhost:\(server.port)", "http://[::1]:\(server.port)"] {
            let route = UpstreamRoute(
                name: "webhook",
                method: "GET",
                origin: origin,
                headers: [],
                isRepeatable: true,
                limits: UpstreamLimits(),
                reach: .publicAddresses
            )
            let error = await #expect(throws: UpstreamError.self) {
                try await transport.send(UpstreamRequest(route: route, target: "/"))
            }
            #expect(error?.kind == .refused)
            #expect(error?.mayHaveArrived == false)
        }
        #expect(server.connectionCount == 0)
        transport.shutdown()
        await server.stop()
    }
}

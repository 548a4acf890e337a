import Following
import GatewayCore
import GatewayTesting
import Logging
import Synchronization
import TaskModel
import TaskStorage
import Testing
import Webhooks

/// What a stream was told, in its order.
private final class Told: EventSink {
    enum Line: Equatable {
        case task(String, String, Int64?)
        case event(String, TaskEventType, Int64)
        case failed(String, ErrorCode)
        case end(isRepeated: Bool)
        case cut(ErrorCode)
    }

    private let told = Mutex<[Line]>([])
    private let standing = Atomic(false)

    /// Whether it goes on.
    var isStanding: Bool { standing.load(ordering: .relaxed) }

    var lines: [Line] { told.withLock { $0 } }

    private func add(_ line: Line) { told.withLock { $0.append(line) } }

    func task(_ task: TaskID, _ document: SharedBytes, sequence: Int64?) {
        let text = String(decoding: document.bytes, as: UTF8.self)
        let status = TaskStatus.allCases.first { text.contains("\"status\":\"\($0.rawValue)\"") }
        add(.task(task.native, status?.rawValue ?? text, sequence))
    }

    func event(_ event: StreamedEvent) { add(.event(event.task.native, event.type, event.sequence)) }

    func failed(_ task: TaskID, _ error: GatewayError, sequence: Int64?) { add(.failed(task.native, error.code)) }

    func end(isRepeated: Bool, sequence: Int64) { add(.end(isRepeated: isRepeated)) }

    func stands() { standing.store(true, ordering: .relaxed) }

    func cut(_ reason: GatewayError) { add(.cut(reason.code)) }
}

@Suite(.timeLimit(.minutes(1))) struct `A stream of events` {
    private let timekeeper = ManualTimekeeper()
    private let gateway: PlayedGateway
    private let store = MemoryStore(changed: {})
    private let follower: Follower
    private let hub: EventHub
    private let service: FollowingService

    init() {
        gateway = PlayedGateway(timekeeper)
        let numbers = Counter()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        follower = Follower(
            store,
            owner: "first",
            gateway: gateway,
            rules: FollowingRules(
                cancelHold: .seconds(600),
                mayCancel: { _, _ in true },
                newID: { "evt_\(numbers.next())" },
                randomness: { 0 }
            ),
            timekeeper: timekeeper,
            logger: logger
        )
        hub = EventHub(store, gateway: gateway, timekeeper: timekeeper, logger: logger)
        let timekeeper = timekeeper
        service = FollowingService(
            store,
            hub,
            .init(
                gateway: gateway,
                secrets: WebhookSecrets(common: nil, own: [:]),
                targets: WebhookTargets(allowed: [])
            ),
            now: { timekeeper.now().time }
        )
    }

    private func id(_ native: String) -> TaskID { TaskID(provider: "qmail", native: native) }

    private func pass(until isSo: () async -> Bool) async throws {
        for _ in 0..<2000 {
            if await isSo() { return }
            timekeeper.advance(by: .milliseconds(50))
            await hub.look()
            await follower.look()
            try await Task.sleep(for: .microseconds(200))
        }
        Issue.record("it never came")
    }

    @Test func `begins with where each task stands, then tells each change, and ends when all are over`() async throws {
        gateway.put(id("a"), .running)
        gateway.put(id("b"), .completed)
        let told = Told()
        _ = service.open([id("a"), id("b")], for: nil, after: nil, into: told)
        try await pass { told.lines.count == 2 && gateway.waiting == 1 }
        #expect(told.lines == [.task("a", "running", nil), .task("b", "completed", 0)])
        gateway.put(id("a"), .paused)
        try await pass { told.lines.count == 3 }
        gateway.put(id("a"), .completed)
        try await pass { told.lines.count == 5 }
        // The first event is that the other one is over, which was told already.
        #expect(
            Array(told.lines.dropFirst(2))
                == [.event("a", .updated, 2), .event("a", .done, 3), .end(isRepeated: false)]
        )
        #expect(await hub.count == 0)
    }

    @Test func `of a task that is over ends at once`() async throws {
        gateway.put(id("a"), .completed)
        let told = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: told)
        try await pass { told.lines.count == 2 }
        #expect(told.lines == [.task("a", "completed", 0), .end(isRepeated: false)])
    }

    @Test func `of a task that its provider does not know says so, and goes on with the others`() async throws {
        gateway.put(id("a"), .running)
        let told = Told()
        _ = service.open([id("nobody"), id("a")], for: nil, after: nil, into: told)
        try await pass { told.lines.count == 2 }
        #expect(told.lines == [.failed("nobody", .taskNotFound), .task("a", "running", 0)])
        try await pass { gateway.waiting == 1 }
        gateway.put(id("a"), .failed)
        try await pass { told.lines.last == .end(isRepeated: false) }
    }

    @Test func `goes on behind the event that its reader has, wherever it was cut`() async throws {
        gateway.put(id("a"), .running)
        let whole = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: whole)
        try await pass { whole.lines.count == 1 && gateway.waiting == 1 }
        for (index, status) in [TaskStatus.paused, .running, .inputRequired, .completed].enumerated() {
            gateway.put(id("a"), status)
            try await pass { whole.lines.count >= index + 2 }
        }
        let events = whole.lines.filter { if case .event = $0 { true } else { false } }
        #expect(events.count == 4)
        for cut in 0..<4 {
            let rest = Told()
            _ = service.open([id("a")], for: nil, after: Int64(cut), into: rest)
            try await pass { rest.lines.last == .end(isRepeated: false) }
            #expect(Array(rest.lines.dropLast()) == Array(events[cut...]))
        }
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 4, into: again)
        try await pass { !again.lines.isEmpty }
        #expect(again.lines == [.end(isRepeated: true)])
    }

    @Test func `begins anew where what its reader has is too long ago`() async throws {
        gateway.put(id("a"), .running)
        let first = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        for status in [TaskStatus.paused, .running, .paused] {
            gateway.put(id("a"), status)
            let count = first.lines.count
            try await pass { first.lines.count > count }
        }
        stream.close()
        let none = Retention.Bounds(age: .zero, count: 0)
        timekeeper.advance(by: .seconds(1))
        _ = store.prune(
            Retention(events: none, deliveries: none, endedTasks: none, audit: none),
            at: timekeeper.now().time
        )
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 1, into: again)
        try await pass { !again.lines.isEmpty }
        #expect(again.lines == [.task("a", "paused", 3)])
    }

    @Test func `says at once that it stands to a reader that has missed nothing`() async throws {
        gateway.put(id("a"), .running)
        let first = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        stream.close()
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 0, into: again)
        try await pass { again.isStanding }
        #expect(again.lines.isEmpty)
    }

    @Test func `tells an end that came while nobody followed its task, however late its reader comes back`()
        async throws
    {
        gateway.put(id("a"), .running)
        let first = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        stream.close()
        // Nobody follows it any more.
        try await pass {
            timekeeper.advance(by: .seconds(1))
            return gateway.waiting == 0 && store.task(id("a"))?.isWanted(at: timekeeper.now().time) != true
        }
        gateway.put(id("a"), .completed)
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 0, into: again)
        try await pass { again.lines.count == 2 }
        #expect(again.lines == [.event("a", .done, 1), .end(isRepeated: false)])
    }

    @Test func `goes on for a reader that comes back while its provider is away`() async throws {
        gateway.put(id("a"), .running)
        let first = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        stream.close()
        gateway.fail(id("a"), GatewayError(.providerUnavailable, "Away."))
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 0, into: again)
        try await pass { again.isStanding }
        #expect(again.lines.isEmpty)
        gateway.put(id("a"), .completed)
        try await pass { again.lines.count == 2 }
        #expect(again.lines == [.event("a", .done, 1), .end(isRepeated: false)])
    }

    @Test func `tells a reader that comes back that its task was lost meanwhile`() async throws {
        gateway.put(id("a"), .running)
        let first = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        stream.close()
        gateway.fail(id("a"), GatewayError(.taskNotFound, "Unknown."))
        let again = Told()
        _ = service.open([id("a")], for: nil, after: 0, into: again)
        try await pass { again.lines.count == 2 }
        #expect(again.lines == [.event("a", .lost, 1), .end(isRepeated: false)])
    }

    @Test func `of a task that was lost, and is known again, goes on`() async throws {
        gateway.put(id("a"), .running)
        let first = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { gateway.waiting == 1 }
        gateway.fail(id("a"), GatewayError(.taskNotFound, "Unknown."))
        try await pass { first.lines.last == .end(isRepeated: false) }
        #expect(first.lines.contains(.event("a", .lost, 1)))
        let unknown = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: unknown)
        try await pass { unknown.lines.count == 2 }
        #expect(unknown.lines == [.failed("a", .taskNotFound), .end(isRepeated: false)])
        gateway.put(id("a"), .running)
        let again = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: again)
        try await pass { !again.lines.isEmpty && gateway.waiting == 1 }
        gateway.put(id("a"), .completed)
        try await pass { again.lines.count == 3 }
        #expect(again.lines == [.task("a", "running", 1), .event("a", .done, 2), .end(isRepeated: false)])
    }

    @Test func `of a task that runs again under its id shows the new run`() async throws {
        gateway.restarts = true
        gateway.put(id("a"), .completed)
        let first = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: first)
        try await pass { store.task(id("a"))?.endedAt != nil }
        timekeeper.advance(by: .seconds(1))
        gateway.put(id("a"), .running)
        let again = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: again)
        try await pass { !again.lines.isEmpty && gateway.waiting == 1 }
        gateway.put(id("a"), .failed)
        try await pass { again.lines.count == 3 }
        #expect(again.lines == [.task("a", "running", 1), .event("a", .done, 2), .end(isRepeated: false)])
    }

    @Test func `tells of a deadline to its own client alone`() async throws {
        gateway.put(id("a"), .running)
        let (own, other) = (Told(), Told())
        var watch = Watch(client: "app", task: id("a"), webhook: nil, deadline: nil, createdAt: timekeeper.now().time)
        watch.deadline = timekeeper.now().time.advanced(by: .seconds(2))
        _ = store.put(watch, isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        _ = service.open([id("a")], for: "app", after: nil, into: own)
        _ = service.open([id("a")], for: "other", after: nil, into: other)
        func events(_ told: Told) -> [TaskEventType] {
            told.lines.compactMap { if case .event(_, let type, _) = $0 { type } else { nil } }
        }
        try await pass { own.lines.last == .end(isRepeated: false) && other.lines.last == .end(isRepeated: false) }
        #expect(events(own).contains(.deadlinePassed))
        #expect(events(own).filter { $0 != .deadlinePassed } == events(other))
    }

    @Test func `costs its provider nothing more where others show the same task`() async throws {
        gateway.put(id("a"), .running)
        var streams: [any EventStream] = []
        var told: [Told] = []
        for _ in 0..<100 {
            told.append(Told())
            streams.append(service.open([id("a")], for: nil, after: nil, into: told[told.count - 1]))
        }
        try await pass { told.allSatisfy { $0.lines.count == 1 } && gateway.waiting == 1 }
        gateway.put(id("a"), .completed)
        try await pass { told.allSatisfy { $0.lines.last == .end(isRepeated: false) } }
        #expect(gateway.waiting == 0)
        // Where it stands is asked once for all of them, and once by whoever follows it, who waits for the rest.
        #expect(gateway.asked.filter { $0.wait == nil }.count <= 2)
        #expect(gateway.asked.filter { $0.wait != nil }.count <= 3)
    }

    @Test func `tells the store of its task only where no other stream has`() async throws {
        gateway.put(id("a"), .running)
        let changes = Counter()
        let store = MemoryStore(changed: { _ = changes.next() })
        let hub = EventHub(
            store,
            gateway: gateway,
            timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let basis = FollowingService.Basis(
            gateway: gateway,
            secrets: WebhookSecrets(common: nil, own: [:]),
            targets: WebhookTargets(allowed: [])
        )
        let timekeeper = timekeeper
        let service = FollowingService(store, hub, basis, now: { timekeeper.now().time })
        func open() async throws {
            let told = Told()
            _ = service.open([id("a")], for: nil, after: nil, into: told)
            try await pass { !told.lines.isEmpty }
            #expect(told.lines == [.task("a", "running", 0)])
        }
        for _ in 0..<5 { try await open() }
        #expect(changes.next() == 2)
        timekeeper.advance(by: .seconds(30))
        for _ in 0..<5 { try await open() }
        #expect(changes.next() == 4)
    }

    @Test func `is told nothing after it was closed`() async throws {
        gateway.put(id("a"), .running)
        let told = Told()
        let stream = service.open([id("a")], for: nil, after: nil, into: told)
        try await pass { told.lines.count == 1 }
        stream.close()
        try await pass { await hub.count == 0 }
        gateway.put(id("a"), .completed)
        for _ in 0..<20 {
            timekeeper.advance(by: .milliseconds(50))
            await follower.look()
            await hub.look()
        }
        #expect(told.lines.count == 1)
    }

    @Test func `is cut when the gateway stops, so that its reader comes back`() async throws {
        gateway.put(id("a"), .running)
        let told = Told()
        _ = service.open([id("a")], for: nil, after: nil, into: told)
        try await pass { told.lines.count == 1 }
        await hub.stop()
        #expect(told.lines.last == .cut(.shuttingDown))
    }
}

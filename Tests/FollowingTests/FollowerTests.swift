import Following
import GatewayCore
import GatewayTesting
import Logging
import TaskModel
import TaskStorage
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Whoever follows tasks` {
    private let timekeeper = ManualTimekeeper()
    private let gateway: PlayedGateway
    private let store = MemoryStore(changed: {})
    private let follower: Follower

    init() {
        gateway = PlayedGateway(timekeeper)
        follower = Self.follower("first", store, gateway, timekeeper)
    }

    private static func follower(
        _ name: String,
        _ store: any TaskStore,
        _ gateway: PlayedGateway,
        _ timekeeper: ManualTimekeeper
    ) -> Follower {
        let numbers = Counter()
        return Follower(
            store,
            owner: name,
            gateway: gateway,
            rules: FollowingRules(
                cancelHold: .seconds(600),
                mayCancel: { _, _ in true },
                newID: { "evt_\(name)_\(numbers.next())" },
                randomness: { 0 }
            ),
            timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func id(_ native: String) -> TaskID { TaskID(provider: "qmail", native: native) }

    private func watch(_ native: String, deadline: Duration? = nil) -> Watch {
        let now = timekeeper.now().time
        return Watch(
            client: "app",
            task: id(native),
            webhook: .init(url: "https://example.com/hook", events: Set(TaskEventType.allCases)),
            deadline: deadline.map { now.advanced(by: $0) },
            createdAt: now
        )
    }

    private var events: [TaskEventType] { store.events(of: nil, after: 0, limit: 1000).map(\.event.type) }

    /// Lets time pass in small steps until something is so.
    private func pass(until isSo: () async -> Bool) async throws {
        for _ in 0..<2000 {
            if await isSo() { return }
            timekeeper.advance(by: .milliseconds(50))
            try await Task.sleep(for: .microseconds(200))
        }
        Issue.record("it never came")
    }

    @Test func `tells a watch what happens to its task, and stops when it is over`() async throws {
        gateway.put(id("a"), .running)
        _ = store.put(watch("a"), isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        gateway.put(id("a"), .paused)
        try await pass { events == [.updated] }
        gateway.put(id("a"), .completed)
        try await pass { events == [.updated, .done] }
        try await pass { await follower.count == 0 }
        #expect(store.task(id("a"))?.endedAt != nil)
        #expect(store.deliveries(DeliveryFilter(), below: nil, limit: 10).count == 2)
    }

    @Test func `asks nobody about what nobody wants`() async throws {
        gateway.put(id("a"), .running)
        await follower.look()
        #expect(gateway.asked.isEmpty)
    }

    @Test func `lets go of a task whose watch is taken back`() async throws {
        gateway.put(id("a"), .running)
        _ = store.put(watch("a"), isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        _ = store.removeWatch(of: "app", on: id("a"), at: timekeeper.now().time)
        try await pass { await follower.count == 0 }
        #expect(gateway.waiting == 0)
    }

    @Test func `cancels when a deadline passes, once`() async throws {
        gateway.put(id("a"), .running)
        _ = store.put(
            watch("a", deadline: .seconds(5)),
            isDone: false,
            seenAt: timekeeper.now().time,
            at: timekeeper.now().time
        )
        await follower.look()
        try await pass { events.contains(.done) }
        #expect(events == [.deadlinePassed, .updated, .done])
        #expect(gateway.cancels.count == 1)
        #expect(gateway.cancels.first?.caller == "app")
    }

    @Test func `goes on trying a cancel that is held`() async throws {
        gateway.put(id("a"), .queued)
        gateway.refuseCancels(GatewayError(.taskNotCancellable, "it is queued"))
        let now = timekeeper.now().time
        let held = HeldCancel(
            requestedAt: now,
            requestedBy: "app",
            reason: nil,
            until: now.advanced(by: .seconds(300)),
            execution: nil
        )
        _ = store.hold(held, on: id("a"), at: now)
        await follower.look()
        try await pass { gateway.cancels.count >= 3 }
        gateway.refuseCancels(nil)
        try await pass { store.task(id("a"))?.endedAt != nil }
        #expect(store.task(id("a"))?.heldCancel == nil)
        #expect(events == [.done])
    }

    @Test func `shares tasks with another, each followed by one`() async throws {
        let second = Self.follower("second", store, gateway, timekeeper)
        for number in 0..<300 {
            gateway.put(id("\(number)"), .running)
            _ = store.put(watch("\(number)"), isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        }
        await follower.look()
        await second.look()
        try await pass { gateway.waiting == 300 }
        #expect(await follower.count == 200)
        #expect(await second.count == 100)
    }

    @Test func `takes over what another one stopped following, and invents nothing`() async throws {
        let second = Self.follower("second", store, gateway, timekeeper)
        gateway.put(id("a"), .running)
        _ = store.put(watch("a"), isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        await follower.stop()
        await second.look()
        try await pass { gateway.waiting == 1 }
        gateway.put(id("a"), .completed)
        try await pass { events == [.done] }
    }

    @Test func `keeps nothing of a task that another has taken over`() async throws {
        gateway.put(id("a"), .running)
        _ = store.put(watch("a"), isDone: false, seenAt: timekeeper.now().time, at: timekeeper.now().time)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        // As if the first had slept for a minute.
        let later = timekeeper.now().time.advanced(by: .seconds(60))
        let taken = store.claim(
            for: "second",
            until: later.advanced(by: .seconds(30)),
            limit: 10,
            anew: false,
            at: later
        )
        #expect(taken.count == 1)
        gateway.put(id("a"), .completed)
        try await pass { await follower.count == 0 }
        #expect(events == [])
    }

    @Test func `looks at the store once a second, however often there was news before`() async throws {
        let store = ForgetfulStore()
        let follower = Self.follower("first", store, gateway, timekeeper)
        for _ in 0..<100 {
            await follower.lookSoon()
            timekeeper.advance(by: .milliseconds(130))
            try await Task.sleep(for: .microseconds(200))
        }
        let before = store.claims
        for _ in 0..<600 {
            timekeeper.advance(by: .milliseconds(50))
            try await Task.sleep(for: .microseconds(200))
        }
        #expect((1...40).contains(store.claims - before), "\(store.claims - before) in 30 seconds")
    }

    // MARK: - A store that breaks off

    @Test func `follows what it took by a claim whose answer was lost`() async throws {
        let store = ForgetfulStore()
        let follower = Self.follower("first", store, gateway, timekeeper)
        gateway.put(id("a"), .running)
        // Its claims are prolonged for a while after this, so that the next answer is that of a claim.
        await follower.look()
        let now = timekeeper.now().time
        _ = store.inner.put(watch("a"), isDone: false, seenAt: now, at: now)
        store.fail(.losesAnswers)
        await follower.look()
        #expect(await follower.count == 0)
        store.fail(nil)
        await follower.look()
        #expect(await follower.count == 1)
    }

    @Test func `learns of a change that was told in an answer which was lost`() async throws {
        let store = ForgetfulStore()
        let follower = Self.follower("first", store, gateway, timekeeper)
        gateway.put(id("a"), .running)
        let now = timekeeper.now().time
        _ = store.inner.put(watch("a"), isDone: false, seenAt: now, at: now)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        _ = store.inner.put(watch("a", deadline: .seconds(2)), isDone: false, seenAt: now, at: now)
        store.fail(.losesAnswers)
        await follower.look()
        store.fail(nil)
        await follower.look()
        try await pass { store.inner.watch(of: "app", on: id("a"))?.firedAt != nil }
    }

    @Test func `gives back later what it left while the store was away, so that it can be followed again`() async throws
    {
        let store = ForgetfulStore()
        let follower = Self.follower("first", store, gateway, timekeeper)
        gateway.put(id("a"), .running)
        let now = timekeeper.now().time
        store.inner.stream([id("a")], until: now.advanced(by: .seconds(2)), at: now)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        store.fail(.isAway)
        try await pass { await follower.count == 0 }
        // Let the giving back have failed, too.
        try await Task.sleep(for: .milliseconds(50))
        store.fail(nil)
        let later = timekeeper.now().time
        store.inner.stream([id("a")], until: later.advanced(by: .seconds(600)), at: later)
        try await pass { await follower.count == 1 }
    }

    @Test func `leaves others time to say that they are there after the store was away from all`() async throws {
        let store = ForgetfulStore()
        let (first, second) = (
            Self.follower("first", store, gateway, timekeeper), Self.follower("second", store, gateway, timekeeper)
        )
        gateway.put(id("a"), .running)
        let now = timekeeper.now().time
        _ = store.inner.put(watch("a"), isDone: false, seenAt: now, at: now)
        await first.look()
        await second.look()
        store.fail(.isAway)
        for _ in 0..<60 {
            timekeeper.advance(by: .seconds(1))
            await first.look()
            await second.look()
        }
        store.fail(nil)
        await second.look()
        #expect(await second.count == 0)
        await first.look()
        try await pass { store.inner.task(id("a"))?.seen != nil }
        #expect(await (first.count, second.count) == (1, 0))
    }

    @Test func `keeps what it could not keep as soon as the store answers again`() async throws {
        let store = ForgetfulStore()
        let follower = Self.follower("first", store, gateway, timekeeper)
        gateway.put(id("a"), .running)
        let now = timekeeper.now().time
        _ = store.inner.put(watch("a"), isDone: false, seenAt: now, at: now)
        await follower.look()
        try await pass { gateway.waiting == 1 }
        try await pass { store.inner.task(id("a"))?.seen != nil }
        store.fail(.isAway)
        gateway.put(id("a"), .completed)
        // Long enough for the pauses between tries to have grown.
        for _ in 0..<600 {
            timekeeper.advance(by: .milliseconds(250))
            await follower.look()
            try await Task.sleep(for: .microseconds(200))
        }
        store.fail(nil)
        let back = timekeeper.now().uptime
        try await pass { await follower.count == 0 }
        #expect(timekeeper.now().uptime - back < .seconds(3))
        #expect(
            store.inner.events(of: nil, after: 0, limit: 9).map(\.event.type) == [.done],
            "kept once, though tried often"
        )
    }
}

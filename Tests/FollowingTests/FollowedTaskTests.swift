import Following
import GatewayCore
import TaskModel
import TaskStorage
import Testing

@Suite struct `A task that is followed` {
    private func watch(deadline: Duration? = nil, lease: Duration? = nil, in followed: Followed) -> Watch {
        Watch(
            client: "app",
            task: Followed.id,
            webhook: .init(url: "https://example.com/hook", events: Set(TaskEventType.allCases)),
            deadline: deadline.map { followed.now.time.advanced(by: $0) },
            lease: lease.map { .init(term: $0, endsAt: followed.now.time.advanced(by: $0)) },
            createdAt: followed.now.time
        )
    }

    private func watched(deadline: Duration? = nil, lease: Duration? = nil) -> Followed {
        let start = Followed()
        return Followed(KeptTask(id: Followed.id, watches: [watch(deadline: deadline, lease: lease, in: start)]))
    }

    /// Reads, keeps and forgets what was said about it.
    private func seen(_ status: TaskStatus, _ followed: Followed) {
        followed.read(status)
        followed.saved(.kept)
        _ = followed.take()
    }

    private func isRead(_ actions: [FollowedTask.Action]) -> Bool {
        actions.contains { if case .read = $0 { true } else { false } }
    }

    private func isLeft(_ actions: [FollowedTask.Action]) -> Bool {
        actions.contains { if case .leave = $0 { true } else { false } }
    }

    private func cancel(_ actions: [FollowedTask.Action]) -> HeldCancel? {
        for action in actions { if case .cancel(let held) = action { return held } }
        return nil
    }

    @Test func `is read at once, and then for as long as it changes`() throws {
        let followed = Followed()
        guard case .read(from: nil)? = followed.take().first else {
            Issue.record("it is not read")
            return
        }
        followed.read(.running)
        let change = try #require(followed.change())
        #expect(change.seen?.status == .running)
        followed.saved(.kept)
        guard case .read(from: .some)? = followed.take().first else {
            Issue.record("it is not read again")
            return
        }
    }

    @Test func `has not changed where it is seen for the first time`() throws {
        let followed = Followed()
        followed.read(.running)
        #expect(try #require(followed.change()).events == [])
    }

    @Test func `tells an end that was the first that was seen`() throws {
        let followed = Followed()
        followed.read(.completed)
        let change = try #require(followed.change())
        #expect(change.events.map(\.type) == [.done])
        #expect(change.ending == .done)
    }

    @Test func `tells a change once it was seen, and nothing while nothing changes`() throws {
        let followed = Followed()
        seen(.queued, followed)
        followed.read(.queued)
        #expect(followed.change() == nil)
        followed.read(.running)
        #expect(try #require(followed.change()).events.map(\.type) == [.updated])
    }

    @Test func `is not read while what it showed is not kept`() {
        let followed = Followed()
        _ = followed.take()
        followed.read(.running)
        #expect(!isRead(followed.take()))
        followed.saved(.kept)
        #expect(isRead(followed.take()))
    }

    @Test func `says the same again, under the same ids, where it is not known whether it was kept`() throws {
        let followed = Followed()
        followed.read(.completed)
        let first = try #require(followed.change())
        followed.saved(.failed)
        #expect(followed.change() == nil)
        followed.wait(.seconds(2))
        let again = try #require(followed.change())
        #expect(again == first)
    }

    @Test func `is left to whoever follows it instead`() {
        let followed = Followed()
        followed.read(.running)
        followed.saved(.notOwn)
        #expect(isLeft(followed.take()))
    }

    @Test func `is left once its end is kept`() {
        let followed = Followed()
        followed.read(.failed)
        #expect(!isLeft(followed.take()))
        followed.saved(.kept)
        #expect(isLeft(followed.take()))
    }

    @Test func `is left when the last stream is gone`() {
        let start = Followed()
        let followed = Followed(
            KeptTask(id: Followed.id, streamedUntil: start.now.time.advanced(by: .seconds(40)))
        )
        seen(.running, followed)
        followed.wait(.seconds(39))
        #expect(!isLeft(followed.take()))
        followed.wait(.seconds(2))
        #expect(isLeft(followed.take()))
    }

    // MARK: - Failures

    @Test func `is read again after a failure, and no sooner than the provider wants`() {
        let followed = Followed()
        _ = followed.take()
        followed.read(.failure(GatewayError(.providerUnavailable, "gone", retryAfter: .seconds(20))))
        followed.wait(.seconds(19))
        #expect(!isRead(followed.take()))
        followed.wait(.seconds(2))
        #expect(isRead(followed.take()))
    }

    @Test func `is lost only when its provider did not know it three times, a while apart`() throws {
        let followed = watched()
        seen(.running, followed)
        let missing = Result<TaskAnswer, GatewayError>.failure(GatewayError(.taskNotFound, "unknown"))
        for _ in 0..<2 {
            followed.read(missing)
            #expect(followed.change() == nil)
            followed.wait(.seconds(4))
            #expect(!isRead(followed.take()))
            followed.wait(.seconds(60))
            #expect(isRead(followed.take()))
        }
        followed.read(missing)
        let change = try #require(followed.change())
        #expect(change.ending == .lost)
        #expect(change.events.map(\.type) == [.lost])
    }

    @Test func `is not lost by failures that say nothing about it`() {
        let followed = watched()
        seen(.running, followed)
        for _ in 0..<20 {
            followed.read(.failure(GatewayError(.providerUnavailable, "gone")))
            #expect(followed.change() == nil)
            followed.wait(.seconds(120))
        }
    }

    // MARK: - Deadlines and leases

    @Test func `is cancelled when its deadline passes, and not before`() throws {
        let followed = watched(deadline: .seconds(60))
        seen(.running, followed)
        followed.wait(.seconds(59))
        #expect(followed.change() == nil)
        followed.wait(.seconds(2))
        let change = try #require(followed.change())
        #expect(change.fired == [.init(client: "app")])
        // What it shows has changed, too: a cancel is held.
        #expect(change.events.map(\.type) == [.deadlinePassed, .updated])
        #expect(change.events.first?.audience == .init(client: "app"))
        guard case .replaced(let held?) = change.heldCancel else {
            Issue.record("no cancel is held")
            return
        }
        #expect(held.reason == "deadline")
        #expect(held.requestedBy == "app")
        followed.saved(.kept)
        #expect(cancel(followed.take()) == held)
    }

    @Test(arguments: [true, false])
    func `is not cancelled for a client that may not have it cancelled any more, and is once it may`(
        hasDeadline: Bool
    ) throws {
        let followed = hasDeadline ? watched(deadline: .seconds(60)) : watched(lease: .seconds(60))
        seen(.running, followed)
        followed.letCancel(false)
        followed.wait(.seconds(90))
        #expect(followed.change() == nil)
        #expect(followed.nextWake.map { $0 > followed.now.uptime } ?? true, "it would be woken again and again")
        followed.letCancel(true)
        #expect(followed.nextWake.map { $0 <= followed.now.uptime } == true)
        followed.wait(.zero)
        #expect(try #require(followed.change()).fired == [.init(client: "app")])
    }

    @Test func `sends nothing before the passing of its deadline is kept`() {
        let followed = watched(deadline: .seconds(60))
        seen(.running, followed)
        followed.wait(.seconds(61))
        #expect(cancel(followed.take()) == nil)
        followed.saved(.failed)
        #expect(cancel(followed.take()) == nil)
    }

    @Test func `is cancelled at once where its deadline passed while nobody followed it`() throws {
        let start = Followed()
        var late = watch(deadline: .seconds(60), in: start)
        late.deadline = start.now.time.advanced(by: .seconds(-3600))
        let seen = SeenTask(
            status: .running,
            fingerprint: Fingerprint(rawValue: 1),
            document: Array("{}".utf8),
            at: start.now.time
        )
        let followed = Followed(KeptTask(id: Followed.id, seen: seen, watches: [late]))
        #expect(try #require(followed.change()).fired == [.init(client: "app")])
    }

    @Test func `is not cancelled where it ended before`() throws {
        let followed = watched(deadline: .seconds(60))
        seen(.running, followed)
        followed.read(.completed)
        let change = try #require(followed.change())
        #expect(change.fired == [])
        followed.wait(.seconds(120))
        followed.saved(.kept)
        #expect(isLeft(followed.take()))
    }

    @Test func `is cancelled when its lease runs out, unless that was renewed`() throws {
        let followed = watched(lease: .seconds(30))
        seen(.running, followed)
        followed.wait(.seconds(20))
        var renewed = KeptTask(id: Followed.id, watches: [watch(lease: .seconds(30), in: followed)])
        renewed.seen = SeenTask(
            status: .running,
            fingerprint: Followed.answer(.running, at: followed.now).snapshot.fingerprint(of: .brief),
            document: [],
            at: followed.now.time
        )
        followed.claimed(renewed)
        followed.wait(.seconds(29))
        #expect(followed.change() == nil)
        followed.wait(.seconds(2))
        guard case .replaced(let held?) = try #require(followed.change()).heldCancel else {
            Issue.record("no cancel is held")
            return
        }
        #expect(held.reason == "lease")
    }

    // MARK: - Held cancels

    private func holding(
        until: Duration = .seconds(600),
        execution: Execution? = nil,
        seen document: [UInt8]? = nil
    ) -> Followed {
        let start = Followed()
        let held = HeldCancel(
            requestedAt: start.now.time,
            requestedBy: "app",
            reason: "no longer needed",
            until: start.now.time.advanced(by: until),
            execution: execution
        )
        let seen = document.map {
            SeenTask(status: .queued, fingerprint: Fingerprint(rawValue: 1), document: $0, at: start.now.time)
        }
        return Followed(KeptTask(id: Followed.id, seen: seen, heldCancel: held))
    }

    @Test func `is asked to stop at once where a cancel is held, and again until it can be`() {
        let followed = holding()
        #expect(cancel(followed.take())?.reason == "no longer needed")
        followed.cancelAnswered(.failure(GatewayError(.taskNotCancellable, "not yet")))
        #expect(cancel(followed.take()) == nil)
        followed.wait(.seconds(2))
        #expect(cancel(followed.take()) != nil)
    }

    @Test func `shows a held cancel as deferred`() throws {
        let followed = holding()
        followed.read(.queued)
        let change = try #require(followed.change())
        let document = try #require(change.seen?.document)
        #expect(String(decoding: document, as: UTF8.self).contains(#""state":"deferred""#))
    }

    @Test func `shows a held cancel as deferred, and as nothing new, however many attempts fail`() throws {
        let followed = holding()
        followed.read(.queued)
        followed.saved(.kept)
        _ = followed.take()
        for attempts in 1...3 {
            let failed = CancelRecord(state: .failed, attempts: attempts, detail: "The provider answered 500.")
            followed.read(.queued, cancel: failed)
            #expect(followed.change() == nil)
        }
    }

    @Test func `holds a cancel no longer once the provider has it`() throws {
        let followed = holding()
        followed.cancelAnswered(
            .success(Followed.answer(.running, at: followed.now, cancel: CancelRecord(state: .accepted)))
        )
        #expect(try #require(followed.change()).heldCancel == .replaced(nil))
    }

    @Test func `tells that a held cancel has failed when the time for it is over`() throws {
        let followed = holding(until: .seconds(10))
        followed.read(.queued)
        followed.saved(.kept)
        _ = followed.take()
        followed.wait(.seconds(11))
        followed.cancelAnswered(.failure(GatewayError(.taskNotCancellable, "it is queued")))
        let change = try #require(followed.change())
        #expect(change.heldCancel == .replaced(nil))
        #expect(change.events.first?.type == .cancelFailed)
        let document = String(decoding: change.events[0].document, as: UTF8.self)
        #expect(document.contains(#""state":"failed""#))
        #expect(document.contains("it is queued"))
    }

    @Test func `tells of a cancel that has failed before the first read what the provider said then`() throws {
        let kept = Array(#"{"kept":"long ago"}"#.utf8)
        let followed = holding(until: .seconds(1), seen: kept)
        followed.wait(.seconds(2))
        var error = GatewayError(.taskNotCancellable, "it is queued")
        error.lastKnown = Followed.answer(.queued, at: followed.now).snapshot
        followed.cancelAnswered(.failure(error))
        let event = try #require(followed.change()?.events.first)
        #expect(event.type == .cancelFailed)
        let document = String(decoding: event.document, as: UTF8.self)
        #expect(document.contains(#""state":"failed""#) && document.contains("it is queued"), "\(document)")
    }

    @Test func `drops a held cancel that was for the run before`() throws {
        let first = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
        var execution = TaskSnapshot(
            id: Followed.id,
            status: .running,
            providerStatus: "running",
            observedAt: first
        )
        execution.startedAt = first
        let followed = holding(execution: Execution(execution))
        followed.read(.running, startedAt: first)
        followed.saved(.kept)
        _ = followed.take()
        var error = GatewayError(.taskNotCancellable, "another run")
        error.lastKnown =
            Followed.answer(.running, at: followed.now, startedAt: first.advanced(by: .seconds(500))).snapshot
        followed.cancelAnswered(.failure(error))
        let change = try #require(followed.change())
        #expect(change.heldCancel == .replaced(nil))
        #expect(change.events.map(\.type).contains(.cancelFailed))
    }

    @Test func `never waits for nothing`() {
        let followed = watched(deadline: .seconds(60), lease: .seconds(30))
        for status in [TaskStatus.queued, .running, .paused] {
            followed.read(status)
            #expect(followed.nextWake == nil)
            followed.saved(.kept)
            #expect(followed.nextWake != nil)
        }
    }
}

import GatewayCore
import GatewayTesting
import Synchronization
import TaskModel
import Testing
import Upstream

/// What happens to a cancel of a task that its provider cannot stop yet.
@Suite struct `A cancel that cannot be taken yet` {
    /// A provider whose tasks are queued, and which refuses to stop them.
    private static func bench(holder: (any CancelHolding)? = nil) throws -> GatewayBench {
        try GatewayBench(holder: holder) { sent in
            guard sent.name.hasSuffix("cancel") else { return GatewayBench.answer(#"{"status": "queued"}"#) }
            return .success(UpstreamResponse(status: 400, body: Array("{}".utf8)))
        }
    }

    @Test func `is held where somebody holds it, and is one record and no failure`() throws {
        let holder = Holder(keeps: true)
        let bench = try Self.bench(holder: holder)
        let reply = try bench.ask(.cancel(reason: "enough"))
        #expect(reply.snapshot?.cancel?.state == .deferred)
        #expect(reply.count == 1)
        #expect(holder.held == ["acme:t1"])
        #expect(bench.audited.all == ["sent", "answered deferred"])
    }

    @Test func `is refused where it cannot be held`() throws {
        let bench = try Self.bench(holder: Holder(keeps: false))
        let reply = try bench.ask(.cancel(reason: nil))
        #expect(reply.error?.code == .taskNotCancellable)
        #expect(reply.error?.lastKnown?.status == .queued)
        #expect(bench.audited.all == ["sent", "refused task_not_cancellable"])
    }

    @Test func `is refused where nobody holds any`() throws {
        let bench = try Self.bench()
        #expect(try bench.ask(.cancel(reason: nil)).error?.code == .taskNotCancellable)
        #expect(bench.audited.all == ["sent", "refused task_not_cancellable"])
    }

    @Test func `is refused where the caller brought the key, which is not kept`() throws {
        let holder = Holder(keeps: true)
        let bench = try Self.bench(holder: holder)
        let reply = try bench.ask(.cancel(reason: nil), "own:own1", key: "k_mine")
        #expect(reply.error?.code == .taskNotCancellable)
        #expect(holder.held.isEmpty)
    }

    @Test func `is not held twice when whoever holds it asks again, who is no caller to be recorded`() throws {
        let holder = Holder(keeps: true)
        let bench = try Self.bench(holder: holder)
        let reply = try bench.ask(.cancel(reason: nil), heldSince: Timestamp(millisecondsSinceEpoch: 1))
        #expect(reply.error?.code == .taskNotCancellable)
        #expect(holder.held.isEmpty)
        #expect(bench.audited.all.isEmpty, "it is read first, and then there is nothing to send yet")
    }

    @Test func `is not sent where it was sent before by a process that ended, and has worked`() throws {
        let bench = try GatewayBench { sent in
            sent.name.hasSuffix("cancel") ? nil : GatewayBench.answer(#"{"status": "stopped"}"#)
        }
        let reply = try bench.ask(.cancel(reason: nil), heldSince: Timestamp(millisecondsSinceEpoch: 1))
        #expect(reply.snapshot?.cancel?.state == .confirmed)
        #expect(bench.audited.all == ["answered confirmed"])
    }
}

/// Holds every cancel, or cannot hold any.
private final class Holder: CancelHolding {
    private let keeps: Bool
    private let tasks = Mutex<[String]>([])

    init(keeps: Bool) {
        self.keeps = keeps
    }

    var held: [String] { tasks.withLock { $0 } }

    func hold(_ question: TaskQuestion, on seen: TaskSnapshot, done: @escaping @Sendable (TaskSnapshot?) -> Void) {
        guard keeps else { return done(nil) }
        tasks.withLock { $0.append(question.task.description) }
        var shown = seen
        shown.cancel = CancelRecord(state: .deferred, requestedAt: seen.observedAt)
        done(shown)
    }
}

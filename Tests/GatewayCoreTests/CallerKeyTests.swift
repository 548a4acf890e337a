import GatewayTesting
import Synchronization
import TaskModel
import Testing
import Upstream

@testable import GatewayCore

/// A provider whose callers each bring a key of their own.
@Suite struct `A caller's own key` {
    private let bench: GatewayBench

    init() throws { bench = try GatewayBench() }

    private func ask(_ kind: TaskQuestion.Kind = .status, key: String?, wait: Duration? = nil) throws -> Reply {
        try bench.ask(kind, "own:own1", wait: wait, key: key)
    }

    /// The keys with which something is asked now, in order.
    private var keysUnderWay: [String] {
        bench.transport.open.map { sent in
            sent.request.headers.filter { $0.name == "X-Key" }.map(\.value).joined(separator: ", ")
        }
    }

    @Test func `goes out with its own call, and stands on no route`() throws {
        _ = try ask(key: "k_ann")
        #expect(keysUnderWay == ["Key k_ann"])
        #expect(bench.transport.sent.allSatisfy { !$0.request.route.headers.contains { $0.name == "X-Key" } })
    }

    @Test(
        arguments: [nil, "", "ann", "k_ann bob", "k_ann\r\nX: y", "k_ANN", "k_aaaaaaaaaaaaaaaaaaaaaaaaaaa"] as [String?]
    )
    func `must be there and look like one`(key: String?) throws {
        let error = try #require(try ask(key: key).error)
        #expect(error.code == .invalidRequest)
        #expect(error.detail.contains("Taskgate-Provider-Key"))
        #expect(error.provider == "own")
        if let key, !key.isEmpty { #expect(!error.detail.contains(key)) }
        #expect(bench.transport.sent.isEmpty)
    }

    @Test(arguments: ["acme:t1", "plain:1"])
    func `is refused where it would not be used`(id: String) throws {
        #expect(try bench.ask(.status, id, key: "k_ann").error?.code == .invalidRequest)
        #expect(bench.transport.sent.isEmpty)
    }

    @Test func `sees nothing of what another key has shown`() throws {
        let first = try ask(key: "k_ann")
        let other = try ask(key: "k_bob")
        #expect(keysUnderWay == ["Key k_ann", "Key k_bob"])
        bench.transport.answerNext(#"{"status": "done"}"#)
        bench.transport.answerNext(status: 404, "")
        #expect(first.snapshot?.status == .completed)
        #expect(other.error?.code == .taskNotFound && other.error?.lastKnown == nil)
        bench.timekeeper.advance(by: .seconds(60))
        #expect(try ask(key: "k_ann").snapshot?.status == .completed)
        _ = try ask(key: "k_bob")
        #expect(keysUnderWay == ["Key k_bob"])
    }

    @Test func `shares its reads with calls of the same key`() throws {
        let replies = try (0..<100).map { _ in try ask(key: "k_ann") }
        #expect(keysUnderWay == ["Key k_ann"])
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(replies.allSatisfy { $0.snapshot?.status == .running })
    }

    @Test func `stops the task by itself, whatever another key has asked for`() throws {
        let ann = try ask(.cancel(reason: nil), key: "k_ann")
        let bob = try ask(.cancel(reason: nil), key: "k_bob")
        #expect(keysUnderWay == ["Key k_ann", "Key k_bob"])
        for sent in bench.transport.open {
            bench.transport.answer(sent, GatewayBench.answer(#"{"status": "stopped"}"#))
        }
        // A promise: each is confirmed by a read with its own key.
        #expect(keysUnderWay == ["Key k_ann", "Key k_bob"])
        for sent in bench.transport.open {
            bench.transport.answer(sent, GatewayBench.answer(#"{"status": "stopped"}"#))
        }
        #expect(ann.snapshot?.cancel?.state == .confirmed)
        #expect(bob.snapshot?.cancel?.state == .confirmed)
    }

    @Test func `confirms a cancel whose caller has gone, and is then forgotten`() throws {
        let reply = try ask(.cancel(reason: nil), key: "k_ann")
        bench.gateway.forget(try #require(reply.ticket))
        bench.transport.answerNext(#"{"status": "running"}"#)
        while !bench.transport.open.isEmpty {
            #expect(keysUnderWay == ["Key k_ann"])
            bench.transport.answerNext(#"{"status": "stopped"}"#)
        }
        let task = try #require(reply.ticket?.remembered)
        #expect(bench.keeper.state.withLock { _ in task.callerKey } == nil)
        #expect(bench.keeper.state.withLock { _ in task.machine.lastKnown?.status } != nil)
    }

    @Test func `is what a waiting caller's polls carry`() throws {
        let reply = try ask(key: "k_ann", wait: .seconds(30))
        bench.transport.answerNext(#"{"status": "running"}"#)
        bench.timekeeper.advance(by: .seconds(10))
        #expect(keysUnderWay == ["Key k_ann"])
        bench.transport.answerNext(#"{"status": "done"}"#)
        #expect(reply.snapshot?.status == .completed)
        let task = try #require(reply.ticket?.remembered)
        #expect(bench.keeper.state.withLock { _ in task.callerKey } == nil)
    }

    @Test func `that is refused says nothing of the provider`() throws {
        for number in 0..<30 {
            let reply = try ask(key: "k_" + String(repeating: "a", count: number % 20 + 1))
            bench.transport.answerNext(status: number % 2 == 0 ? 401 : 403, #"{"error": "bad key k_a"}"#)
            let error = reply.error
            #expect(error == nil || error?.isToCallersKey == true)
            bench.timekeeper.advance(by: .seconds(2))
        }
        let report = try #require(bench.gateway.providers().first { $0.name == "own" })
        #expect(report.state == .on && report.circuit == .closed)
        #expect(report.credential == .caller)
    }

    @Test func `is hidden wherever the provider repeats it`() throws {
        let refused = try ask(key: "k_ann")
        bench.transport.answerNext(status: 400, #"{"error": "no Key k_ann here"}"#)
        #expect(refused.error?.providerMessage == "no Key [secret] here")
        bench.timekeeper.advance(by: .seconds(2))
        let seen = try ask(key: "k_ann")
        bench.transport.answerNext(#"{"status": "running", "title": "k_ann"}"#)
        #expect(seen.snapshot?.title == "[secret]")
    }

    @Test func `that calls too often holds up no other`() throws {
        _ = try ask(key: "k_ann")
        bench.transport.answerNext(status: 429, "", headers: [UpstreamHeader("retry-after", "60")])
        _ = try ask(key: "k_bob")
        #expect(keysUnderWay == ["Key k_bob"])
        bench.transport.answerNext(#"{"status": "running"}"#)
        // What says nothing of a key holds for all.
        bench.timekeeper.advance(by: .seconds(5))
        _ = try ask(key: "k_bob")
        bench.transport.answerNext(status: 503, "", headers: [UpstreamHeader("retry-after", "60")])
        #expect(try ask(key: "k_cat").error?.code == .providerError)
    }
}

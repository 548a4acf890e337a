import GatewayCore
import GatewayTesting
import Providers
import TaskModel
import Testing
import Upstream

@Suite struct `Reading the configuration again` {
    private let bench: GatewayBench

    init() throws { bench = try GatewayBench() }

    /// How many requests of a route were sent.
    private func count(_ route: String) -> Int { bench.transport.sent.count { $0.name == route } }

    @Test func `what was seen of a task stays, and its next read carries the new key`() throws {
        _ = try bench.ask(.status)
        bench.transport.answerNext(#"{"status": "running"}"#)
        let next = try bench.serveAgain(after: bench.gateway, key: "another-key-0815")
        #expect(try bench.ask(.status, of: next).snapshot?.status == .running)
        #expect(count("acme status") == 1)
        bench.timekeeper.advance(by: .seconds(60))
        _ = try bench.ask(.status, of: next)
        let headers = try #require(bench.transport.open.first).request.route.headers
        #expect(headers.contains { $0.value == "Bearer another-key-0815" })
    }

    @Test func `an end that was seen is still known`() throws {
        _ = try bench.ask(.status)
        bench.transport.answerNext(#"{"status": "done"}"#)
        let next = try bench.serveAgain(after: bench.gateway)
        bench.timekeeper.advance(by: .seconds(3600))
        #expect(try bench.ask(.status, of: next).snapshot?.status == .completed)
        #expect(count("acme status") == 1)
    }

    @Test func `a cancel that is under way is joined, not sent again`() throws {
        let first = try bench.ask(.cancel(reason: nil))
        let next = try bench.serveAgain(after: bench.gateway)
        let second = try bench.ask(.cancel(reason: nil), of: next)
        #expect(count("acme cancel") == 1)
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(first.snapshot?.cancel?.state == .confirmed)
        #expect(second.snapshot?.cancel?.state == .confirmed)
        #expect(count("acme cancel") == 1)
    }

    @Test func `a call that is under way ends where it began`() throws {
        let reply = try bench.ask(.status)
        _ = try bench.serveAgain(after: bench.gateway, baseURL: "https://elsewhere.example", without: "plain")
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(reply.snapshot?.status == .running)
    }

    @Test func `who waits is answered, by the provider that was asked first`() throws {
        let reply = try bench.ask(.status, wait: .seconds(30))
        bench.transport.answerNext(#"{"status": "running"}"#)
        let next = try bench.serveAgain(after: bench.gateway, baseURL: "https://elsewhere.example")
        let other = try bench.ask(.status, wait: .seconds(30), of: next)
        #expect(bench.transport.open.map(\.request.route.origin) == ["https://elsewhere.example"])
        bench.transport.answerNext(#"{"status": "queued"}"#)
        bench.timekeeper.advance(by: .seconds(31))
        for sent in bench.transport.open {
            let isNew = sent.request.route.origin == "https://elsewhere.example"
            bench.transport.answer(sent, GatewayBench.answer(#"{"status": "\#(isNew ? "queued" : "running")"}"#))
        }
        #expect(reply.snapshot?.status == .running)
        #expect(other.snapshot?.status == .queued)
        #expect(reply.count == 1 && other.count == 1)
    }

    @Test func `who waits at a provider that is still the same is polled for with the new key`() throws {
        let reply = try bench.ask(.status, wait: .seconds(30))
        bench.transport.answerNext(#"{"status": "running"}"#)
        _ = try bench.serveAgain(after: bench.gateway, key: "another-key-0815")
        bench.timekeeper.advance(by: .seconds(10))
        let poll = try #require(bench.transport.open.first)
        #expect(poll.request.route.headers.contains { $0.value == "Bearer another-key-0815" })
        bench.transport.answerNext(#"{"status": "done"}"#)
        #expect(reply.snapshot?.status == .completed)
    }

    @Test func `at another place the same name means other tasks`() throws {
        _ = try bench.ask(.status)
        bench.transport.answerNext(#"{"status": "done"}"#)
        let next = try bench.serveAgain(after: bench.gateway, baseURL: "https://elsewhere.example")
        let reply = try bench.ask(.status, of: next)
        #expect(bench.transport.open.first?.request.route.origin == "https://elsewhere.example")
        bench.transport.answerNext(#"{"status": "queued"}"#)
        #expect(reply.snapshot?.status == .queued)
    }

    @Test func `who still holds the old reading is not told what was seen by the new one`() throws {
        let next = try bench.serveAgain(after: bench.gateway, baseURL: "https://elsewhere.example")
        _ = try bench.ask(.status, of: next)
        bench.transport.answerNext(#"{"status": "done"}"#)
        let reply = try bench.ask(.status)
        #expect(bench.transport.open.first?.request.route.origin == "https://acme.example")
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(reply.snapshot?.status == .running)
    }

    @Test func `a provider that is gone is unknown, and its callers are answered`() throws {
        let reply = try bench.ask(.status)
        let next = try bench.serveAgain(after: bench.gateway, without: "acme")
        let error = #expect(throws: GatewayError.self) { try bench.ask(.status, of: next) }
        #expect(error?.code == .unknownProvider)
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(reply.snapshot?.status == .running)
    }

    @Test func `what was noted of a provider goes on, and so does its circuit unless its limits are new`() throws {
        let limits = ProviderLimits(breaker: BreakerRules(leastCalls: 5), repeatsReads: false)
        let first = try bench.serveAgain(after: bench.gateway, limits: ["acme": limits])
        for number in 0..<5 {
            _ = try bench.ask(.status, "acme:t\(number)", of: first)
            bench.transport.answerNext(status: 500, "")
        }
        let second = try bench.serveAgain(after: first, key: "another-key-0815", limits: ["acme": limits])
        let kept = try #require(second.providers().first { $0.name == "acme" })
        #expect(kept.circuit == .open && kept.failures == 5)
        let third = try bench.serveAgain(after: second)
        let reset = try #require(third.providers().first { $0.name == "acme" })
        #expect(reset.circuit == .closed && reset.failures == 5)
        let moved = try bench.serveAgain(after: third, baseURL: "https://elsewhere.example")
        #expect(moved.providers().first { $0.name == "acme" }?.failures == 0)
    }

    @Test func `an answer names the call that it rests on`() throws {
        let reply = try bench.ask(.status)
        bench.timekeeper.advance(by: .milliseconds(250))
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(reply.record == CallRecord(operation: .status, status: 200, duration: .milliseconds(250)))
        #expect(try bench.ask(.status).record == nil)
    }
}

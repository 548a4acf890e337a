import GatewayCore
import GatewayTesting
import TaskModel
import Testing
import Upstream

@Suite struct `The trace that goes to a provider` {
    private let bench: GatewayBench

    init() throws {
        bench = try GatewayBench(limits: ProviderLimits())
    }

    /// What was sent so far, as the trace that went with each.
    private var traces: [String?] {
        bench.transport.sent.map { sent in sent.request.headers.first { $0.name == "traceparent" }?.value }
    }

    @Test func `is that of the first caller of a read that others join`() throws {
        _ = try bench.ask(.status, trace: "first")
        _ = try bench.ask(.status, trace: "second")
        #expect(traces == ["first"])
        bench.transport.answerNext(#"{"status": "running"}"#)
        bench.timekeeper.advance(by: .seconds(2))
        _ = try bench.ask(.status, trace: "second")
        #expect(traces == ["first", "second"])
    }

    @Test func `is none where the first caller has none`() throws {
        _ = try bench.ask(.status)
        _ = try bench.ask(.status, trace: "second")
        #expect(traces == [nil])
    }

    @Test func `stays the same where the first caller leaves, and the read is made once more`() throws {
        let first = try bench.ask(.status, trace: "first")
        let second = try bench.ask(.status, trace: "second")
        bench.gateway.forget(try #require(first.ticket))
        bench.transport.answerNext(status: 503, "")
        bench.timekeeper.advance(by: .milliseconds(250))
        #expect(traces == ["first", "first"])
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(second.snapshot?.status == .running)
    }

    @Test func `is that of who has waited longest where a poll is for several`() throws {
        let first = try bench.ask(.status, wait: .seconds(60), trace: "first")
        _ = try bench.ask(.status, wait: .seconds(60), trace: "second")
        bench.transport.answerNext(#"{"status": "running"}"#)
        bench.timekeeper.advance(by: .seconds(3))
        #expect(traces == ["first", "first"])
        bench.gateway.forget(try #require(first.ticket))
        bench.transport.answerNext(#"{"status": "running"}"#)
        bench.timekeeper.advance(by: .seconds(10))
        #expect(traces == ["first", "first", "second"])
    }
}

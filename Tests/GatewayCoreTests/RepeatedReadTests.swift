import GatewayCore
import GatewayTesting
import TaskModel
import Testing
import Upstream

@Suite struct `A read that failed in a way that may pass` {
    private static let running = #"{"status": "running"}"#

    private static func failure(_ kind: UpstreamError.Kind) -> UpstreamError {
        UpstreamError(kind, mayHaveArrived: true, detail: "it broke")
    }

    private func bench() throws -> GatewayBench { try GatewayBench(limits: ProviderLimits()) }

    @Test(arguments: [UpstreamError.Kind.unresolvable, .refused, .closed, .malformed])
    func `is made once more after a moment`(kind: UpstreamError.Kind) throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.transport.failNext(Self.failure(kind))
        #expect(reply.count == 0)
        #expect(bench.transport.sent.count == 1, "not at once")
        bench.timekeeper.advance(by: .milliseconds(250))
        #expect(bench.transport.sent.map(\.name) == ["acme status", "acme status"])
        bench.transport.answerNext(Self.running)
        #expect(reply.snapshot?.status == .running)
    }

    @Test(arguments: [502, 503, 504])
    func `by the answer of something in between is made once more`(status: Int) throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.transport.answerNext(status: status, "")
        bench.timekeeper.advance(by: .milliseconds(250))
        bench.transport.answerNext(status: status, "")
        #expect(reply.error?.code == .providerError)
        bench.timekeeper.advance(by: .seconds(60))
        #expect(bench.transport.sent.count == 2, "once, and no more")
        #expect(bench.gateway.providers().first?.calls == 1, "what the caller was told counts")
    }

    @Test(arguments: [UpstreamError.Kind.tls, .timeout, .tooLarge, .abandoned, .unavailable])
    func `is no read that will not get better`(kind: UpstreamError.Kind) throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.transport.failNext(Self.failure(kind))
        #expect(reply.error != nil)
        bench.timekeeper.advance(by: .seconds(1))
        #expect(bench.transport.sent.count == 1)
    }

    @Test(arguments: [(200, "nonsense"), (400, ""), (404, ""), (429, ""), (500, ""), (501, ""), (599, "")])
    func `is no answer that says what is wrong`(status: Int, body: String) throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.transport.answerNext(status: status, body)
        #expect(reply.error != nil)
        bench.timekeeper.advance(by: .seconds(1))
        #expect(bench.transport.sent.count == 1)
    }

    @Test func `is no answer that names its own time`() throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.transport.answerNext(status: 503, "", headers: [UpstreamHeader("retry-after", "3")])
        #expect(reply.error?.retryAfter == .seconds(3))
        bench.timekeeper.advance(by: .seconds(1))
        #expect(bench.transport.sent.count == 1)
    }

    @Test func `is never a cancel, nor a rename`() throws {
        let bench = try bench()
        let cancel = try bench.ask(.cancel(reason: nil))
        bench.transport.failNext(UpstreamError(.refused, mayHaveArrived: false, detail: "refused"))
        #expect(cancel.error?.code == .providerUnavailable)
        let rename = try bench.ask(.rename(title: "x"), "acme:t2")
        bench.transport.failNext(Self.failure(.closed))
        #expect(rename.error?.code == .providerUnavailable)
        bench.timekeeper.advance(by: .seconds(1))
        #expect(bench.transport.sent.map(\.name) == ["acme cancel", "acme rename"])
    }

    @Test func `has only the time that the first one left`() throws {
        let bench = try bench()
        _ = try bench.ask(.status)
        #expect(bench.transport.sent[0].request.timeLimit == nil)
        bench.timekeeper.advance(by: .seconds(4))
        bench.transport.failNext(Self.failure(.closed))
        bench.timekeeper.advance(by: .milliseconds(250))
        // The bench's chance is 100: the moment is 150 ms.
        #expect(bench.transport.sent[1].request.timeLimit == .milliseconds(10_000 - 4000 - 150))
    }

    @Test func `is left as it is where too little time is left`() throws {
        let bench = try bench()
        let reply = try bench.ask(.status)
        bench.timekeeper.advance(by: .milliseconds(9800))
        bench.transport.failNext(Self.failure(.closed))
        #expect(reply.error?.code == .providerUnavailable)
        #expect(bench.transport.sent.count == 1)
    }

    @Test func `is left as it is where nobody wants to know any more`() throws {
        let bench = try bench()
        let gone = try bench.ask(.status)
        bench.gateway.forget(try #require(gone.ticket))
        bench.transport.failNext(Self.failure(.closed))
        let going = try bench.ask(.status, "acme:t2")
        bench.transport.failNext(Self.failure(.closed))
        bench.gateway.forget(try #require(going.ticket))
        bench.timekeeper.advance(by: .seconds(1))
        #expect(bench.transport.sent.count == 2)
        #expect(bench.timekeeper.wakeCount == 0)
    }

    @Test func `is left as it is where the configuration says so`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(repeatsReads: false))
        let reply = try bench.ask(.status)
        bench.transport.failNext(Self.failure(.closed))
        #expect(reply.error?.code == .providerUnavailable)
    }

    @Test func `is told as it was where the second cannot be sent`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1, waiting: 0))
        let reply = try bench.ask(.status)
        bench.transport.answerNext(status: 503, "")
        _ = try bench.ask(.status, "acme:t2")
        bench.timekeeper.advance(by: .seconds(1))
        #expect(reply.error?.code == .providerError)
        #expect(reply.error?.providerHTTPStatus == 503)
    }

    @Test func `makes no more than one call in ten`() throws {
        var rules = BreakerRules()
        rules.leastCalls = 1_000_000
        let bench = try GatewayBench(limits: ProviderLimits(breaker: rules)) { _ in .failure(Self.failure(.closed)) }
        for number in 0..<1000 {
            _ = try bench.ask(.status, "acme:t\(number)")
            bench.timekeeper.advance(by: .milliseconds(300))
        }
        #expect((1090...1110).contains(bench.transport.sent.count), "\(bench.transport.sent.count)")
    }
}

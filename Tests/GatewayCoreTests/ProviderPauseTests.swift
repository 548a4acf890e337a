import GatewayCore
import GatewayTesting
import TaskModel
import Testing
import Upstream

@Suite struct `A provider that names the time at which it may be asked again` {
    private static let running = #"{"status": "running"}"#

    private func refuse(_ bench: GatewayBench, _ status: Int, _ value: String, of header: String = "retry-after") {
        bench.transport.answerNext(status: status, "{}", headers: [UpstreamHeader(header, value)])
    }

    private func report(_ bench: GatewayBench) throws -> ProviderReport {
        try #require(bench.gateway.providers().first { $0.name == "acme" })
    }

    /// The clock of the bench begins here: 2027-01-15T08:00:00Z.
    @Test(arguments: [
        ("retry-after", "7", 7), ("retry-after", " 7", 7), ("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("retry-after", "86400", 300), ("retry-after", "99999999999999999999", 300),
        ("retry-after", "Fri, 15 Jan 2100 08:00:00 GMT", 300), ("x-ratelimit-reset", "1800000060", 60),
    ])
    func `is not polled before, for five minutes at most`(_ header: String, _ value: String, _ seconds: Int) throws {
        let bench = try GatewayBench()
        let first = try bench.ask(.status)
        refuse(bench, 429, value, of: header)
        #expect(first.error?.code == .providerRateLimited)
        bench.timekeeper.advance(by: .seconds(seconds) - .milliseconds(1))
        let refused = try bench.ask(.status, "acme:t2")
        #expect(refused.error?.code == .providerRateLimited)
        #expect(refused.error?.retryAfter ?? .zero >= .milliseconds(1))
        #expect(bench.transport.sent.count == 1)
        bench.timekeeper.advance(by: .milliseconds(1))
        _ = try bench.ask(.status, "acme:t3")
        #expect(bench.transport.sent.count == 2)
    }

    @Test(arguments: [
        ("retry-after", "0"), ("retry-after", "-5"), ("retry-after", "Thu, 15 Jan 2026 08:00:00 GMT"),
        ("retry-after", "next week"), ("retry-after", ""), ("x-ratelimit-reset", "1"), ("x-ratelimit-reset", "soon"),
        ("x-other", "7"),
    ])
    func `is polled on where that time is past, cannot be read or is none`(_ header: String, _ value: String) throws {
        let bench = try GatewayBench()
        let first = try bench.ask(.status)
        refuse(bench, 429, value, of: header)
        #expect(first.error?.code == .providerRateLimited)
        #expect(first.error?.retryAfter != nil)
        _ = try bench.ask(.status, "acme:t2")
        #expect(bench.transport.sent.count == 2)
    }

    @Test func `by a 503 is refused as what that was`() throws {
        let bench = try GatewayBench()
        _ = try bench.ask(.status)
        refuse(bench, 503, "20")
        bench.timekeeper.advance(by: .seconds(5))
        let refused = try bench.ask(.status, "acme:t2")
        #expect(refused.error?.code == .providerError)
        #expect(refused.error?.providerHTTPStatus == nil, "it did not answer this one")
        let left = try #require(refused.error?.retryAfter)
        #expect(left >= .seconds(15) && left < .seconds(19))
        #expect(try report(bench).calls == 1, "what was not sent is no call")
    }

    @Test(arguments: [500, 502, 404, 400])
    func `beside an answer of another kind is not heard`(_ status: Int) throws {
        let bench = try GatewayBench()
        _ = try bench.ask(.status)
        refuse(bench, status, "20")
        _ = try bench.ask(.status, "acme:t2")
        #expect(bench.transport.sent.count == 2)
    }

    @Test func `gets cancels all the same, and the reads that they need`() throws {
        let bench = try GatewayBench()
        _ = try bench.ask(.status)
        refuse(bench, 429, "60")
        let cancel = try bench.ask(.cancel(reason: nil), "acme:t2")
        bench.transport.failNext(UpstreamError(.timeout, mayHaveArrived: true, detail: "late"))
        #expect(bench.transport.open.map(\.name) == ["acme status"], "its silence is settled")
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(cancel.snapshot?.cancel?.state == .confirmed)
        #expect(try bench.ask(.status, "acme:t3").error?.code == .providerRateLimited)
        #expect(try bench.ask(.rename(title: "x"), "acme:t3").error?.code == .providerRateLimited)
    }

    @Test func `in the answer to a cancel is heard too`() throws {
        for status in [429, 503] {
            let bench = try GatewayBench()
            _ = try bench.ask(.cancel(reason: nil))
            refuse(bench, status, "60")
            if status == 503 { bench.transport.answerNext(Self.running) }
            #expect(try bench.ask(.status, "acme:t2").error?.retryAfter ?? .zero >= .seconds(60))
        }
    }

    @Test func `shows it, and who asks meanwhile gets the task as it was last seen`() throws {
        let bench = try GatewayBench()
        _ = try bench.ask(.status, "acme:t2")
        bench.transport.answerNext(Self.running)
        bench.timekeeper.advance(by: .seconds(2))
        _ = try bench.ask(.status)
        refuse(bench, 429, "60")
        #expect(try bench.ask(.status, "acme:t2").error?.lastKnown?.status == .running)
        let report = try report(bench)
        #expect(report.circuit == .closed)
        let now = bench.timekeeper.now().time.millisecondsSinceEpoch
        #expect(report.retryAt?.millisecondsSinceEpoch == now + 60_000)
        bench.timekeeper.advance(by: .seconds(60))
        #expect(try self.report(bench).retryAt == nil)
        #expect(bench.log.all.count == 1)
    }

    @Test func `is polled for those who wait once the time is over, and not by all at one moment`() throws {
        let bench = try GatewayBench(chances: Tally()) { sent in
            sent.number < 1000 ? GatewayBench.answer(Self.running) : nil
        }
        let replies = try (0..<1000).map { try bench.ask(.status, "acme:t\($0)", wait: .seconds(60)) }
        // One more finds out that the provider wants to be left alone.
        _ = try bench.ask(.status, "acme:t5000")
        refuse(bench, 429, "20")
        bench.timekeeper.advance(by: .milliseconds(19_999))
        #expect(bench.transport.sent.count == 1001)
        bench.timekeeper.advance(by: .milliseconds(200))
        #expect((1...200).contains(bench.transport.open.count), "\(bench.transport.open.count)")
        for _ in 0..<50 { bench.timekeeper.advance(by: .milliseconds(100)) }
        #expect(bench.transport.open.count == 1000, "all of them within a quarter of the time")
        for sent in bench.transport.open { bench.transport.answer(sent, GatewayBench.answer(#"{"status": "done"}"#)) }
        #expect(replies.allSatisfy { $0.snapshot?.status == .completed })
    }

    @Test func `has those refused at once who waited for their turn`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1, repeatsReads: false))
        let replies = try (0..<3).map { try bench.ask(.status, "acme:t\($0)") }
        refuse(bench, 429, "20")
        #expect(replies.map { $0.error?.code } == Array(repeating: .providerRateLimited, count: 3))
        #expect(bench.transport.sent.count == 1)
    }
}

import GatewayCore
import GatewayTesting
import Providers
import Synchronization
import TaskModel
import Testing
import Upstream

@Suite struct `One provider` {
    private static let running = #"{"status": "running"}"#
    private static let dead = UpstreamError(.refused, mayHaveArrived: false, detail: "refused")

    private func report(_ bench: GatewayBench, _ name: String = "acme") throws -> ProviderReport {
        try #require(bench.gateway.providers().first { $0.name == name })
    }

    @Test func `that is dead with a thousand pollers is sent few calls, and no other is slower`() throws {
        let isDead = Mutex(true)
        let bench = try GatewayBench(limits: ProviderLimits()) { sent in
            sent.name.hasPrefix("acme") && isDead.withLock { $0 }
                ? .failure(Self.dead) : GatewayBench.answer(Self.running)
        }
        var codes: Set<ErrorCode> = []
        for second in 0..<60 {
            for number in 0..<1000 {
                let reply = try bench.ask(.status, "acme:t\(number)")
                if second > 1 {
                    let error = try #require(reply.error)
                    codes.insert(error.code)
                    #expect(error.retryAfter ?? .zero > .zero)
                }
            }
            #expect(try bench.ask(.status, "plain:\(second)").snapshot?.status == .running)
            bench.timekeeper.advance(by: .seconds(1))
        }
        #expect(codes == [.providerUnavailable])
        let calls = bench.transport.sent.filter { $0.name.hasPrefix("acme") }.count
        // Those that opened the circuit, a few that were made again, and a trial every five seconds.
        #expect((31...45).contains(calls), "\(calls)")
        #expect(try report(bench).state == .degraded)
        #expect(try report(bench).circuit != .closed)
        #expect(try report(bench, "plain").state == .on)
        #expect(try report(bench).calls <= calls, "what was refused is no call of the provider's")
        // Back again: one call finds that out, and then all go.
        isDead.withLock { $0 = false }
        bench.timekeeper.advance(by: .seconds(5))
        #expect(try report(bench).circuit == .halfOpen)
        for number in 0..<1000 {
            #expect(try bench.ask(.status, "acme:t\(number)").snapshot?.status == .running)
        }
        #expect(try report(bench).circuit == .closed)
        #expect(try report(bench).state == .on)
        #expect(bench.log.all.count == 2, "\(bench.log.all)")
    }

    @Test func `is tried by one call alone, and by another where that came to nothing`() throws {
        var rules = BreakerRules()
        rules.leastCalls = 4
        let bench = try GatewayBench(limits: ProviderLimits(breaker: rules, repeatsReads: false))
        for number in 0..<4 {
            _ = try bench.ask(.status, "acme:t\(number)")
            bench.transport.failNext(Self.dead)
        }
        #expect(try bench.ask(.cancel(reason: nil), "acme:t9").error?.code == .providerUnavailable)
        #expect(try report(bench).circuit == .open)
        #expect(try report(bench).retryAt?.millisecondsSinceEpoch == 1_800_000_005_000)
        bench.timekeeper.advance(by: .seconds(5))
        let trial = try bench.ask(.status, "acme:t10")
        #expect(try bench.ask(.status, "acme:t11").error?.code == .providerUnavailable)
        #expect(bench.transport.open.count == 1)
        #expect(try report(bench).circuit == .halfOpen)
        // As when the gateway stops: it says nothing of the provider.
        bench.transport.failNext(UpstreamError(.abandoned, mayHaveArrived: true, detail: "given up"))
        #expect(trial.error?.code == .shuttingDown)
        let second = try bench.ask(.status, "acme:t12")
        bench.transport.answerNext(Self.running)
        #expect(second.snapshot?.status == .running)
        #expect(try report(bench).circuit == .closed)
    }

    @Test func `answers uselessly, and is called on`() throws {
        let bench = try GatewayBench { _ in GatewayBench.answer("<html>") }
        for number in 0..<100 { #expect(try bench.ask(.status, "acme:t\(number)").error != nil) }
        #expect(bench.transport.sent.count == 100)
        #expect(try report(bench).circuit == .closed)
        #expect(try report(bench).state == .degraded)
    }

    @Test func `into which calls vanish takes its own places and no others`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 256)) { sent in
            sent.name.hasPrefix("acme") ? nil : GatewayBench.answer(Self.running)
        }
        let lost = try (0..<5000).map { try bench.ask(.status, "acme:t\($0)") }
        #expect(try report(bench).callsUnderWay == 256)
        #expect(try report(bench).callsWaiting == 4744)
        for number in 0..<500 {
            #expect(try bench.ask(.status, "plain:\(number)").snapshot?.status == .running)
        }
        // A cancel goes before all that wait.
        let cancel = try bench.ask(.cancel(reason: nil), "acme:t9000")
        bench.transport.answerNext(Self.running)
        #expect(bench.transport.sent.last?.name == "acme cancel")
        let silence = UpstreamError(.timeout, mayHaveArrived: true, detail: "late")
        for _ in 0..<20 { bench.transport.failNext(silence) }
        #expect(try report(bench).circuit == .open)
        #expect(try report(bench).callsWaiting == 0)
        #expect(lost.filter { $0.count == 1 }.count >= 4744, "those who waited are told at once")
        #expect(cancel.count == 0)
    }

    @Test func `with full queues refuses at once`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1, waiting: 2))
        for number in 0..<3 { _ = try bench.ask(.status, "acme:t\(number)") }
        let refused = try bench.ask(.status, "acme:t3")
        #expect(refused.error?.code == .overloaded)
        #expect(refused.error?.provider == "acme")
        #expect(refused.error?.retryAfter ?? .zero >= .seconds(1))
        #expect(try bench.ask(.status, "plain:1").error == nil)
        #expect(bench.transport.open.count == 2)
    }

    @Test func `keeps nobody waiting for ever, and sends nothing for those who left`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1, waitingTime: .seconds(2)))
        _ = try bench.ask(.status)
        let overdue = try bench.ask(.status, "acme:t2")
        bench.timekeeper.advance(by: .seconds(1))
        let gone = try bench.ask(.status, "acme:t3")
        let patient = try bench.ask(.status, "acme:t4")
        bench.timekeeper.advance(by: .seconds(1))
        #expect(overdue.error?.code == .overloaded)
        bench.gateway.forget(try #require(gone.ticket))
        bench.transport.answerNext(Self.running)
        #expect(bench.transport.sent.last?.request.target == "/tasks/t4")
        #expect(bench.transport.sent.count == 2)
        bench.transport.answerNext(Self.running)
        #expect(patient.snapshot?.status == .running)
        #expect(try report(bench).callsUnderWay == 0)
    }

    @Test func `with a rate is sent no more than that, and cancels first`() throws {
        let limits = ProviderLimits(rate: CallRate(perSecond: 10, burst: 5))
        let bench = try GatewayBench(limits: limits) { sent in
            GatewayBench.answer(sent.name == "acme cancel" ? #"{"status": "stopped"}"# : Self.running)
        }
        let replies = try (0..<25).map { try bench.ask(.status, "acme:t\($0)") }
        #expect(bench.transport.sent.count == 5)
        let cancel = try bench.ask(.cancel(reason: nil), "acme:t100")
        bench.timekeeper.advance(by: .milliseconds(100))
        #expect(bench.transport.sent.last?.name == "acme cancel")
        #expect(cancel.snapshot?.cancel?.state == .confirmed)
        bench.timekeeper.advance(by: .seconds(1))
        #expect((15...16).contains(bench.transport.sent.count))
        bench.timekeeper.advance(by: .seconds(2))
        #expect(replies.allSatisfy { $0.snapshot?.status == .running })
        #expect(bench.timekeeper.wakeCount == 0)
    }

    @Test func `whose calls end as soon as they are sent empties its queue without calls within calls`() throws {
        let isOpen = Mutex(false)
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1, waiting: 8000, repeatsReads: false)) { _ in
            isOpen.withLock { $0 } ? .failure(UpstreamError(.unavailable, mayHaveArrived: false, detail: "full")) : nil
        }
        let replies = try (0..<8000).map { try bench.ask(.status, "acme:t\($0)") }
        isOpen.withLock { $0 = true }
        bench.transport.answerNext(Self.running)
        #expect(replies.allSatisfy { $0.count == 1 })
        #expect(try report(bench).callsUnderWay == 0)
        #expect(try report(bench).callsWaiting == 0)
    }

    @Test func `hurries a read that waits when a cancel comes to need it`() throws {
        let bench = try GatewayBench(limits: ProviderLimits(calls: 1))
        _ = try bench.ask(.status, "acme:t1")
        for number in 2...5 { _ = try bench.ask(.status, "acme:t\(number)") }
        // Its answer is a promise where it says nothing: a read must confirm it, and one waits already.
        let cancel = try bench.ask(.cancel(reason: nil), "acme:t4")
        bench.transport.answerNext(Self.running)
        #expect(bench.transport.open.map(\.name) == ["acme cancel"])
        bench.transport.answerNext("{}")
        // The place was taken at once; but the next is its own, and nothing is sent for the read that is out of date.
        #expect(bench.transport.open.map(\.request.target) == ["/tasks/t2"])
        bench.transport.answerNext(Self.running)
        #expect(bench.transport.open.map(\.request.target) == ["/tasks/t4"])
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(cancel.snapshot?.cancel?.state == .confirmed)
    }

    @Test func `loses nobody who comes from many threads to a small door`() async throws {
        let chances = Tally()
        let limits = ProviderLimits(calls: 2, waiting: 8, rate: CallRate(perSecond: 1000, burst: 20))
        let bench = try GatewayBench(limits: limits, chances: chances) { _ in
            switch chances.next() % 5 {
            case 0: .failure(Self.dead)
            case 1: .success(UpstreamResponse(status: 503, body: []))
            case 2: .success(UpstreamResponse(status: 429, headers: [UpstreamHeader("retry-after", "1")], body: []))
            default: GatewayBench.answer(Self.running)
            }
        }
        let replies = await withTaskGroup(of: [Reply].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    (0..<250).compactMap { round in
                        if round % 10 == 0 { bench.timekeeper.advance(by: .milliseconds(50)) }
                        let kind: TaskQuestion.Kind = round % 4 == 0 ? .cancel(reason: nil) : .status
                        return try? bench.ask(kind, "acme:t\(worker * 1000 + round % 50)")
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        bench.timekeeper.advance(by: .seconds(60))
        #expect(replies.count == 2000)
        #expect(replies.allSatisfy { $0.count == 1 })
        #expect(bench.transport.open.isEmpty)
        #expect(try report(bench).callsUnderWay == 0)
        #expect(try report(bench).callsWaiting == 0)
        #expect(bench.timekeeper.wakeCount == 0)
    }

    @Test func `is sent one cancel for a thousand that come at one time from many threads`() async throws {
        let bench = try GatewayBench()
        let replies = await withTaskGroup(of: [Reply].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<125).compactMap { _ in try? bench.ask(.cancel(reason: nil)) }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(bench.transport.sent.map(\.name) == ["acme cancel"])
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(replies.count == 1000)
        #expect(replies.allSatisfy { $0.count == 1 && $0.snapshot?.cancel?.state == .confirmed })
        #expect(bench.transport.sent.count == 1)
    }
}

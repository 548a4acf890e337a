import GatewayCore
import GatewayTesting
import Providers
import TaskModel
import Testing
import Upstream

@Suite struct `The gateway's calls` {
    @Test func `an id is found by its provider's name, or by its shape`() throws {
        let bench = try GatewayBench()
        #expect(try bench.gateway.locate("acme:t1", provider: nil).description == "acme:t1")
        #expect(try bench.gateway.locate("7", provider: nil).description == "plain:7")
        #expect(try bench.gateway.locate("t1", provider: "plain").description == "plain:t1")
        #expect(try bench.gateway.locate("plain:t1", provider: "plain").description == "plain:t1")
        #expect(bench.transport.sent.isEmpty)
    }

    @Test(arguments: [
        ("acme:nonsense", nil, ErrorCode.invalidTaskID), ("../etc", nil, .invalidTaskID), ("", nil, .invalidTaskID),
        ("t1", nil, .ambiguousTaskID), ("nobody:1", nil, .unknownProvider), ("resting:1", nil, .unknownProvider),
        ("t1", "nobody", .unknownProvider), ("x", "acme", .invalidTaskID), ("plain:t1", "acme", .invalidTaskID),
    ])
    func `an id that cannot be found is refused`(id: String, provider: String?, code: ErrorCode) throws {
        let bench = try GatewayBench()
        let error = #expect(throws: GatewayError.self) { try bench.gateway.locate(id, provider: provider) }
        #expect(error?.code == code)
        #expect(error?.candidates == (code == .ambiguousTaskID ? ["acme:t1", "plain:t1"] : []))
    }

    @Test func `an id is found among the providers that the caller may use`() throws {
        let bench = try GatewayBench()
        func found(_ id: String, _ provider: String? = nil, among allowed: Set<String>) throws -> String {
            try bench.gateway.locate(id, provider: provider, among: allowed).description
        }
        #expect(try found("t1", among: ["acme"]) == "acme:t1")
        #expect(try found("t1", among: ["plain"]) == "plain:t1")
        #expect(try found("acme:t1", among: ["acme"]) == "acme:t1")
        #expect(try found("t1", "plain", among: ["plain", "acme"]) == "plain:t1")
        let error = #expect(throws: GatewayError.self) { try found("t1", among: ["acme", "plain", "resting"]) }
        #expect(error?.candidates == ["acme:t1", "plain:t1"])
    }

    @Test(
        arguments: [
            ("acme:t1", nil), ("acme:nonsense", nil), ("t1", "acme"), ("plain:t1", "acme"), ("acme:t1", "acme"),
            ("nobody:1", nil), ("t1", "nobody"), ("resting:1", nil), ("1", "resting"),
        ] as [(String, String?)]
    )
    func `of a provider that the caller may not use nothing is told, not even whether it is there`(
        id: String,
        provider: String?
    ) throws {
        let bench = try GatewayBench()
        let error = #expect(throws: GatewayError.self) {
            try bench.gateway.locate(id, provider: provider, among: ["plain"])
        }
        #expect(error?.code == .forbidden)
        #expect(
            error?.detail
                == "This client may not use a provider of this name; /providers lists those that it may."
        )
        #expect(error?.provider == nil && error?.candidates == [])
    }

    @Test func `an id that no usable provider can own is explained by an example of a usable one`() throws {
        let bench = try GatewayBench()
        let error = #expect(throws: GatewayError.self) {
            try bench.gateway.locate("nonsense", provider: nil, among: ["plain"])
        }
        #expect(error?.code == .invalidTaskID)
        #expect(error?.detail.contains("plain:t1") == true && error?.detail.contains("acme") == false)
    }

    @Test func `what a provider cannot do is not sent`() throws {
        let bench = try GatewayBench()
        for kind in [TaskQuestion.Kind.cancel(reason: nil), .rename(title: "x")] {
            #expect(try bench.ask(kind, "plain:1").error?.code == .unsupportedOperation)
        }
        #expect(bench.transport.sent.isEmpty)
    }

    @Test(arguments: [
        (UpstreamError.Kind.unresolvable, ErrorCode.providerUnavailable), (.refused, .providerUnavailable),
        (.tls, .providerUnavailable), (.closed, .providerUnavailable), (.timeout, .providerTimeout),
        (.malformed, .providerBadResponse), (.tooLarge, .providerBadResponse), (.abandoned, .shuttingDown),
        (.unavailable, .overloaded),
    ])
    func `no answer is told as what it is`(kind: UpstreamError.Kind, code: ErrorCode) throws {
        let bench = try GatewayBench()
        let reply = try bench.ask(.status)
        bench.transport.failNext(UpstreamError(kind, mayHaveArrived: false, detail: "it broke"))
        let error = try #require(reply.error)
        #expect(error.code == code)
        #expect(error.provider == "acme")
        if code == .providerUnavailable { #expect(error.retryAfter != nil) }
    }

    @Test(arguments: [
        (401, ErrorCode.providerAuthFailed), (403, .providerAuthFailed), (404, .taskNotFound), (418, .providerRejected),
        (429, .providerRateLimited), (500, .providerError), (302, .providerBadResponse),
    ])
    func `an answer that is no task is told as what it is, with the task as last seen`(
        status: Int,
        code: ErrorCode
    ) throws {
        let bench = try GatewayBench()
        _ = try bench.ask(.status)
        bench.transport.answerNext(#"{"status": "running"}"#)
        bench.timekeeper.advance(by: .seconds(60))
        let reply = try bench.ask(.status)
        bench.transport.answerNext(status: status, #"{"error": "your key canary-key-4711 is bad"}"#)
        let error = try #require(reply.error)
        #expect(error.code == code)
        #expect(error.providerHTTPStatus == status)
        #expect(error.lastKnown?.status == .running)
        #expect(!"\(error)".contains(GatewayBench.key))
        // Still known after another failure.
        bench.timekeeper.advance(by: .seconds(60))
        let again = try bench.ask(.status)
        bench.transport.answerNext(status: 500, "")
        #expect(again.error?.lastKnown?.status == .running)
    }

    @Test func `a thousand callers make one call`() throws {
        let bench = try GatewayBench()
        let replies = try (0..<1000).map { _ in try bench.ask(.status) }
        #expect(bench.transport.sent.count == 1)
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(replies.allSatisfy { $0.count == 1 && $0.snapshot?.status == .running })
        let cancels = try (0..<1000).map { _ in try bench.ask(.cancel(reason: nil)) }
        #expect(bench.transport.sent.count == 2)
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(cancels.allSatisfy { $0.count == 1 && $0.snapshot?.cancel?.state == .confirmed })
    }

    @Test func `a lost cancel is settled by a read, and one that never left is not`() throws {
        let bench = try GatewayBench()
        let lost = try bench.ask(.cancel(reason: nil))
        bench.transport.failNext(UpstreamError(.timeout, mayHaveArrived: true, detail: "late"))
        #expect(bench.transport.open.map(\.name) == ["acme status"])
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(lost.snapshot?.cancel?.state == .confirmed)
        let unsent = try bench.ask(.cancel(reason: nil), "acme:t2")
        bench.transport.failNext(UpstreamError(.refused, mayHaveArrived: false, detail: "refused"))
        #expect(unsent.error?.code == .providerUnavailable)
        #expect(bench.transport.open.isEmpty)
    }

    @Test func `a waiting caller is served by the clock, and a cancel is held until it can be sent`() throws {
        let bench = try GatewayBench()
        let waiting = try bench.ask(.status, wait: .seconds(30))
        let cancel = try bench.ask(.cancel(reason: nil), wait: .seconds(30))
        bench.transport.answerNext(#"{"status": "queued"}"#)
        bench.transport.answerNext(status: 400, "{}")
        bench.transport.answerNext(#"{"status": "queued"}"#)
        // Twice the first interval, and an eighth at most.
        bench.timekeeper.advance(by: .milliseconds(4500))
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(bench.transport.open.map(\.name) == ["acme cancel"])
        bench.transport.answerNext(#"{"status": "stopped"}"#)
        #expect(cancel.snapshot?.cancel?.attempts == 2)
        #expect(waiting.snapshot?.status == .cancelled)
        bench.timekeeper.advance(by: .seconds(120))
        #expect(bench.timekeeper.wakeCount == 0)
    }

    @Test func `a forgotten caller is told nothing`() throws {
        let bench = try GatewayBench()
        let reply = try bench.ask(.status)
        bench.gateway.forget(try #require(reply.ticket))
        bench.transport.answerNext(#"{"status": "running"}"#)
        #expect(reply.count == 0)
    }

    @Test func `callers on many threads are each answered once`() async throws {
        let bench = try GatewayBench { sent in
            GatewayBench.answer(sent.name == "acme cancel" ? #"{"status": "stopped"}"# : #"{"status": "running"}"#)
        }
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<200 {
                        let kind: TaskQuestion.Kind = round % 5 == 0 ? .cancel(reason: nil) : .status
                        let wait: Duration? = round % 3 == 0 ? .seconds(5) : nil
                        let task = TaskID(provider: "acme", native: "t\(round % 7)")
                        let reply = Reply()
                        let ticket = bench.gateway.ask(TaskQuestion(kind, about: task, wait: wait)) {
                            reply.take($0, $1)
                        }
                        if round % 4 == worker % 4 { bench.gateway.forget(ticket) }
                        if round % 10 == 0 { bench.timekeeper.advance(by: .milliseconds(100)) }
                        #expect(reply.count <= 1)
                    }
                }
            }
        }
        bench.timekeeper.advance(by: .seconds(60))
        #expect(bench.transport.open.isEmpty)
        #expect(bench.timekeeper.wakeCount == 0)
    }

    @Test func `a provider that fails in a row shows as degraded, and recovers`() throws {
        let bench = try GatewayBench()
        func report() throws -> ProviderReport { try #require(bench.gateway.providers().first { $0.name == "acme" }) }
        #expect(try report().state == .on)
        for number in 0..<5 {
            _ = try bench.ask(.status, "acme:t\(number)")
            bench.transport.answerNext(status: 500, "{}")
        }
        // What the gateway had no room for says nothing of the provider.
        _ = try bench.ask(.status, "acme:t6")
        bench.transport.failNext(UpstreamError(.unavailable, mayHaveArrived: false, detail: "full"))
        #expect(try report().state == .degraded)
        #expect(try report().failures == 5)
        #expect(try report().lastFailureCode == .providerError)
        _ = try bench.ask(.status, "acme:t7")
        bench.transport.answerNext(status: 404, "{}")
        #expect(try report().state == .on)
        #expect(try report().calls == 6)
        #expect(bench.gateway.providers().map(\.name) == ["acme", "own", "plain", "resting"])
        #expect(bench.gateway.providers().last?.state == .off)
    }

    @Test func `an oddity is logged once, and no key ever`() throws {
        let bench = try GatewayBench()
        for number in 0..<3 {
            _ = try bench.ask(.status, "acme:t\(number)")
            bench.transport.answerNext(#"{"status": "sleeping canary-key-4711", "over": true}"#)
            _ = try bench.ask(.status, "acme:t1\(number)")
            bench.transport.answerNext(#"{"status": "running", "over": true}"#)
        }
        #expect(bench.log.all.count == 2)
        #expect(!bench.log.all.contains { $0.contains(GatewayBench.key) })
    }
}

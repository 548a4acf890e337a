internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("The life of calls and of the transport", .timeLimit(.minutes(1)))
struct LifeCycleTests {
    @Test func `cancelling the Swift task abandons the call and closes its connection`() async throws {
        try await exchange(always(.hold(ScriptedGate()))) { server, transport in
            let status = route(server.origin)
            let call = Task { await transport.outcome(of: status) }
            await server.requests(atLeast: 1)
            call.cancel()
            let failure = await call.value.failure
            #expect(failure?.kind == .abandoned)
            #expect(failure?.mayHaveArrived == true)
            await server.closedConnections(atLeast: 1)
        }
    }

    @Test func `a call abandoned again and again ends once`() async throws {
        let tally = Tally()
        try await exchange(always(.hold(ScriptedGate()))) { server, transport in
            let call = transport.send(UpstreamRequest(route: route(server.origin), target: "/")) { result in
                tally.add(result.failure?.kind == .abandoned ? "abandoned" : "other")
            }
            await server.requests(atLeast: 1)
            for _ in 0..<10 { call.abandon() }
            await server.closedConnections(atLeast: 1)
            transport.shutdown()
            call.abandon()
            #expect(tally.all == ["abandoned": 1])
        }
    }

    @Test func `calls abandoned at once end once each`() async throws {
        let tally = Tally()
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin)
            for _ in 0..<500 {
                let call = transport.send(UpstreamRequest(route: status, target: "/")) { result in
                    tally.add(result.failure.map { "\($0.kind)" } ?? "answered")
                }
                call.abandon()
            }
            while tally.total < 500 { await Task.yield() }
            #expect(await transport.outcome(of: status).text == "ok")
        }
        #expect(tally.total == 500)
        #expect(Set(tally.all.keys).isSubset(of: ["abandoned", "answered"]))
    }

    @Test func `abandoning a call that is complete changes nothing`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin)
            for _ in 0..<5 {
                let call = await withCheckedContinuation {
                    (continuation: CheckedContinuation<any UpstreamCall, Never>) in
                    let holder = CallHolder()
                    let call = transport.send(UpstreamRequest(route: status, target: "/")) { _ in
                        holder.finish { continuation.resume(returning: $0) }
                    }
                    holder.hold(call)
                }
                call.abandon()
            }
            #expect(await transport.outcome(of: status).text == "ok")
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `a thousand calls are under way at a time, and all are answered`() async throws {
        let gate = ScriptedGate()
        try await exchange(always(.hold(gate), .answer("ok"))) { server, transport in
            let status = route(server.origin, limits: generous)
            let tally = Tally()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<1_000 {
                    group.addTask { tally.add(await transport.outcome(of: status, "/\(index)").text ?? "failed") }
                }
                await server.requests(atLeast: 1_000)
                gate.open()
            }
            #expect(tally.all == ["ok": 1_000])
            #expect(Set(server.requests.map(\.target)).count == 1_000)
        }
    }

    @Test func `several loops share the calls`() async throws {
        let gate = ScriptedGate()
        let configuration = CurlTransport.Configuration(loops: 3, handlesPerLoop: 2)
        try await exchange(always(.hold(gate), .answer("ok")), configuration) { server, transport in
            let status = route(server.origin)
            let tally = Tally()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask { tally.add(await transport.outcome(of: status).text ?? "failed") }
                }
                await server.requests(atLeast: 200)
                gate.open()
            }
            #expect(tally.all == ["ok": 200])
        }
    }

    @Test func `a slow answer holds up no other`() async throws {
        let gate = ScriptedGate()
        let script: ScriptedServer.Script = { $0.target == "/slow" ? [.hold(gate), .answer("late")] : [.answer("ok")] }
        try await exchange(script, CurlTransport.Configuration(handlesPerLoop: 1)) { server, transport in
            let status = route(server.origin)
            async let slow = transport.outcome(of: status, "/slow")
            await server.requests(atLeast: 1)
            for _ in 0..<50 { #expect(await transport.outcome(of: status, "/quick").text == "ok") }
            gate.open()
            #expect(await slow.text == "late")
        }
    }

    @Test func `a call beyond the limit is refused, and the next after one ended is not`() async throws {
        let gate = ScriptedGate()
        let script = always(.hold(gate), .answer("ok"))
        try await exchange(script, CurlTransport.Configuration(callsInFlight: 1)) { server, transport in
            let status = route(server.origin)
            async let first = transport.outcome(of: status)
            await server.requests(atLeast: 1)
            let failure = await transport.outcome(of: status).failure
            #expect(failure?.kind == .unavailable)
            #expect(failure?.mayHaveArrived == false)
            let tally = Tally()
            for _ in 0..<3 {
                let refused = transport.send(UpstreamRequest(route: status, target: "/")) { result in
                    tally.add(result.failure.map { "\($0.kind)" } ?? "answered")
                }
                refused.abandon()
            }
            #expect(tally.all == ["unavailable": 3])
            gate.open()
            #expect(await first.text == "ok")
            #expect(await transport.outcome(of: status).text == "ok")
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a call beyond the connections to a host waits, and its time runs`() async throws {
        let gate = ScriptedGate()
        let configuration = CurlTransport.Configuration(handlesPerLoop: 1, connectionsPerHost: 1)
        try await exchange(always(.hold(gate), .answer("ok")), configuration) { server, transport in
            let patient = route(server.origin)
            let hasty = route(server.origin, limits: UpstreamLimits(connect: .seconds(50), total: .milliseconds(150)))
            async let first = transport.outcome(of: patient)
            await server.requests(atLeast: 1)
            let failure = await transport.outcome(of: hasty).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.mayHaveArrived == false)
            async let third = transport.outcome(of: patient)
            gate.open()
            #expect(await first.text == "ok")
            #expect(await third.text == "ok")
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `a completion may start the next call`() async throws {
        try await exchange(always(.answer("ok"))) { server, transport in
            let status = route(server.origin)
            await withCheckedContinuation { continuation in
                transport.sendChain(of: UpstreamRequest(route: status, target: "/"), count: 50) {
                    continuation.resume()
                }
            }
            #expect(server.requests.count == 50)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `shutting down ends every call once, and refuses later ones`() async throws {
        let tally = Tally()
        try await exchange(always(.hold(ScriptedGate()))) { server, transport in
            let status = route(server.origin)
            for _ in 0..<100 {
                transport.send(UpstreamRequest(route: status, target: "/")) { result in
                    tally.add(result.failure.map { "\($0.kind)" } ?? "answered")
                }
            }
            await server.requests(atLeast: 100)
            transport.shutdown()
            #expect(tally.all == ["abandoned": 100])
            transport.shutdown()
            let failure = await transport.outcome(of: status).failure
            #expect(failure?.kind == .abandoned)
            #expect(failure?.mayHaveArrived == false)
            await server.closedConnections(atLeast: 100)
            #expect(tally.total == 100)
        }
    }

    @Test func `a transport that is let go of shuts down by itself`() async throws {
        let tally = Tally()
        let server = try await ScriptedServer.start(always(.hold(ScriptedGate())))
        do {
            let transport = try CurlTransport()
            transport.send(UpstreamRequest(route: route(server.origin), target: "/")) { result in
                tally.add(result.failure.map { "\($0.kind)" } ?? "answered")
            }
            await server.requests(atLeast: 1)
        }
        await server.closedConnections(atLeast: 1)
        await server.stop()
        #expect(tally.all == ["abandoned": 1])
    }

    @Test func `a CA file that is not there is told at once`() {
        #expect(throws: CurlSetupError.self) {
            try CurlTransport(configuration: CurlTransport.Configuration(caFile: "/nonexistent/ca.pem"))
        }
    }

    @Test func `the library tells its version`() throws {
        try CurlLibrary.prepare()
        #expect(CurlLibrary.versionText.hasPrefix("libcurl/"))
        #expect(CurlLibrary.versionText.contains("OpenSSL/"))
    }
}

extension UpstreamTransport {
    /// Sends a request, and the next from its completion, until `count` have been sent.
    fileprivate func sendChain(of request: UpstreamRequest, count: Int, done: @escaping @Sendable () -> Void) {
        guard count > 0 else { return done() }
        send(request) { _ in sendChain(of: request, count: count - 1, done: done) }
    }
}

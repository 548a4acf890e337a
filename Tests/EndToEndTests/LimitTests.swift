import ProgramTesting
import ProviderSimulator
import Testing

@Suite struct `The limits of a provider` {
    private func setup(_ limits: String) -> WorldSetup {
        var setup = WorldSetup()
        setup.limits = limits
        return setup
    }

    private static let dead = SimulatedFault.answer(status: 500)

    @Test(arguments: [
        SimulatedFault.close, .answer(status: 502), .answer(status: 503), .answer(status: 504), .resetMidBody,
    ])
    func `let a read that failed be made once more`(_ fault: SimulatedFault) async throws {
        try await World.run(setup("{}")) { (world) async throws in
            let once = world.add(.blackboxCloud)
            world.simulator.inject(fault, into: .blackboxCloud, on: .status, ofTask: once, times: 1)
            #expect(try await world.client.task("blackbox-cloud", once)["status"] == "running")
            #expect(world.calls(.status, of: once, at: .blackboxCloud) == 2)
            let always = world.add(.blackboxAgent)
            world.simulator.inject(fault, into: .blackboxAgent, on: .status, ofTask: always)
            #expect(try await world.client.task("blackbox-agent", always).status >= 500)
            #expect(world.calls(.status, of: always, at: .blackboxAgent) == 2)
        }
    }

    @Test(arguments: [SimulatedFault.answer(status: 500), .answer(status: 429), .answer(status: 404), .htmlPage])
    func `let no other read be made again`(_ fault: SimulatedFault) async throws {
        try await World.run(setup("{}")) { (world) async throws in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(fault, into: .blackboxCloud, on: .status, ofTask: id)
            #expect(try await world.client.task("blackbox-cloud", id).status >= 400)
            #expect(world.calls(.status, of: id, at: .blackboxCloud) == 1)
        }
    }

    @Test func `open a circuit for a provider that fails, show it, and close it again`() async throws {
        let limits = #"{"breaker": {"calls": 5, "window": "60s", "pause": "4s"}, "repeat_reads": false}"#
        try await World.run(setup(limits)) { world in
            let ids = (0..<30).map { _ in world.add(.blackboxCloud) }
            for id in ids { world.simulator.inject(Self.dead, into: .blackboxCloud, on: .status, ofTask: id, times: 1) }
            for id in ids.prefix(5) {
                expectProblem(try await world.client.task("blackbox-cloud", id), 502, "provider_error")
            }
            let refused = try await world.client.task("blackbox-cloud", ids[10])
            expectProblem(refused, 503, "provider_unavailable")
            #expect(Int(refused.header("Retry-After") ?? "") ?? 0 >= 1)
            expectProblem(try await world.client.cancel("blackbox-cloud", ids[10]), 503, "provider_unavailable")
            #expect(world.calls(of: ids[10], at: .blackboxCloud) == 0)
            let shown = try await world.client.get("/providers/blackbox-cloud")
            #expect(shown["circuit"] == "open")
            #expect(shown["state"] == "degraded")
            #expect(shown["retry_at"].string != nil)
            #expect(shown["calls"] == 5)
            #expect(shown["calls_under_way"] == 0)
            let other = world.add(.qmail)
            #expect(try await world.client.task("qmail", other).status == 200)
            let healthy = world.add(.blackboxCloud)
            try await eventually("the provider is tried, and called again") {
                try await world.client.task("blackbox-cloud", healthy).status == 200
            }
            let again = try await world.client.get("/providers/blackbox-cloud")
            #expect(again["circuit"] == "closed")
            #expect(again["state"] == "on")
            #expect(again["retry_at"] == .null)
        }
    }

    @Test func `leave a provider alone that names a time, but for cancels`() async throws {
        try await World.run { (world) async throws in
            let seen = world.add(.blackboxCloud)
            #expect(try await world.client.task("blackbox-cloud", seen).status == 200)
            let first = world.add(.blackboxCloud)
            let limited = SimulatedFault.answer(status: 429, headers: [SimulatedHeader("Retry-After", "90")])
            world.simulator.inject(limited, into: .blackboxCloud, on: .status, ofTask: first)
            expectProblem(try await world.client.task("blackbox-cloud", first), 503, "provider_rate_limited")
            let refused = try await world.client.task("blackbox-cloud", seen)
            expectProblem(refused, 503, "provider_rate_limited")
            #expect((30...101).contains(Int(refused.header("Retry-After") ?? "") ?? 0))
            #expect(refused["last_known"]["status"] == "running")
            #expect(world.calls(.status, of: seen, at: .blackboxCloud) == 1)
            #expect(try await world.client.get("/providers/blackbox-cloud")["retry_at"].string != nil)
            let cancelled = try await world.client.cancel("blackbox-cloud", seen)
            #expect(cancelled.cancelState == "confirmed", "\(cancelled.text)")
            // The same definition under another name is another provider.
            #expect(try await world.client.task("cloud-quick", world.add(.blackboxCloud)).status == 200)
        }
    }

    @Test func `refuse at once what finds no room, and let other providers be`() async throws {
        // Nobody gives up before the test has seen what it looks for.
        let patient = setup(#"{"calls": 1, "waiting": 1, "waiting_time": "60s", "repeat_reads": false}"#)
        try await World.run(patient) { world in
            let ids = (0..<3).map { _ in world.add(.blackboxCloud) }
            world.simulator.inject(.silence, into: .blackboxCloud, on: .status, ofTask: ids[0])
            // Nobody waits for these: the gateway's end is theirs.
            let silent = Task { try await world.client.task("blackbox-cloud", ids[0]) }
            defer { silent.cancel() }
            try await eventually("it is under way") {
                try await world.client.get("/providers/blackbox-cloud")["calls_under_way"] == 1
            }
            let waiting = Task { try await world.client.task("blackbox-cloud", ids[1]) }
            defer { waiting.cancel() }
            try await eventually("it waits") {
                try await world.client.get("/providers/blackbox-cloud")["calls_waiting"] == 1
            }
            expectProblem(try await world.client.task("blackbox-cloud", ids[2]), 503, "overloaded")
            #expect(try await world.client.task("cloud-quick", ids[1]).status == 200)
        }
    }

    @Test func `send no more calls than the rate`() async throws {
        try await World.run(setup(#"{"rate": {"per_second": 20, "burst": 2}}"#)) { world in
            let clock = ContinuousClock()
            let start = clock.now
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 {
                    let id = world.add(.blackboxCloud)
                    group.addTask { try await world.client.task("blackbox-cloud", id).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(clock.now - start >= .milliseconds(490))
        }
    }
}

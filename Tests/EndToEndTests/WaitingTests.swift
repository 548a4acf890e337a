import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `A read that waits` {
    /// Begins a read, and goes on once the provider was asked for the first time.
    private func whileReading(
        _ id: String,
        _ query: String,
        headers: KeyValuePairs<String, String> = [:],
        _ change: @Sendable (World) async throws -> Void
    ) async throws -> Answer {
        let world = try World.shared
        async let answer = world.client.get("/tasks/blackbox-cloud:\(id)?\(query)", headers: headers)
        try await eventually("the provider is asked") { world.calls(of: id, at: .blackboxCloud) > 0 }
        try await change(world)
        return try await answer
    }

    @Test(arguments: ["completed", "error", "stopped"])
    func `is answered when the task is done`(_ word: String) async throws {
        let id = try World.shared.add(.blackboxCloud)
        let answer = try await whileReading(id, "wait=30s") {
            $0.simulator.put(id, of: .blackboxCloud, into: word)
        }
        #expect(answer.status == 200)
        #expect(answer["provider_status"] == .text(word))
        #expect(answer["done"] == true)
    }

    @Test(arguments: ["wait=600ms", "wait=0.6", "wait=0.6s"])
    func `is answered with the state after the wait`(_ query: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let started = ContinuousClock.now
        let answer = try await world.client.task("blackbox-cloud", id, "?" + query)
        guard query == "wait=600ms" || answer.status == 200 else {
            // Fractions may be refused, but then as a wrong value.
            return expectProblem(answer, 400, "invalid_request")
        }
        #expect(ContinuousClock.now - started >= .milliseconds(600))
        #expect(answer.status == 200)
        #expect(answer["status"] == "running")
    }

    @Test func `counts a bare number as seconds`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let started = ContinuousClock.now
        #expect(try await world.client.task("blackbox-cloud", id, "?wait=1").status == 200)
        #expect(ContinuousClock.now - started >= .seconds(1))
    }

    @Test func `does not wait for what is done`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "completed")
        for _ in 0..<3 {
            #expect(try await world.client.task("blackbox-cloud", id, "?wait=60s")["done"] == true)
        }
        #expect(world.calls(of: id, at: .blackboxCloud) == 1, "an end does not age")
    }

    @Test(arguments: [("wait=20", "wait=20"), ("respond-async, wait=20", "wait=20"), ("wait=99999999", "wait=60")])
    func `can say so with Prefer, up to a minute`(_ field: String, _ applied: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "completed")
        let answer = try await world.client.get("/tasks/blackbox-cloud:\(id)", headers: ["Prefer": field])
        #expect(answer.status == 200)
        #expect(answer.header("Preference-Applied") == applied)
    }

    @Test(arguments: ["wait=-5", "wait=soon", "wait", "wait=", "return=minimal", "\"", "wait=1e9"])
    func `is no read with another preference`(_ field: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let answer = try await world.client.get("/tasks/blackbox-cloud:\(id)", headers: ["Prefer": field])
        #expect(answer.status == 200)
        #expect(answer.header("Preference-Applied") == nil)
    }

    @Test func `for a change ends with the first one`() async throws {
        let id = try World.shared.add(.blackboxCloud, "pending")
        let answer = try await whileReading(id, "wait=30s&until=change") {
            $0.simulator.put(id, of: .blackboxCloud, into: "saving")
        }
        #expect(answer["status"] == "running")
        #expect(answer["done"] == false)
    }

    @Test func `for a change from what was seen does not miss it`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        let tag = try #require(try await world.client.task("blackbox-cloud", id).header("ETag"))
        world.simulator.put(id, of: .blackboxCloud, into: "processing")
        let changed = try await world.client.get(
            "/tasks/blackbox-cloud:\(id)?wait=60s&until=change",
            headers: ["If-None-Match": tag]
        )
        #expect(changed.status == 200)
        #expect(changed["status"] == "running")
        let unchanged = try await world.client.get(
            "/tasks/blackbox-cloud:\(id)?wait=400ms&until=change",
            headers: ["If-None-Match": changed.header("ETag") ?? ""]
        )
        #expect(unchanged.status == 304)
    }

    @Test func `is never an error of a moment`() async throws {
        let id = try World.shared.add(.blackboxCloud)
        let answer = try await whileReading(id, "wait=30s") { world in
            world.simulator.inject(.answer(status: 500), into: .blackboxCloud, ofTask: id, times: 1)
            try await eventually("the provider failed once") { world.calls(of: id, at: .blackboxCloud) > 1 }
            world.simulator.put(id, of: .blackboxCloud, into: "completed")
        }
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["status"] == "completed")
    }

    @Test func `is told at once what another caller's cancel did`() async throws {
        let id = try World.shared.add(.blackboxCloud)
        let answer = try await whileReading(id, "wait=60s") { world in
            let cancelled = try await world.client.cancel("blackbox-cloud", id)
            #expect(cancelled.cancelState == "confirmed")
        }
        #expect(answer["status"] == "cancelled")
        #expect(answer.cancelState == "confirmed")
    }

    @Test func `costs the provider nothing while it waits for its turn`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<50 { group.addTask { try await world.client.task("blackbox-cloud", id, "?wait=1500ms") } }
            return try await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 && $0["status"] == "running" })
        // One at the start and one at the end; the fifty share them, though they may not come at one moment.
        #expect(world.calls(of: id, at: .blackboxCloud) < 50)
    }
}

struct `A tight loop of reads` {
    @Test func `costs the provider one call in each interval`() async throws {
        try await World.run(WorldSetup(minimumInterval: "500ms")) { world in
            let id = world.add(.blackboxCloud)
            let started = ContinuousClock.now
            var reads = 0
            while ContinuousClock.now - started < .milliseconds(1300) || reads < 20 {
                let answer = try await world.client.task("blackbox-cloud", id)
                #expect(answer["status"] == "running")
                reads += 1
            }
            let intervals = Int((ContinuousClock.now - started) / .milliseconds(500))
            #expect(world.calls(of: id, at: .blackboxCloud) <= intervals + 1)
        }
    }

    @Test func `is the provider's own minimum by default, whatever the caller wants`() async throws {
        try await World.run(WorldSetup(minimumInterval: "1s")) { world in
            let id = world.add(.blackboxCloud)
            let started = ContinuousClock.now
            for query in ["", "?max_age=0", "?max_age=0s", "?max_age=1ms"] {
                let answer = try await world.client.task("blackbox-cloud", id, query)
                #expect(answer.status == 200)
            }
            if ContinuousClock.now - started < .seconds(1) { #expect(world.calls(of: id, at: .blackboxCloud) == 1) }
        }
    }

    @Test func `by a hundred callers at one moment is one call`() async throws {
        try await World.run(WorldSetup(minimumInterval: "5s")) { world in
            let id = world.add(.xpander)
            world.simulator.inject(.delay(.milliseconds(50)), into: .xpander, ofTask: id)
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<100 { group.addTask { try await world.client.task("xpander", id) } }
                for try await answer in group { #expect(answer["status"] == "running") }
            }
            #expect(world.calls(of: id, at: .xpander) == 1)
        }
    }

    @Test func `may accept an older observation`() async throws {
        try await World.run(WorldSetup(minimumInterval: "10ms")) { world in
            let id = world.add(.blackboxCloud)
            let first = try await world.client.task("blackbox-cloud", id)
            world.simulator.put(id, of: .blackboxCloud, into: "completed")
            let old = try await world.client.task("blackbox-cloud", id, "?max_age=1h")
            #expect(old["status"] == "running")
            #expect(old["observed_at"] == first["observed_at"])
            #expect(world.calls(of: id, at: .blackboxCloud) == 1)
            try await eventually("the observation is too old") {
                try await world.client.task("blackbox-cloud", id)["status"] == "completed"
            }
        }
    }
}

import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `A cancel` {
    @Test(arguments: [
        (SimulatedProvider.blackboxCloud, "processing", "stopped"), (.blackboxCloud, "saving", "stopped"),
        (.blackboxAgent, "pending", "cancelled"), (.blackboxAgent, "in_progress", "cancelled"),
    ])
    func `is confirmed at once where the provider's answer is final`(
        _ provider: SimulatedProvider,
        _ word: String,
        _ end: String
    ) async throws {
        let world = try World.shared
        let id = world.add(provider, word)
        let answer = try await world.client.cancel(provider.name, id, body: #"{"reason": "the budget is spent"}"#)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["status"] == "cancelled")
        #expect(answer["done"] == true)
        #expect(answer["provider_status"] == .text(end))
        let cancel = answer["cancel"]
        #expect(cancel["state"] == "confirmed")
        #expect(cancel["reason"] == "the budget is spent")
        #expect(cancel["requested_by"] == .null)
        #expect(cancel["attempts"] == 1)
        #expect(cancel["requested_at"].string != nil && cancel["confirmed_at"].string != nil)
        #expect(world.simulator.state(of: id, of: provider) == end)
        #expect(world.calls(.cancel, of: id, at: provider) == 1)
        let read = try await world.client.task(provider.name, id)
        #expect(read["status"] == "cancelled")
        #expect(read.cancelState == "confirmed")
    }

    @Test(arguments: [
        (SimulatedProvider.blackboxCloud, "completed", "completed"), (.blackboxCloud, "error", "failed"),
        (.blackboxCloud, "timeout", "failed"), (.blackboxAgent, "completed", "completed"),
        (.blackboxAgent, "failed", "failed"), (.blackboxAgent, "interrupted", "failed"),
        (.xpander, "completed", "completed"), (.xpander, "failed", "failed"), (.xpander, "error", "failed"),
        (.xpander, "stopped", "failed"), (.qmail, "COMPLETED", "completed"), (.qmail, "FAILED", "failed"),
    ])
    func `of a task that has ended is too late, and no error`(
        _ provider: SimulatedProvider,
        _ word: String,
        _ status: String
    ) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.put(id, of: provider, into: word)
        for _ in 0..<2 {
            let answer = try await world.client.cancel(provider.name, id)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["status"] == .text(status))
            #expect(answer.cancelState == "too_late")
            #expect(answer["cancel"]["confirmed_at"] == .null)
            #expect(world.simulator.state(of: id, of: provider) == word)
        }
        if provider == .xpander { #expect(world.calls(.cancel, of: id, at: .xpander) == 0) }
        #expect(world.simulator.counts(of: .xpander).failuresHiddenByStop == 0, "a failure was hidden by a stop")
        #expect(world.simulator.counts(of: provider).delete == 0)
    }

    @Test(arguments: [
        (SimulatedProvider.blackboxCloud, "stopped"), (.blackboxAgent, "cancelled"), (.xpander, "cancelled"),
        (.qmail, "CANCELLED"),
    ])
    func `of a task that was cancelled is confirmed`(_ provider: SimulatedProvider, _ word: String) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.put(id, of: provider, into: word)
        if provider == .xpander {
            world.simulator.inject(.answer(status: 500), into: .xpander, on: .cancel, ofTask: id)
        }
        for _ in 0..<2 {
            let answer = try await world.client.cancel(provider.name, id)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["status"] == "cancelled")
            #expect(answer.cancelState == "confirmed")
        }
    }

    @Test func `of an ended run at an agent API that refuses it is too late`() async throws {
        var setup = WorldSetup()
        setup.quirks.agentRefusesCancelOfFinished = true
        try await World.run(setup) { world in
            let id = world.add(.blackboxAgent, "completed")
            let seen = try await world.client.cancel("blackbox-agent", id)
            // The page says that 400 is a wrong request; it is never taken for a success.
            #expect(seen.cancelState == "too_late" || seen.code == "provider_rejected", "\(seen.text)")
            #expect(seen["status"] != "cancelled")
        }
    }

    @Test func `of a task that cannot be stopped yet is held, and says when to look again`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        let answer = try await world.client.cancel("blackbox-cloud", id)
        #expect(answer.status == 202 && answer.cancelState == "deferred", "\(answer.everything)")
        #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1)
        #expect(answer["status"] == "queued" && answer["done"] == false)
        #expect(world.simulator.state(of: id, of: .blackboxCloud) == "pending")
    }

    @Test func `of a task that cannot be stopped yet is a problem where callers bring their own keys`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        let answer = try await world.client.send(
            "POST",
            "/tasks/cloud-own:\(id)/cancel",
            headers: ["Taskgate-Provider-Key": Key.cloud]
        )
        expectProblem(answer, 409, "task_not_cancellable", path: "/tasks/cloud-own:\(id)/cancel")
        #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1)
        #expect(answer["retryable"] == true)
        #expect(answer["last_known"]["status"] == "queued")
        world.simulator.put(id, of: .blackboxCloud, into: "processing")
        let read = try await world.client.get(
            "/tasks/cloud-own:\(id)",
            headers: ["Taskgate-Provider-Key": Key.cloud]
        )
        #expect(read["status"] == "running", "a cancel that was answered with 409 is not sent later")
        #expect(read.cancelState == nil)
    }

    @Test func `waits until the task can be stopped, and then stops it`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        async let answer = world.client.cancel("blackbox-cloud", id, "?wait=30s")
        try await eventually("the gateway saw that it is pending") {
            world.calls(.status, of: id, at: .blackboxCloud) > 0
        }
        world.simulator.put(id, of: .blackboxCloud, into: "processing")
        let answered = try await answer
        #expect(answered.status == 200, "\(answered.text)")
        #expect(answered["status"] == "cancelled")
        #expect(answered.cancelState == "confirmed")
        #expect(world.simulator.state(of: id, of: .blackboxCloud) == "stopped")
    }

    @Test func `that waits in vain for its task to start is held, and sent once it has`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        let started = ContinuousClock.now
        let answer = try await world.client.cancel("blackbox-cloud", id, "?wait=700ms")
        #expect(ContinuousClock.now - started >= .milliseconds(700))
        #expect(answer.status == 202 && answer.cancelState == "deferred", "\(answer.everything)")
        world.simulator.put(id, of: .blackboxCloud, into: "processing")
        try await eventually("it was stopped") {
            world.simulator.state(of: id, of: .blackboxCloud) == "stopped"
        }
    }

    @Test func `of a task that ends while it waits to start is too late`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud, "pending")
        async let answer = world.client.cancel("blackbox-cloud", id, "?wait=30s")
        try await eventually("the gateway saw that it is pending") {
            world.calls(.status, of: id, at: .blackboxCloud) > 0
        }
        world.simulator.put(id, of: .blackboxCloud, into: "completed")
        let answered = try await answer
        #expect(answered.status == 200)
        #expect(answered["status"] == "completed")
        #expect(answered.cancelState == "too_late")
    }

    @Test(arguments: [SimulatedProvider.blackboxCloud, .blackboxAgent, .xpander, .qmail])
    func `by sixty callers at once is sent once`(_ provider: SimulatedProvider) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.inject(.delay(.milliseconds(100)), into: provider, on: .cancel, ofTask: id)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<60 { group.addTask { try await world.client.cancel(provider.name, id) } }
            return try await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(answers.count == 60)
        #expect(world.calls(.cancel, of: id, at: provider) == 1)
        for answer in answers {
            #expect(["confirmed", "accepted"].contains(answer.cancelState), "\(answer.text)")
            #expect(answer["cancel"]["attempts"] == 1)
        }
    }

    @Test func `goes on when its caller hangs up`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.delay(.milliseconds(200)), into: .blackboxCloud, on: .cancel, ofTask: id)
        let connection = try await world.client.connect()
        try await connection.send("POST /tasks/blackbox-cloud:\(id)/cancel HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await eventually("the cancel is on its way") { world.calls(.cancel, of: id, at: .blackboxCloud) == 1 }
        await connection.close()
        try await eventually("the gateway knows that it is confirmed") {
            try await world.client.task("blackbox-cloud", id).cancelState == "confirmed"
        }
        #expect(world.calls(.cancel, of: id, at: .blackboxCloud) == 1)
    }

    @Test func `is nothing that a caller who only waits can cause`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let connection = try await world.client.connect()
        try await connection.send("GET /tasks/blackbox-cloud:\(id)?wait=30s HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await eventually("the gateway asks") { world.calls(.status, of: id, at: .blackboxCloud) > 0 }
        await connection.close()
        #expect(try await world.client.task("blackbox-cloud", id)["status"] == "running")
        #expect(world.calls(.cancel, of: id, at: .blackboxCloud) == 0)
    }

    @Test(arguments: ["", "{}", "null", #"{"reason": null}"#, #"{"reason": "späte Einsicht 🛑"}"#])
    func `takes no body, an empty one, and a reason`(_ body: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxAgent)
        let answer = try await world.client.cancel("blackbox-agent", id, body: body.isEmpty ? nil : body)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["cancel"]["reason"] == (body.contains("späte") ? "späte Einsicht 🛑" : .null))
    }
}

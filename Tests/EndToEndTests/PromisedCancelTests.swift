import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

/// Worlds of their own, because the time of the providers is moved.
struct `A promised cancel` {
    @Test(arguments: [SimulatedProvider.xpander, .qmail])
    func `is accepted, and confirmed by a later read alone`(_ provider: SimulatedProvider) async throws {
        try await World.run { world in
            let id = world.add(provider)
            let first = try await world.client.cancel(provider.name, id, body: #"{"reason": "enough"}"#)
            #expect(first.status == 202, "\(first.text)")
            #expect(Int(first.header("Retry-After") ?? "") ?? 0 >= 1)
            #expect(first["status"] == "running", "the provider said stopped, and it was not so yet")
            #expect(first["done"] == false)
            #expect(first.cancelState == "accepted")
            #expect(first["cancel"]["confirmed_at"] == .null)

            let second = try await world.client.cancel(provider.name, id)
            #expect(second.status == 202)
            #expect(second["cancel"]["reason"] == "enough", "another call joins the first")
            #expect(world.calls(.cancel, of: id, at: provider) == 1)
            let before = try await world.client.task(provider.name, id)
            #expect(before["status"] == "running")
            #expect(before.cancelState == "accepted")

            world.simulator.clock.advance(by: .seconds(10))
            let after = try await world.client.task(provider.name, id)
            #expect(after["status"] == "cancelled", "\(after.text)")
            #expect(after.cancelState == "confirmed")
            #expect(after["cancel"]["confirmed_at"].string != nil)
            let again = try await world.client.cancel(provider.name, id)
            #expect(again.status == 200)
            #expect(again.cancelState == "confirmed")
            #expect(world.calls(.cancel, of: id, at: provider) == 1)
        }
    }

    @Test(arguments: [SimulatedProvider.xpander, .qmail], ["?wait=30s", "Prefer"])
    func `is waited for`(_ provider: SimulatedProvider, _ way: String) async throws {
        try await World.run { world in
            let id = world.add(provider)
            async let answer =
                way == "Prefer"
                ? world.client.send("POST", "/tasks/\(provider.name):\(id)/cancel", headers: ["Prefer": "wait=30"])
                : world.client.cancel(provider.name, id, way)
            try await eventually("the cancel was sent, and the status read behind it") {
                world.calls(.cancel, of: id, at: provider) == 1
                    && world.simulator.requests(of: provider).last { $0.taskID == id }?.operation == .status
            }
            world.simulator.clock.advance(by: .seconds(10))
            let answered = try await answer
            #expect(answered.status == 200, "\(answered.text)")
            #expect(answered["status"] == "cancelled")
            #expect(answered.cancelState == "confirmed")
            if way == "Prefer" { #expect(answered.header("Preference-Applied") == "wait=30") }
        }
    }

    @Test func `is still a promise when the wait is over`() async throws {
        try await World.run { world in
            let id = world.add(.qmail)
            let answer = try await world.client.cancel("qmail", id, "?wait=300ms")
            #expect(answer.status == 202, "\(answer.text)")
            #expect(answer["status"] == "running")
            #expect(answer.cancelState == "accepted")
        }
    }

    @Test(arguments: ["COMPLETED", "FAILED"])
    func `is too late when the task ends otherwise`(_ word: String) async throws {
        var setup = WorldSetup()
        setup.quirks.qmailCompletesDespiteCancel = true
        try await World.run(setup) { world in
            let id = world.simulator.addTask(
                to: .qmail,
                .run(of: .qmail, queued: .zero, working: .seconds(5), endingAs: word)
            )
            let first = try await world.client.cancel("qmail", id)
            #expect(first.status == 202, "\(first.text)")
            #expect(first.cancelState == "accepted")
            world.simulator.clock.advance(by: .seconds(6))
            let after = try await world.client.task("qmail", id)
            #expect(after["status"] == .text(word.lowercased()))
            #expect(after.cancelState == "too_late")
            let again = try await world.client.cancel("qmail", id)
            #expect(again.status == 200)
            #expect(again.cancelState == "too_late")
            #expect(world.calls(.cancel, of: id, at: .qmail) == 1)
        }
    }

    @Test(arguments: [(SimulatedProvider.qmail, "PENDING"), (.xpander, "pending"), (.xpander, "paused")])
    func `of a task that does no work yet is confirmed at once`(
        _ provider: SimulatedProvider,
        _ word: String
    ) async throws {
        try await World.run { world in
            let id = world.add(provider, word)
            let answer = try await world.client.cancel(provider.name, id)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["status"] == "cancelled")
            #expect(answer.cancelState == "confirmed")
        }
    }

    @Test func `does not carry over to the next run under the same id`() async throws {
        try await World.run { world in
            let id = world.add(.xpander)
            #expect(try await world.client.cancel("xpander", id).cancelState == "accepted")
            world.simulator.clock.advance(by: .seconds(10))
            #expect(try await world.client.task("xpander", id).cancelState == "confirmed")
            world.simulator.clock.advance(by: .seconds(10))
            world.simulator.restart(id, of: .xpander, with: .staying(in: "executing"))
            let again = try await world.client.task("xpander", id)
            #expect(again["status"] == "running", "ids of this provider can start again")
            #expect(again.cancelState == nil)
            #expect(world.calls(.cancel, of: id, at: .xpander) == 1)
        }
    }

    @Test func `of a run that ended never hits the next one`() async throws {
        try await World.run { world in
            let id = world.add(.xpander)
            #expect(try await world.client.cancel("xpander", id).cancelState == "accepted")
            world.simulator.clock.advance(by: .seconds(1))
            world.simulator.restart(id, of: .xpander, with: .staying(in: "executing"))
            let read = try await world.client.task("xpander", id)
            #expect(read["status"] == "running")
            #expect(read.cancelState == nil, "\(read.text)")
            #expect(world.calls(.cancel, of: id, at: .xpander) == 1)
        }
    }

    @Test(arguments: ["0s", "30s"])
    func `is never sent to a task that would be harmed, however fresh the last read`(
        _ interval: String
    ) async throws {
        try await World.run(WorldSetup(minimumInterval: interval)) { world in
            let id = world.add(.xpander)
            let seen = try await world.client.task("xpander", id)
            #expect(seen["status"] == "running")
            world.simulator.put(id, of: .xpander, into: "error")
            let answer = try await world.client.cancel("xpander", id)
            #expect(world.simulator.counts(of: .xpander).failuresHiddenByStop == 0)
            #expect(answer["status"] == "failed", "\(answer.text)")
            #expect(answer.cancelState == "too_late")
        }
    }
}

import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `A cancel in doubt` {
    @Test(arguments: [SimulatedProvider.blackboxCloud, .blackboxAgent, .qmail], [true, false])
    func `whose answer was lost is settled by a status read`(
        _ provider: SimulatedProvider,
        _ isReset: Bool
    ) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.inject(isReset ? .resetMidBody : .answerLost, into: provider, on: .cancel, ofTask: id, times: 1)
        let answer = try await world.client.cancel(provider.name, id)
        if provider == .qmail {
            // It goes on for a while after the cancel, so a second one after the read is no harm.
            #expect(answer.status == 202, "\(answer.text)")
            #expect(world.calls(.cancel, of: id, at: provider) <= 2)
        } else {
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["status"] == "cancelled")
            #expect(answer.cancelState == "confirmed")
            #expect(world.calls(.cancel, of: id, at: provider) == 1, "never sent again blindly")
        }
        let operations = world.simulator.requests(of: provider).filter { $0.taskID == id }.map(\.operation)
        for (one, next) in zip(operations, operations.dropFirst()) where one == .cancel {
            #expect(next == .status, "behind each cancel comes a look at the status: \(operations)")
        }
    }

    @Test(arguments: [SimulatedProvider.blackboxCloud, .blackboxAgent, .xpander, .qmail])
    func `that never arrived is sent again after a look`(_ provider: SimulatedProvider) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.inject(.close, into: provider, on: .cancel, ofTask: id, times: 1)
        let answer = try await world.client.cancel(provider.name, id)
        let operations = world.simulator.requests(of: provider).filter { $0.taskID == id }.map(\.operation)
        for (one, next) in zip(operations, operations.dropFirst()) where one == .cancel {
            #expect(next == .status, "\(operations)")
        }
        #expect([200, 202].contains(answer.status), "\(answer.text)")
        #expect(operations.filter { $0 == .cancel }.count == 2)
        #expect(answer["cancel"]["attempts"] == 2)
    }

    @Test(arguments: [SimulatedProvider.blackboxCloud, .blackboxAgent])
    func `that was answered with 500 and took effect is confirmed`(_ provider: SimulatedProvider) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.inject(.appliedThenAnswer(status: 500), into: provider, on: .cancel, ofTask: id, times: 1)
        let answer = try await world.client.cancel(provider.name, id)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.cancelState == "confirmed")
        #expect(world.calls(.cancel, of: id, at: provider) == 1)
    }

    @Test(arguments: [500, 502, 503, 418])
    func `that keeps being refused has failed, and says why`(_ status: Int) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.answer(status: status), into: .blackboxCloud, on: .cancel, ofTask: id)
        let answer = try await world.client.cancel("blackbox-cloud", id)
        expectProblem(answer, 502, status == 418 ? "provider_rejected" : "provider_error")
        #expect(answer["provider_http_status"] == .number(Double(status)))
        #expect(answer["last_known"]["status"] == "running")
        #expect(world.calls(.cancel, of: id, at: .blackboxCloud) <= 2)
        let read = try await world.client.task("blackbox-cloud", id)
        #expect(read["status"] == "running")
        #expect(read.cancelState == "failed")
        #expect(read["cancel"]["detail"].string?.isEmpty == false)
    }

    @Test(arguments: [
        (401, 502, "provider_auth_failed"), (404, 404, "task_not_found"), (429, 503, "provider_rate_limited"),
    ])
    func `is none where the refusal is clear`(_ provider: Int, _ status: Int, _ code: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.answer(status: provider), into: .blackboxCloud, on: .cancel, ofTask: id)
        let answer = try await world.client.cancel("blackbox-cloud", id)
        expectProblem(answer, status, code)
        #expect(world.calls(.cancel, of: id, at: .blackboxCloud) == 1)
        #expect(world.calls(.status, of: id, at: .blackboxCloud) == 0, "nothing to settle")
    }

    @Test func `that timed out is settled by a status read`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.silence, into: .blackboxCloud, on: .cancel, ofTask: id, times: 1)
        let answer = try await world.client.cancel("cloud-quick", id)
        let operations = world.simulator.requests(of: .blackboxCloud).filter { $0.taskID == id }.map(\.operation)
        #expect(operations.prefix(2) == [.cancel, .status])
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["cancel"]["attempts"] == 2)
    }

    @Test func `whose status cannot be read either stays open, and the next one looks first`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.answerLost, into: .blackboxCloud, on: .cancel, ofTask: id, times: 1)
        world.simulator.inject(.answer(status: 500), into: .blackboxCloud, on: .status, ofTask: id, times: 1)
        let first = try await world.client.cancel("blackbox-cloud", id)
        #expect(first.status >= 500, "\(first.text)")
        let second = try await world.client.cancel("blackbox-cloud", id)
        #expect(second.status == 200, "\(second.text)")
        #expect(second.cancelState == "confirmed")
        #expect(world.calls(.cancel, of: id, at: .blackboxCloud) == 1)
    }

    @Test func `that lied about its success is caught by the read`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxAgent)
        let lie = #"{"success": false, "status": "in_progress", "message": "no"}"#
        world.simulator.inject(.answer(status: 200, body: lie), into: .blackboxAgent, on: .cancel, ofTask: id)
        let answer = try await world.client.cancel("blackbox-agent", id)
        #expect(answer.cancelState != "confirmed", "\(answer.text)")
        #expect(world.simulator.state(of: id, of: .blackboxAgent) == "in_progress")
    }

    @Test(arguments: [SimulatedFault.htmlPage, .emptyBody, .jsonArray, .truncatedJSON, .noContent])
    func `is one that was answered with anything but a task`(_ fault: SimulatedFault) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(fault, into: .blackboxCloud, on: .cancel, ofTask: id)
        let answer = try await world.client.cancel("blackbox-cloud", id)
        let isStopped = world.simulator.state(of: id, of: .blackboxCloud) == "stopped"
        #expect((answer.cancelState == "confirmed") == isStopped, "\(answer.text)")
    }

    @Test func `races with the end of its task, and tells the truth`() async throws {
        let world = try World.shared
        for round in 0..<40 {
            let id = world.add(.blackboxCloud)
            async let cancelled = world.client.cancel("blackbox-cloud", id)
            if round.isMultiple(of: 2) { await Task.yield() }
            world.simulator.put(id, of: .blackboxCloud, into: "completed")
            let answer = try await cancelled
            // Whichever came last at the provider: a stop that it granted before was overwritten by the test itself.
            #expect(answer.status == 200, "\(answer.text)")
            #expect(
                answer["status"] == "completed" && answer.cancelState == "too_late"
                    || answer["status"] == "cancelled" && answer.cancelState == "confirmed"
            )
        }
    }
}

@Suite(.world) struct `A change` {
    @Test(arguments: [SimulatedProvider.blackboxCloud, .blackboxAgent, .xpander, .qmail], ["cancel", "stop"])
    func `with an action is the cancel`(_ provider: SimulatedProvider, _ action: String) async throws {
        let world = try World.shared
        let id = world.add(provider)
        let answer = try await world.client.send(
            "PATCH",
            "/tasks/\(provider.name):\(id)",
            body: #"{"action": "\#(action)"}"#
        )
        #expect(answer.status == ([.xpander, .qmail].contains(provider) ? 202 : 200), "\(answer.text)")
        #expect(["confirmed", "accepted"].contains(answer.cancelState))
        #expect(world.calls(.cancel, of: id, at: provider) == 1)
    }

    @Test func `of the title renames where the provider can`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxAgent)
        let title = "Ein Titel \"mit\" 🏷 und \\"
        let answer = try await world.client.send(
            "PATCH",
            "/tasks/blackbox-agent:\(id)",
            body: #"{"title": "Ein Titel \"mit\" 🏷 und \\"}"#
        )
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer["title"] == .text(title))
        #expect(answer["status"] == "running")
        #expect(answer["cancel"] == .null)
        #expect(world.simulator.title(of: id, of: .blackboxAgent) == title)
        #expect(world.calls(.cancel, of: id, at: .blackboxAgent) == 0)
    }

    @Test func `of both is the cancel alone`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxAgent)
        let body = #"{"title": "unsent", "action": "cancel"}"#
        let answer = try await world.client.send("PATCH", "/tasks/blackbox-agent:\(id)", body: body)
        #expect(answer.cancelState == "confirmed", "\(answer.text)")
        #expect(world.simulator.title(of: id, of: .blackboxAgent) == nil)
        let bodies = world.simulator.requests(of: .blackboxAgent).filter { $0.taskID == id }
            .map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.allSatisfy { !$0.contains("title") && !$0.contains("unsent") })
    }

    @Test(arguments: [
        (400, 502, "provider_rejected"), (401, 502, "provider_auth_failed"), (500, 502, "provider_error"),
    ])
    func `of the title that is refused says so`(_ provider: Int, _ status: Int, _ code: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxAgent)
        world.simulator.inject(.answer(status: provider), into: .blackboxAgent, on: .rename, ofTask: id)
        let answer = try await world.client.send("PATCH", "/tasks/blackbox-agent:\(id)", body: #"{"title": "new"}"#)
        expectProblem(answer, status, code)
    }
}

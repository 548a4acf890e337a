import Digests
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import TaskModel
import Testing
import Webhooks

/// What the gateway was asked to see to, through the end of its process.
@Suite(.timeLimit(.minutes(3))) struct `What is followed` {
    @Test func `is a cancel that cannot be taken yet, held through kill -9 and sent once it can be`() async throws {
        try await KeptWorld.run { world in
            let id = world.add(.blackboxCloud, "pending")
            let first = try await world.start()
            let answer = try await first.client.cancel("blackbox-cloud", id, body: #"{"reason": "not needed"}"#)
            #expect(answer.status == 202 && answer.cancelState == "deferred", "\(answer.everything)")
            #expect(answer["cancel"]["reason"] == "not needed")
            #expect(answer.header("Retry-After") != nil)
            first.process.kill()

            let second = try await world.start()
            try await eventually("the gateway knows what it holds") {
                try await second.client.task("blackbox-cloud", id).cancelState == "deferred"
            }
            #expect(world.simulator.put(id, of: .blackboxCloud, into: "processing"))
            try await eventually("the task is stopped") {
                try await second.client.task("blackbox-cloud", id)["status"] == "cancelled"
            }
            let task = try await second.client.task("blackbox-cloud", id)
            #expect(task.cancelState == "confirmed" && task["cancel"]["reason"] == "not needed")
            second.process.kill()
        }
    }

    @Test func `is a deadline that passes while no gateway runs, and is kept at once when one does`() async throws {
        try await KeptWorld.run { world in
            let id = world.add(.qmail)
            let first = try await world.start()
            let watch = try await first.client.watch("qmail", id, #"{"deadline": "8s"}"#)
            #expect(watch.status == 201, "\(watch.everything)")
            first.process.kill()
            try await Task.sleep(for: .milliseconds(8100))
            #expect(world.cancels(of: id, at: .qmail) == 0)

            let second = try await world.start()
            try await eventually("the task is being stopped", within: .seconds(20)) {
                world.cancels(of: id, at: .qmail) > 0
            }
            try await eventually("the watch says so") {
                try await second.client.get("/tasks/qmail:\(id)/watch")["fired_at"].string != nil
            }
            second.process.kill()
        }
    }

    @Test func `is a lease, which has its whole term again where it could not be renewed`() async throws {
        try await KeptWorld.run { world in
            let id = world.add(.qmail)
            let first = try await world.start()
            let watch = try await first.client.watch("qmail", id, #"{"lease": "8s"}"#)
            let endsAt = try #require(watch["lease"]["ends_at"].string.flatMap { Timestamp($0) })
            first.process.kill()
            try await Task.sleep(for: .milliseconds(8200))

            let second = try await world.start()
            let renewed = try await second.client.get("/tasks/qmail:\(id)/watch")
            let newEnd = try #require(renewed["lease"]["ends_at"].string.flatMap { Timestamp($0) })
            #expect(newEnd.since(endsAt) > .seconds(7))
            #expect(renewed["fired_at"].string == nil)
            #expect(world.cancels(of: id, at: .qmail) == 0)
            try await eventually("the task is stopped when nobody renews it", within: .seconds(40)) {
                world.cancels(of: id, at: .qmail) > 0
            }
            second.process.kill()
        }
    }

    @Test func `is a task whose end a webhook is told, signed and under one id, though both were away`() async throws {
        try await KeptWorld.run { world in
            let receiver = try await ScriptedServer.start { _ in [.answer("", status: "500 Oh")] }
            let id = world.add(.qmail)
            let first = try await world.start()
            let wish = #"{"webhook": {"url": "\#(receiver.origin)/hook", "events": ["task.done"]}}"#
            #expect(try await first.client.watch("qmail", id, wish).status == 201)
            world.simulator.complete(id, of: .qmail)
            try await eventually("the receiver has refused it") { !receiver.requests.isEmpty }
            first.process.kill()
            let refused = try #require(receiver.requests.first)
            await receiver.stop()

            let working = try await ScriptedServer.start(port: receiver.port) { _ in [.answer("")] }
            let second = try await world.start()
            try await eventually("the receiver is told again", within: .seconds(30)) { !working.requests.isEmpty }
            let told = try #require(working.requests.first)
            #expect(told.values("webhook-id") == refused.values("webhook-id"))
            let secret = try #require(WebhookSecret(Secret(KeptWorld.secret)))
            let time = try #require(told.values("webhook-timestamp").first.flatMap { Int64($0) })
            let signature = secret.signature(
                id: try #require(told.values("webhook-id").first),
                timestamp: time,
                body: told.body
            )
            #expect(told.values("webhook-signature") == [signature])
            #expect(String(decoding: told.body, as: UTF8.self).hasPrefix(#"{"type":"task.done","timestamp":""#))
            try await eventually("the delivery is kept as delivered") {
                try await second.client.get("/deliveries")["deliveries"].elements.first?["state"] == "delivered"
            }
            second.process.kill()
            await working.stop()
        }
    }

    @Test func `is in the audit of the store after a restart, each cancel with who asked and what was sent`()
        async throws
    {
        try await KeptWorld.run { world in
            let (held, stopped) = (world.add(.blackboxCloud, "pending"), world.add(.blackboxCloud))
            let first = try await world.start()
            _ = try await first.client.cancel("blackbox-cloud", held, body: #"{"reason": "not needed"}"#)
            #expect(try await first.client.cancel("blackbox-cloud", stopped).cancelState == "confirmed")
            #expect(world.simulator.put(held, of: .blackboxCloud, into: "processing"))
            try await eventually("the held one is confirmed") {
                try await first.client.get("/audit?task=blackbox-cloud:\(held)")["records"].elements
                    .contains { $0["outcome"] == "confirmed" }
            }
            first.process.send(15)
            #expect(try await first.process.waitForEnd() == .code(0))

            let second = try await world.start()
            func records(_ query: String) async throws -> [JSONValue] {
                try await second.client.get("/audit\(query)")["records"].elements
            }
            let one = try await records("?task=blackbox-cloud:\(held)")
            // It may have been refused any number of times before.
            #expect(one.filter { $0["event"] == "asked" }.map { $0["outcome"].string } == ["confirmed", "deferred"])
            #expect(one.first { $0["event"] == "sent" }?["outcome"] == "taken")
            #expect(one.allSatisfy { $0["reason"] == "not needed" && $0["operation"] == "cancel" })
            let other = try await records("?task=blackbox-cloud:\(stopped)")
            #expect(other.map { $0["outcome"].string } == ["confirmed", "taken"])
            let part = try await second.client.get("/audit?limit=2")
            #expect(part["records"].elements == Array(try await records("").prefix(2)))
            let next = try #require(part["next"].string)
            #expect(try await records("?cursor=\(next)") == Array(try await records("").dropFirst(2)))
            second.process.kill()
        }
    }

    @Test func `is one run of a task: a cancel that is held for it is not sent to the next run under its id`()
        async throws
    {
        try await KeptWorld.run { world in
            let receiver = try await ScriptedServer.start { _ in [.answer("")] }
            let id = world.add(.xpander)
            // The provider takes no cancel, so it stays with the gateway.
            world.simulator.inject(.answer(status: 503), into: .xpander, on: .cancel, ofTask: id)
            let first = try await world.start()
            let wish = """
                {"webhook": {"url": "\(receiver.origin)/hook", "events": ["task.deadline_passed", "task.cancel_failed"]},
                 "deadline": "1s"}
                """
            #expect(try await first.client.watch("xpander", id, wish).status == 201)
            try await eventually("it was tried") { world.cancels(of: id, at: .xpander) > 0 }
            #expect(try await first.client.task("xpander", id)["status"] == "running")
            first.process.kill()

            // The agent is invoked again with the same id.
            world.simulator.clock.advance(by: .seconds(60))
            world.simulator.restart(id, of: .xpander, with: .staying(in: "executing"))
            world.simulator.clearFaults(of: .xpander, ofTask: id)
            let tried = world.cancels(of: id, at: .xpander)
            let second = try await world.start()
            // What the first was still sending when it was killed comes again, under its id.
            func distinct() -> [ScriptedRequest] {
                var ids: Set<[String]> = []
                return receiver.requests.filter { ids.insert($0.values("webhook-id")).inserted }
            }
            try await eventually("its client is told") { distinct().count == 2 }
            let told = distinct().compactMap { JSONValue($0.body) }
            #expect(told.map { $0["type"].string } == ["task.deadline_passed", "task.cancel_failed"])
            #expect(told.last?["data"]["cancel"]["detail"].string?.contains("started again") == true, "\(told)")
            #expect(told.last?["data"]["started_at"] != told.first?["data"]["started_at"], "the run that there is now")
            #expect(world.cancels(of: id, at: .xpander) == tried, "the next run is left alone")
            #expect(world.simulator.state(of: id, of: .xpander) == "executing")
            second.process.kill()
            await receiver.stop()
        }
    }

    @Test func `is nothing for a second gateway on the same file, which says so and ends`() async throws {
        try await KeptWorld.run { world in
            let first = try await world.start()
            await #expect(throws: NeverHappened.self) { try await world.start() }
            #expect(try await first.client.get("/readyz").status == 200)
            first.process.kill()
        }
    }
}

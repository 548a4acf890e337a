import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `An answer about a task` {
    @Test func `has a tag, and is not sent twice`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let first = try await world.client.task("blackbox-cloud", id)
        let tag = try #require(first.header("ETag"))
        #expect(tag.hasSuffix("\""))
        for field in [tag, "*", "\"other\", \(tag)", "W/\(tag)"] {
            let second = try await world.client.get("/tasks/blackbox-cloud:\(id)", headers: ["If-None-Match": field])
            #expect(second.status == 304, "\(field)")
            #expect(second.raw.body.isEmpty)
            #expect(second.header("ETag") == tag)
            #expect(second.header("Cache-Control") == "private, no-cache")
        }
        world.simulator.put(id, of: .blackboxCloud, into: "saving")
        let third = try await world.client.get("/tasks/blackbox-cloud:\(id)", headers: ["If-None-Match": tag])
        #expect(third.status == 200, "the provider's own word is part of it")
        #expect(third.header("ETag") != tag)
    }

    @Test func `has a tag for each view`() async throws {
        let world = try World.shared
        let id = world.add(.qmail, "COMPLETED")
        let brief = try await world.client.task("qmail", id)
        let full = try await world.client.task("qmail", id, "?view=full")
        #expect(brief.header("ETag") != full.header("ETag"))
        let other = try await world.client.get(
            "/tasks/qmail:\(id)?view=full",
            headers: ["If-None-Match": brief.header("ETag") ?? ""]
        )
        #expect(other.status == 200)
    }

    @Test func `is the same tag for the same state, whenever it was observed`() async throws {
        let world = try World.shared
        let id = world.add(.xpander)
        let first = try await world.client.task("xpander", id)
        var second = first
        try await eventually("it is observed at another time") {
            second = try await world.client.task("xpander", id)
            return second["observed_at"] != first["observed_at"]
        }
        #expect(second.header("ETag") == first.header("ETag"))
    }

    @Test func `in full has the result and the provider's whole answer`() async throws {
        let world = try World.shared
        let qmail = try await world.client.task("qmail", world.add(.qmail, "COMPLETED"), "?view=full")
        #expect(qmail["result"]["processed"] == 7)
        #expect(qmail["provider_response"]["is_successful"] == true)
        let xpander = try await world.client.task("xpander", world.add(.xpander, "completed"), "?view=full")
        #expect(xpander["result"] == "The work is done.")
        #expect(xpander["provider_response"]["organization_id"].string != nil)
        let cloud = try await world.client.task("blackbox-cloud", world.add(.blackboxCloud), "?view=full")
        #expect(cloud["result"] == .null)
        #expect(cloud["provider_response"]["inProgress"] == true)
        let brief = try await world.client.task("qmail", world.add(.qmail, "COMPLETED"), "?view=brief")
        #expect(brief["result"] == .missing && brief["provider_response"] == .missing)
    }

    @Test func `can be had without its body`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let get = try await world.client.task("blackbox-cloud", id)
        let head = try await world.client.send("HEAD", "/tasks/blackbox-cloud:\(id)")
        #expect(head.status == 200)
        #expect(head.header("ETag") == get.header("ETag"))
        #expect(head.header("Content-Length") == get.header("Content-Length"))
        #expect(head.raw.body.isEmpty)
    }

    @Test func `does not move an end back, unless the provider's ids can start again`() async throws {
        let world = try World.shared
        let cloud = world.add(.blackboxCloud, "completed")
        #expect(try await world.client.task("blackbox-cloud", cloud)["status"] == "completed")
        world.simulator.put(cloud, of: .blackboxCloud, into: "processing")
        #expect(try await world.client.task("blackbox-cloud", cloud)["status"] == "completed")
        let xpander = world.add(.xpander, "completed")
        #expect(try await world.client.task("xpander", xpander)["status"] == "completed")
        world.simulator.restart(xpander, of: .xpander, with: .staying(in: "executing"))
        #expect(try await world.client.task("xpander", xpander)["status"] == "running")
    }

    @Test func `comes in order to requests that were sent together`() async throws {
        let world = try World.shared
        let ids = (0..<8).map { _ in world.add(.blackboxCloud) }
        world.simulator.inject(.delay(.milliseconds(200)), into: .blackboxCloud, ofTask: ids[0])
        let client = try await world.client.connect()
        let text = ids.map { "GET /tasks/blackbox-cloud:\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
        try await client.send(text)
        for id in ids { #expect(Answer(try await client.answer())["id"] == .text("blackbox-cloud:\(id)")) }
        await client.close()
    }

    @Test func `carries nothing of the caller to the provider`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let answer = try await world.client.get(
            "/tasks/blackbox-cloud:\(id)",
            headers: [
                "Authorization": "Bearer caller-secret", "Cookie": "caller-cookie", "X-Forwarded-For": "203.0.113.9",
                "Proxy-Authorization": "caller-proxy", "X-Api-Key": "caller-key", "X-Request-Id": "caller-request",
            ]
        )
        #expect(answer.status == 200)
        let request = try #require(world.simulator.requests(of: .blackboxCloud).last { $0.taskID == id })
        #expect(request.headers.allSatisfy { !$0.value.contains("caller") && !$0.value.contains("203.0.113.9") })
        #expect(request.header("Authorization") == "Bearer \(Key.cloud)")
    }

    @Test func `follows a task through its life`() async throws {
        try await World.run { world in
            let id = world.simulator.addTask(
                to: .blackboxAgent,
                .run(of: .blackboxAgent, queued: .seconds(2), working: .seconds(100))
            )
            #expect(try await world.client.task("blackbox-agent", id)["status"] == "queued")
            world.simulator.clock.advance(by: .seconds(52))
            let half = try await world.client.task("blackbox-agent", id)
            #expect(half["status"] == "running")
            #expect(half["progress"] == 50)
            #expect(half["started_at"] == "2026-01-15T10:00:02.123Z")
            world.simulator.clock.advance(by: .seconds(50))
            let end = try await world.client.task("blackbox-agent", id)
            #expect(end["status"] == "completed")
            #expect(end["finished_at"] == "2026-01-15T10:01:42.123Z")
            #expect(end["poll_after_seconds"] == .null)
        }
    }
}

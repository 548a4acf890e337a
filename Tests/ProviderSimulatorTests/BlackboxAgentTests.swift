internal import Testing

@testable internal import ProviderSimulator

struct BlackboxAgentTests {
    private let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    private var path: String { "/api/v1/tasks/\(id)" }

    private func add(_ state: String, to simulator: SimulatedProviders, owner: String? = nil) {
        simulator.addTask(to: .blackboxAgent, .staying(in: state), id: id, owner: owner)
    }

    @Test func `a status has exactly the documented fields`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxAgent, .run(of: .blackboxAgent), id: id)
            simulator.clock.advance(by: .seconds(17))
            let response = simulator.client(of: .blackboxAgent).get("\(path)/status")
            #expect(
                response.text == """
                    {"runId":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","status":"in_progress","progress":50,"error":null,\
                    "startedAt":"2026-01-15T10:00:02.123Z","completedAt":null}
                    """
            )
        }
    }

    @Test(arguments: [
        ("pending", "queued"), ("in_progress", "running"), ("completed", "completed"), ("failed", "failed"),
        ("cancelled", "cancelled"), ("interrupted", "interrupted"),
    ])
    func `the status page has its words, the other pages have the internal ones`(
        word: String,
        inside: String
    ) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            #expect(client.get("\(path)/status")["status"] == .string(word))
            #expect(client.get(path)["status"] == .string(inside))
            #expect(client.get("/api/v1/agent/status?runId=\(id)")["status"] == .string(inside))
        }
    }

    @Test func `progress falls back to nothing when a run is cancelled`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxAgent, .run(of: .blackboxAgent), id: id)
            simulator.clock.advance(by: .seconds(20))
            let client = simulator.client(of: .blackboxAgent)
            #expect(client.get("\(path)/status")["progress"] == .number(60))
            _ = client.patch(path, #"{"action":"cancel"}"#)
            #expect(client.get("\(path)/status")["progress"] == .number(0))
        }
    }

    @Test(arguments: ["pending", "in_progress"])
    func `a cancel answers flat and at once`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            let response = client.patch(path, #"{"action":"cancel"}"#)
            #expect(response.status == 200)
            #expect(
                response.text == """
                    {"success":true,"status":"cancelled",\
                    "message":"Task a1b2c3d4-e5f6-7890-abcd-ef1234567890 cancelled successfully"}
                    """
            )
            #expect(client.get("\(path)/status")["status"] == .string("cancelled"))
        }
    }

    @Test(arguments: ["completed", "failed", "cancelled", "interrupted"])
    func `a cancel of a finished run changes nothing, and whether that is an error can be chosen`(
        word: String
    ) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            let response = client.patch(path, #"{"action":"cancel"}"#)
            #expect(response.status == 200)
            #expect(response["status"] == .string(word))
            simulator.adjustQuirks { $0.agentRefusesCancelOfFinished = true }
            #expect(client.patch(path, #"{"action":"cancel"}"#).status == 400)
            #expect(simulator.state(of: id, of: .blackboxAgent) == word)
        }
    }

    @Test func `a title renames the chat, within 200 letters`() async throws {
        try await withSimulator { simulator in
            add("in_progress", to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            #expect(client.patch(path, #"{"title":"Stripe Integration Task"}"#).status == 200)
            #expect(simulator.title(of: id, of: .blackboxAgent) == "Stripe Integration Task")
            #expect(client.patch(path, #"{"title":""}"#).status == 400)
            #expect(client.patch(path, "{\"title\":\"\(String(repeating: "x", count: 201))\"}").status == 400)
            #expect(simulator.state(of: id, of: .blackboxAgent) == "in_progress")
            #expect(simulator.requests(of: .blackboxAgent).allSatisfy { $0.operation == .rename })
        }
    }

    @Test func `a cancel with a title cancels and does not rename`() async throws {
        try await withSimulator { simulator in
            add("in_progress", to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            let response = client.patch(path, #"{"title":"New","action":"cancel"}"#)
            #expect(response["status"] == .string("cancelled"))
            #expect(simulator.title(of: id, of: .blackboxAgent) == nil)
        }
    }

    @Test(arguments: [#"{"action":"stop"}"#, "{}", "{", "[]", #"{"action":"stop","title":"x"}"#])
    func `a body without a valid action is refused`(body: String) async throws {
        try await withSimulator { simulator in
            add("in_progress", to: simulator)
            #expect(simulator.client(of: .blackboxAgent).patch(path, body).status == 400)
            #expect(simulator.state(of: id, of: .blackboxAgent) == "in_progress")
        }
    }

    @Test func `a run of somebody else is forbidden, one that does not exist is not found`() async throws {
        try await withSimulator { simulator in
            add("in_progress", to: simulator, owner: "sk-somebody")
            let client = simulator.client(of: .blackboxAgent)
            #expect(client.get("\(path)/status").status == 403)
            #expect(client.patch(path, #"{"action":"cancel"}"#).status == 403)
            #expect(client.get("/api/v1/tasks/00000000-0000-0000-0000-000000000000/status").status == 404)
        }
    }

    @Test func `the raw status of a run that does not exist is 200 with nulls`() async throws {
        try await withSimulator { simulator in
            let response = simulator.client(of: .blackboxAgent).get("/api/v1/agent/status?runId=nothing")
            #expect(response.status == 200)
            #expect(response["status"] == .null)
            #expect(response["runId"] == .null)
        }
    }

    @Test func `keys come with a hyphen and with an underscore`() async throws {
        try await withSimulator { simulator in
            add("in_progress", to: simulator)
            for (key, status) in [("sk-abc", 200), ("sk_abc", 200), ("bb_abc", 401), ("sk", 401)] {
                let client = simulator.client(of: .blackboxAgent, key: key)
                #expect(client.get("\(path)/status").status == status)
            }
        }
    }

    @Test func `the address contains the version, as the introduction has it`() async throws {
        try await withSimulator { simulator in
            #expect(simulator.url(of: .blackboxAgent).hasSuffix(":\(simulator.port(of: .blackboxAgent))/api/v1"))
        }
    }

    @Test func `a created task has the same id twice`() async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .blackboxAgent)
            let created = client.post("/api/v1/tasks", #"{"message":"Add a README"}"#)
            #expect(created["status"] == .string("queued"))
            #expect(created["taskId"] == created["runId"])
            let made = try #require(created["runId"]?.string)
            #expect(client.get("/api/v1/tasks/\(made)/status")["status"] == .string("pending"))
        }
    }

    @Test func `a follow-up is a run of its own, and the earlier one stays finished`() async throws {
        try await withSimulator { simulator in
            add("completed", to: simulator)
            let client = simulator.client(of: .blackboxAgent)
            let next = client.post("\(path)/continue", #"{"prompt":"And in French"}"#)
            let made = try #require(next["runId"]?.string)
            #expect(made != id)
            #expect(client.get("/api/v1/tasks/\(made)/status")["status"] == .string("pending"))
            #expect(client.get("\(path)/status")["status"] == .string("completed"))
            #expect(client.post("/api/v1/tasks/nothing/continue", #"{"prompt":"x"}"#).status == 404)
        }
    }
}

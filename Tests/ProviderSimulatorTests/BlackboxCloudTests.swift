internal import Testing

@testable internal import ProviderSimulator

struct BlackboxCloudTests {
    private let id = "9qQe2F8Z_nXx9-eJA0BD6"

    private func add(_ state: String, to simulator: SimulatedProviders) {
        simulator.addTask(to: .blackboxCloud, .staying(in: state), id: id)
    }

    @Test func `a status has exactly the documented fields`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .run(of: .blackboxCloud), id: id)
            simulator.clock.advance(by: .seconds(17))
            let response = simulator.client(of: .blackboxCloud).get("/api/tasks/\(id)/status")
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "application/json")
            #expect(
                response.text == """
                    {"taskId":"9qQe2F8Z_nXx9-eJA0BD6","status":"processing","progress":50,"inProgress":true,\
                    "isDone":false,"error":null,"createdAt":"2026-01-15T10:00:00.123Z",\
                    "updatedAt":"2026-01-15T10:00:17.123Z","completedAt":null,"duration":null}
                    """
            )
        }
    }

    @Test func `a task goes from pending over processing to completed, with a duration at the end`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .run(of: .blackboxCloud, working: .seconds(898)), id: id)
            let client = simulator.client(of: .blackboxCloud)
            #expect(client.get("/api/tasks/\(id)/status")["status"] == .string("pending"))
            simulator.clock.advance(by: .seconds(2))
            #expect(client.get("/api/tasks/\(id)/status")["status"] == .string("processing"))
            simulator.clock.advance(by: .seconds(1000))
            let done = client.get("/api/tasks/\(id)/status")
            #expect(done["status"] == .string("completed"))
            #expect(done["progress"] == .number(100))
            #expect(done["duration"] == .string("900s"))
            #expect(done["completedAt"] == .string("2026-01-15T10:15:00.123Z"))
        }
    }

    @Test(arguments: [
        ("pending", true), ("processing", true), ("saving", true), ("completed", false), ("error", false),
        ("stopped", false), ("timeout", false),
    ])
    func `each word has its flags`(word: String, isActive: Bool) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let response = simulator.client(of: .blackboxCloud).get("/api/tasks/\(id)/status")
            #expect(response["status"] == .string(word))
            #expect(response["inProgress"] == .flag(isActive))
            #expect(response["isDone"] == .flag(!isActive))
        }
    }

    @Test(arguments: ["processing", "saving"])
    func `a stop answers with the task nested and an error that is none`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .blackboxCloud)
            let response = client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#)
            #expect(response.status == 200)
            #expect(
                response.text == """
                    {"message":"Task stopped successfully","task":{"id":"9qQe2F8Z_nXx9-eJA0BD6",\
                    "userId":"user@example.com","status":"stopped","error":"Task was stopped by user",\
                    "updatedAt":"2026-01-15T10:00:00.123Z","completedAt":"2026-01-15T10:00:00.123Z"}}
                    """
            )
            let status = client.get("/api/tasks/\(id)/status")
            #expect(status["status"] == .string("stopped"))
            #expect(status["error"] == .string("Task was stopped by user"))
        }
    }

    @Test(arguments: ["pending", "completed", "error", "stopped", "timeout"])
    func `a stop is refused for a queued task and for a finished one`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let response = simulator.client(of: .blackboxCloud).patch("/api/tasks/\(id)", #"{"action":"stop"}"#)
            #expect(response.status == 400)
            #expect(simulator.state(of: id, of: .blackboxCloud) == word)
        }
    }

    @Test func `a second stop is refused`() async throws {
        try await withSimulator { simulator in
            add("processing", to: simulator)
            let client = simulator.client(of: .blackboxCloud)
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 200)
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 400)
        }
    }

    @Test func `of many stops at once exactly one is accepted`() async throws {
        try await withSimulator { simulator in
            add("processing", to: simulator)
            let client = simulator.client(of: .blackboxCloud)
            let statuses = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask { client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status }
                }
                return await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 400 } == 49)
            #expect(simulator.counts(of: .blackboxCloud).cancel == 50)
        }
    }

    @Test func `a stop needs its content type and its one word`() async throws {
        try await withSimulator { simulator in
            add("processing", to: simulator)
            let client = simulator.client(of: .blackboxCloud)
            #expect(client.send("PATCH", "/api/tasks/\(id)", #"{"action":"stop"}"#).status == 400)
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"cancel"}"#).status == 400)
            #expect(client.patch("/api/tasks/\(id)", "stop").status == 400)
            #expect(simulator.state(of: id, of: .blackboxCloud) == "processing")
        }
    }

    @Test(arguments: [
        ("processing", "running"), ("error", "failed"), ("timeout", "failed"), ("stopped", "cancelled"),
        ("completed", "completed"), ("pending", "pending"),
    ])
    func `the full object has other words for the same state`(word: String, shown: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let response = simulator.client(of: .blackboxCloud).get("/api/tasks/\(id)")
            #expect(response["task", "status"] == .string(shown))
            #expect(response["task", "id"] == .string(id))
        }
    }

    @Test func `a task of somebody else is not found, as is one that does not exist`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: id, owner: "bb_somebody")
            let client = simulator.client(of: .blackboxCloud)
            #expect(client.get("/api/tasks/\(id)/status").status == 404)
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 404)
            #expect(client.get("/api/tasks/nothing/status").status == 404)
            let owner = simulator.client(of: .blackboxCloud, key: "bb_somebody")
            #expect(owner.get("/api/tasks/\(id)/status").status == 200)
        }
    }

    @Test(arguments: [nil, "Bearer sk-b41b647ffbfed27f", "Bearer bb_", "Bearer bb_a-b", "Basic bb_abc", "bb_abc"])
    func `a key that is missing or of another shape is refused`(header: String?) async throws {
        try await withSimulator { simulator in
            add("processing", to: simulator)
            let headers = header.map { ["Authorization": $0] } ?? [:]
            let client = TestClient(port: simulator.port(of: .blackboxCloud), headers: headers)
            #expect(client.get("/api/tasks/\(id)/status").status == 401)
        }
    }

    @Test func `only the configured key is let in, if there is one`() async throws {
        try await withSimulator(.forTests { $0.keys = [.blackboxCloud: ["bb_mine"]] }) { simulator in
            add("processing", to: simulator)
            #expect(simulator.client(of: .blackboxCloud).get("/api/tasks/\(id)/status").status == 401)
            let mine = simulator.client(of: .blackboxCloud, key: "bb_mine")
            #expect(mine.get("/api/tasks/\(id)/status").status == 200)
            simulator.accept(keys: ["bb_next"], at: .blackboxCloud)
            #expect(mine.get("/api/tasks/\(id)/status").status == 401)
        }
    }

    @Test func `a created task belongs to its key`() async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .blackboxCloud)
            let created = client.post("/api/tasks", #"{"prompt":"Say \"h\u00e9llo\""}"#)
            let made = try #require(created["task", "id"]?.string)
            #expect(made.count == 21)
            #expect(created["task", "status"] == .string("pending"))
            #expect(client.get("/api/tasks/\(made)")["task", "prompt"] == .string("Say \"héllo\""))
            let other = simulator.client(of: .blackboxCloud, key: "bb_other")
            #expect(other.get("/api/tasks/\(made)/status").status == 404)
        }
    }
}

internal import Testing

@testable internal import ProviderSimulator

struct XpanderTests {
    private let id = "fbd08e4d-cfa7-4838-b6e6-e51855ac2ba3"
    private var path: String { "/v1/tasks/\(id)" }

    private func add(_ state: String, to simulator: SimulatedProviders, owner: String? = nil) {
        simulator.addTask(to: .xpander, .staying(in: state), id: id, owner: owner)
    }

    @Test func `times have microseconds, and there is neither progress nor error`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .xpander, .run(of: .xpander), id: id)
            simulator.clock.advance(by: .seconds(40))
            let response = simulator.client(of: .xpander).get(path)
            #expect(response.status == 200)
            #expect(response["id"] == .string(id))
            #expect(response["status"] == .string("completed"))
            #expect(response["is_manually_stopped"] == .flag(false))
            #expect(response["created_at"] == .string("2026-01-15T10:00:00.123456Z"))
            #expect(response["started_at"] == .string("2026-01-15T10:00:02.123456Z"))
            #expect(response["finished_at"] == .string("2026-01-15T10:00:32.123456Z"))
            #expect(response["result"]?.string != nil)
            #expect(response["progress"] == nil)
            #expect(response["error"] == nil)
        }
    }

    @Test func `a finished task may never have started`() async throws {
        try await withSimulator { simulator in
            add("completed", to: simulator)
            #expect(simulator.client(of: .xpander).get(path)["started_at"] == .null)
        }
    }

    @Test(arguments: ["pending", "executing", "paused", "error", "failed", "completed", "stopped"])
    func `every word of the enumeration can be shown`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            #expect(simulator.client(of: .xpander).get(path)["status"] == .string(word))
        }
    }

    @Test func `a paused task says whom it waits for`() async throws {
        try await withSimulator(.forTests { $0.holdsDemoTasks = true }) { simulator in
            let client = simulator.client(of: .xpander)
            let approval = client.get("/v1/tasks/c70f5b29-e83a-4196-95d7-2b8e4f1a6c03")
            #expect(approval["status"] == .string("paused"))
            #expect(approval["hitl_request", "wait_node_id"] == .string("approve-refund"))
            #expect(approval["paused_at"]?.string != nil)
            #expect(approval["pending_eca_request"] == .null)
            let signIn = client.get("/v1/tasks/d94e6a08-1c7b-4f52-8e39-a5b0c2d7f614")
            #expect(signIn["hitl_request"] == .null)
            #expect(signIn["pending_eca_request", "connector_name"] == .string("gmail"))
        }
    }

    @Test func `a stop says stopped at once while the worker runs on for some seconds`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator)
            let client = simulator.client(of: .xpander)
            let stopped = client.post("\(path)/stop")
            #expect(stopped.status == 200)
            #expect(stopped["status"] == .string("stopped"))
            #expect(stopped["is_manually_stopped"] == .flag(true))
            #expect(stopped["finished_at"]?.string != nil)
            #expect(client.get(path)["status"] == .string("executing"))
            #expect(client.post("\(path)/stop")["status"] == .string("stopped"))
            simulator.clock.advance(by: .milliseconds(2999))
            #expect(client.get(path)["status"] == .string("executing"))
            simulator.clock.advance(by: .milliseconds(1))
            let settled = client.get(path)
            #expect(settled["status"] == .string("stopped"))
            #expect(settled["is_manually_stopped"] == .flag(true))
        }
    }

    @Test func `the worker can also stop at once`() async throws {
        try await withSimulator(.forTests { $0.quirks.xpanderWorkerRunsOn = .zero }) { simulator in
            add("executing", to: simulator)
            let client = simulator.client(of: .xpander)
            _ = client.post("\(path)/stop")
            #expect(client.get(path)["status"] == .string("stopped"))
        }
    }

    @Test(arguments: ["pending", "paused"])
    func `a task without a worker is stopped at once`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .xpander)
            #expect(client.post("\(path)/stop")["status"] == .string("stopped"))
            #expect(client.get(path)["status"] == .string("stopped"))
        }
    }

    @Test(arguments: ["completed", "failed", "stopped"])
    func `a stop of a finished task answers 200 and changes nothing`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .xpander)
            let before = client.get(path)
            let response = client.post("\(path)/stop")
            #expect(response.status == 200)
            #expect(response.text == before.text)
            #expect(response["is_manually_stopped"] == .flag(false))
            #expect(simulator.counts(of: .xpander).failuresHiddenByStop == 0)
        }
    }

    @Test func `a stop of a task in error hides the failure, which is counted`() async throws {
        try await withSimulator { simulator in
            add("error", to: simulator)
            let client = simulator.client(of: .xpander)
            #expect(client.post("\(path)/stop")["status"] == .string("stopped"))
            #expect(client.get(path)["status"] == .string("stopped"))
            #expect(simulator.counts(of: .xpander).failuresHiddenByStop == 1)
        }
    }

    @Test func `a task that the system stopped was not stopped by hand`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator)
            simulator.put(id, of: .xpander, into: "stopped")
            let response = simulator.client(of: .xpander).get(path)
            #expect(response["status"] == .string("stopped"))
            #expect(response["is_manually_stopped"] == .flag(false))
        }
    }

    @Test func `a task that is put back to work after a stop can be stopped again`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator)
            let client = simulator.client(of: .xpander)
            _ = client.post("\(path)/stop")
            simulator.put(id, of: .xpander, into: "executing")
            simulator.clock.advance(by: .seconds(10))
            #expect(client.get(path)["status"] == .string("executing"))
            #expect(client.get(path)["is_manually_stopped"] == .flag(false))
            _ = client.post("\(path)/stop")
            simulator.clock.advance(by: .seconds(10))
            #expect(client.get(path)["status"] == .string("stopped"))
        }
    }

    @Test(arguments: ["nothing", "fbd08e4d-cfa7-4838-b6e6-e51855ac2bag", "fbd08e4dcfa74838b6e6e51855ac2ba3x"])
    func `an id that is no UUID is a validation error`(malformed: String) async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .xpander)
            for response in [client.get("/v1/tasks/\(malformed)"), client.post("/v1/tasks/\(malformed)/stop")] {
                #expect(response.status == 422)
                #expect(
                    response.text == """
                        {"detail":[{"loc":["path","task_id"],"msg":"Input should be a valid UUID",\
                        "type":"uuid_parsing"}]}
                        """
                )
            }
        }
    }

    @Test func `the other errors are as documented`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator, owner: "another-organization")
            let client = simulator.client(of: .xpander)
            #expect(client.get(path).status == 403)
            #expect(client.post("\(path)/stop").status == 403)
            #expect(client.get("/v1/tasks/00000000-0000-4000-8000-000000000000").status == 404)
            #expect(TestClient(port: client.port).get(path).status == 401)
            let bearer = TestClient(port: client.port, headers: ["Authorization": "Bearer xpander-key"])
            #expect(bearer.get(path).status == 401)
        }
    }

    @Test func `every answer tells the rate limit, which is only enforced if wanted`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator)
            let client = simulator.client(of: .xpander)
            let first = client.get(path)
            #expect(first.header("X-RateLimit-Limit") == "100")
            #expect(first.header("X-RateLimit-Remaining") == "99")
            #expect(first.header("X-RateLimit-Reset") == "1768471260")
            for _ in 0..<100 { _ = client.get(path) }
            #expect(client.get(path).status == 200)
            simulator.adjustQuirks { $0.xpanderLimitsRate = true }
            #expect(client.get(path).status == 429)
            simulator.clock.advance(by: .seconds(60))
            #expect(client.get(path).status == 200)
        }
    }

    @Test func `a finished task begins again when its id is invoked again`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .xpander, .run(of: .xpander), id: id)
            simulator.clock.advance(by: .seconds(60))
            let client = simulator.client(of: .xpander)
            #expect(client.get(path)["status"] == .string("completed"))
            let body = "{\"id\":\"\(id)\",\"input\":{\"text\":\"And once more\"}}"
            let invoked = client.post("/v1/agents/93a1cd50-2af0-452a-99a0-6e1f1b14fb29/invoke/async", body)
            #expect(invoked["id"] == .string(id))
            #expect(invoked["status"] == .string("pending"))
            simulator.clock.advance(by: .seconds(3))
            #expect(client.get(path)["status"] == .string("executing"))
        }
    }

    @Test func `a delete takes the task with all its history, and is counted`() async throws {
        try await withSimulator { simulator in
            add("executing", to: simulator)
            let client = simulator.client(of: .xpander)
            #expect(client.send("DELETE", path).status == 204)
            #expect(client.get(path).status == 404)
            #expect(simulator.counts(of: .xpander).delete == 1)
            #expect(simulator.counts(of: .xpander).cancel == 0)
        }
    }
}

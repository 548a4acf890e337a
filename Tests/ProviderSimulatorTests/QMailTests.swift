internal import Testing

@testable internal import ProviderSimulator

struct QMailTests {
    private let id = "a7f8c9d1-e234-56b7-8901-23c45de67f89"
    private var statusPath: String { "/api/task/status/\(id)" }
    private var cancelPath: String { "/api/task/cancel/\(id)" }

    private func add(_ state: String, to simulator: SimulatedProviders) {
        simulator.addTask(to: .qmail, .staying(in: state), id: id)
    }

    @Test func `a status has exactly the documented fields and needs no key`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .qmail, .run(of: .qmail), id: id)
            simulator.clock.advance(by: .seconds(17))
            let response = simulator.client(of: .qmail).get(statusPath)
            #expect(
                response.text == """
                    {"task_id":"a7f8c9d1-e234-56b7-8901-23c45de67f89","state":"RUNNING","progress":50,\
                    "message":"Processing email attachments (3 of 7)","result":null,"error":null,\
                    "created_at":"2026-01-15T10:00:00Z","started_at":"2026-01-15T10:00:02Z","completed_at":null,\
                    "is_finished":false,"is_successful":false}
                    """
            )
        }
    }

    @Test func `the program itself writes times with an offset`() async throws {
        try await withSimulator(.forTests { $0.quirks.qmailSpeaksAsItsSource = true }) { simulator in
            add("RUNNING", to: simulator)
            let response = simulator.client(of: .qmail).get(statusPath)
            #expect(response["created_at"] == .string("2026-01-15T10:00:00.123456+00:00"))
        }
    }

    @Test(arguments: [
        ("PENDING", false, false), ("RUNNING", false, false), ("COMPLETED", true, true), ("FAILED", true, false),
        ("CANCELLED", true, false),
    ])
    func `each word has its flags`(word: String, isFinished: Bool, isSuccessful: Bool) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let response = simulator.client(of: .qmail).get(statusPath)
            #expect(response["state"] == .string(word))
            #expect(response["is_finished"] == .flag(isFinished))
            #expect(response["is_successful"] == .flag(isSuccessful))
        }
    }

    @Test func `a cancel is accepted in lower case while the task runs on`() async throws {
        try await withSimulator { simulator in
            add("RUNNING", to: simulator)
            let client = simulator.client(of: .qmail)
            let response = client.post(cancelPath)
            #expect(response.status == 200)
            #expect(
                response.text == """
                    {"task_id":"a7f8c9d1-e234-56b7-8901-23c45de67f89","status":"cancelled",\
                    "message":"Task cancellation requested successfully"}
                    """
            )
            #expect(client.get(statusPath)["state"] == .string("RUNNING"))
            simulator.clock.advance(by: .seconds(2))
            #expect(client.post(cancelPath).status == 200)
            simulator.clock.advance(by: .seconds(1))
            #expect(client.get(statusPath)["state"] == .string("CANCELLED"))
        }
    }

    @Test func `a queued task is cancelled at once`() async throws {
        try await withSimulator { simulator in
            add("PENDING", to: simulator)
            let client = simulator.client(of: .qmail)
            #expect(client.post(cancelPath).status == 200)
            #expect(client.get(statusPath)["state"] == .string("CANCELLED"))
        }
    }

    @Test func `a task can complete after its cancel was accepted`() async throws {
        try await withSimulator(.forTests { $0.quirks.qmailCompletesDespiteCancel = true }) { simulator in
            simulator.addTask(to: .qmail, .run(of: .qmail), id: id)
            simulator.clock.advance(by: .seconds(10))
            let client = simulator.client(of: .qmail)
            #expect(client.post(cancelPath)["status"] == .string("cancelled"))
            simulator.clock.advance(by: .seconds(30))
            #expect(client.get(statusPath)["state"] == .string("COMPLETED"))
        }
    }

    @Test(arguments: ["COMPLETED", "FAILED", "CANCELLED"])
    func `a finished task cannot be cancelled, said in either documented form`(word: String) async throws {
        try await withSimulator { simulator in
            add(word, to: simulator)
            let client = simulator.client(of: .qmail)
            let response = client.post(cancelPath)
            #expect(response.status == 400)
            #expect(
                response.text == """
                    {"error":"Cannot cancel task","message":"Task has already finished (state: \(word))",\
                    "task_id":"a7f8c9d1-e234-56b7-8901-23c45de67f89"}
                    """
            )
            simulator.adjustQuirks { $0.qmailSpeaksAsItsSource = true }
            let source = client.post(cancelPath)
            #expect(source.status == 400)
            #expect(source["error"] == .string("Task already finished"))
            #expect(source["status"] == .string("error"))
        }
    }

    @Test func `an unknown task is named in the answer`() async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .qmail)
            let expected = """
                {"error":"Task not found","message":"No task exists with ID: invalid-task-id",\
                "task_id":"invalid-task-id"}
                """
            for response in [
                client.get("/api/task/status/invalid-task-id"), client.post("/api/task/cancel/invalid-task-id"),
            ] {
                #expect(response.status == 404)
                #expect(response.text == expected)
            }
        }
    }

    @Test func `a finished task is forgotten after an hour`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .qmail, .run(of: .qmail), id: id)
            simulator.clock.advance(by: .seconds(32 + 3599))
            let client = simulator.client(of: .qmail)
            #expect(client.get(statusPath).status == 200)
            simulator.clock.advance(by: .seconds(1))
            #expect(client.get(statusPath).status == 404)
        }
    }

    @Test func `finished tasks make room when there are too many`() async throws {
        try await withSimulator(.forTests { $0.quirks.qmailHolds = 2 }) { simulator in
            add("COMPLETED", to: simulator)
            let second = simulator.addTask(to: .qmail, .staying(in: "RUNNING"))
            let third = simulator.addTask(to: .qmail, .staying(in: "COMPLETED"))
            let client = simulator.client(of: .qmail)
            #expect(client.get(statusPath).status == 404)
            #expect(client.get("/api/task/status/\(second)").status == 200)
            #expect(client.get("/api/task/status/\(third)").status == 200)
        }
    }
}

struct QMailCoreTests {
    private let id = "Jan-27-26_01-44-55-AM-706d"

    @Test(arguments: ["id", "task_id"])
    func `the status of the call is not the status of the task`(name: String) async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .qmailCore, .run(of: .qmailCore, working: .seconds(40)), id: id)
            simulator.clock.advance(by: .seconds(10))
            let client = simulator.client(of: .qmailCore)
            let running = client.get("/api/system/tasks?\(name)=\(id)")
            #expect(running["status"] == .string("success"))
            #expect(running["payload", "id"] == .string(id))
            #expect(running["payload", "status"] == .string("running"))
            #expect(running["payload", "progress"] == .number(25))
            simulator.clock.advance(by: .seconds(30))
            #expect(client.get("/api/system/tasks?\(name)=\(id)")["payload", "status"] == .string("success"))
        }
    }

    @Test func `the older paths are unknown, and the answer names no task`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .qmailCore, .staying(in: "running"), id: id)
            let client = simulator.client(of: .qmailCore)
            for response in [client.get("/api/task/status/\(id)"), client.post("/api/task/cancel/\(id)")] {
                #expect(response.status == 404)
                #expect(response["task_id"] == nil)
            }
            #expect(simulator.state(of: id, of: .qmailCore) == "running")
        }
    }

    @Test func `a task that does not exist is an error in the envelope`() async throws {
        try await withSimulator { simulator in
            let response = simulator.client(of: .qmailCore).get("/api/system/tasks?id=\(id)")
            #expect(response.status == 404)
            #expect(response["status"] == .string("error"))
        }
    }

    @Test func `an id tells when its task was created`() async throws {
        try await withSimulator { simulator in
            let id = simulator.addTask(to: .qmailCore, .staying(in: "running"))
            #expect(id.hasPrefix("Jan-15-26_10-00-00-AM-"))
            let old = simulator.addTask(to: .qmailCore, .staying(in: "success"), age: .seconds(36000 - 5))
            #expect(old.hasPrefix("Jan-15-26_12-00-05-AM-"))
        }
    }
}

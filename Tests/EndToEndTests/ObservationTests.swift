import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

extension World {
    /// The lines of the JSON log that say something, once there are as many as are waited for.
    func lines(_ message: String, atLeast count: Int) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        try await eventually("the log has \(count) lines \"\(message)\"") {
            // The last line may still be on its way.
            let text = String(decoding: gateway.standardError, as: UTF8.self)
            found = text.split(separator: "\n").compactMap { JSONValue(Array($0.utf8)) }
                .filter { $0["message"].string == message }
            return found.count >= count
        }
        return found
    }

    /// The records of the audit's file, once there are as many as are waited for.
    func records(atLeast count: Int) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        try await eventually("the audit has \(count) records") {
            let bytes = FileManager.default.contents(atPath: folder.path + "/audit.jsonl") ?? Data()
            found = bytes.split(separator: UInt8(ascii: "\n")).compactMap { JSONValue(Array($0)) }
            return found.count >= count
        }
        return found
    }
}

private let audited = #""audit": {"file": "audit.jsonl"}, "#

struct `What the gateway tells of itself` {
    @Test func `is a line for each call, and one object a line`() async throws {
        try await World.run(WorldSetup(logFormat: "json")) { world in
            let id = world.add(.blackboxCloud)
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            _ = try await world.client.get(
                "/tasks/blackbox-cloud:\(id)",
                headers: ["X-Request-Id": "my/request", "traceparent": "00-\(trace)-00f067aa0ba902b7-01"]
            )
            _ = try await world.client.get("/tasks/nobody:a", headers: ["traceparent": "00-\(trace)-0-01"])
            _ = try await world.client.get("/livez")
            _ = try await world.client.sendRaw("nonsense\r\n\r\n")
            let seen = world.simulator.requests(of: .blackboxCloud).filter { $0.taskID == id }
            #expect(seen.map { $0.header("traceparent") } == ["00-\(trace)-00f067aa0ba902b7-01"])
            let lines = try await world.lines("request", atLeast: 3)
            #expect(lines.count == 3, "health is not logged")
            let first = lines[0]
            #expect(first["time"].string?.hasSuffix("Z") == true)
            #expect(first["level"] == "info")
            #expect(first["request_id"] == "my/request")
            #expect(first["trace_id"].string == trace)
            #expect(first["client"] == .missing)
            #expect(first["method"] == "GET")
            #expect(first["route"] == "/tasks/{id}")
            #expect(first["task"].string == "blackbox-cloud:\(id)")
            #expect(first["provider"] == "blackbox-cloud")
            #expect(first["operation"] == "status")
            #expect(first["status"].double == 200)
            #expect(first["upstream_status"].double == 200)
            #expect((first["upstream_ms"].double ?? -1) > 0)
            #expect(lines[1]["upstream_ms"] == .missing)
            #expect(first["code"] == .missing)
            #expect((first["duration_ms"].double ?? -1) > 0)
            #expect((first["bytes"].double ?? -1) > 300)
            #expect(lines[1]["status"].double == 404)
            #expect(lines[1]["code"] == "unknown_provider")
            #expect(lines[1]["trace_id"] == .missing, "what is malformed is passed over")
            #expect(lines[2]["status"].double == 400)
            #expect(lines[2]["method"] == "_OTHER")
            world.gateway.send(15)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            let all = world.gateway.standardError.split(separator: UInt8(ascii: "\n"))
            #expect(all.allSatisfy { JSONValue(Array($0)) != nil }, "\(world.gateway.text)")
            #expect(JSONValue(Array(try #require(all.last)))?["message"] == "stopped")
        }
    }

    @Test func `is nothing of the calls where that is not wanted`() async throws {
        try await World.run(WorldSetup(accessLog: false)) { world in
            _ = try await world.client.get("/providers")
            world.gateway.send(15)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            #expect(!world.gateway.text.contains(" request "))
            #expect(world.gateway.text.contains(" stopped\n"))
        }
    }

    @Test func `is who was gone before the answer`() async throws {
        try await World.run(WorldSetup(logFormat: "json", more: audited)) { world in
            let id = world.add(.blackboxCloud)
            // Much longer than a client that closed its side is believed to wait.
            world.simulator.inject(.delay(.seconds(7)), into: .blackboxCloud, on: .cancel, ofTask: id)
            let caller = try await world.client.connect()
            try await caller.send(
                "POST /tasks/blackbox-cloud:\(id)/cancel HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: gone\r\n\r\n"
            )
            try await eventually("the cancel is sent") { world.calls(.cancel, of: id, at: .blackboxCloud) > 0 }
            await caller.close()
            let line = try #require(try await world.lines("request", atLeast: 1).first)
            #expect(line["status"].double == 499)
            #expect(line["request_id"] == "gone")
            #expect(line["operation"] == "cancel")
            let records = try await world.records(atLeast: 2)
            #expect(records.map { $0["event"].string } == ["asked", "sent"])
            #expect(records.map { $0["outcome"].string } == ["left", "taken"])
            #expect(records[1]["upstream_status"].double == 200)
        }
    }

    @Test func `is a record of each who asks for a cancel, and of the one that is sent`() async throws {
        try await World.run(WorldSetup(more: audited)) { world in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(.delay(.milliseconds(300)), into: .blackboxCloud, on: .cancel, ofTask: id)
            try await withThrowingTaskGroup { group in
                for number in 0..<3 {
                    group.addTask {
                        let answer = try await world.client.send(
                            "POST",
                            "/tasks/blackbox-cloud:\(id)/cancel",
                            body: #"{"reason": "number \#(number)\u001b[31m"}"#,
                            headers: ["X-Request-Id": "r\(number)"]
                        )
                        #expect(answer.cancelState == "confirmed")
                    }
                }
                try await group.waitForAll()
            }
            let records = try await world.records(atLeast: 4)
            let asked = records.filter { $0["event"] == "asked" }
            let sent = records.filter { $0["event"] == "sent" }
            #expect(sent.count == world.calls(.cancel, of: id, at: .blackboxCloud))
            #expect(sent.count == 1)
            #expect(sent[0]["task"].string == "blackbox-cloud:\(id)")
            #expect(sent[0]["upstream_status"].double == 200)
            #expect(sent[0]["upstream_word"].string != nil)
            #expect(Set(asked.map { $0["request_id"].string }) == ["r0", "r1", "r2"])
            #expect(Set(asked.map { $0["reason"].string }) == Set((0..<3).map { "number \($0)\u{1b}[31m" }))
            #expect(asked.allSatisfy { $0["outcome"] == "confirmed" && $0["client"] == .null })
            #expect(asked.allSatisfy { $0["operation"] == "cancel" && $0["level"] == "notice" })
            let attributes = try FileManager.default.attributesOfItem(atPath: world.folder.path + "/audit.jsonl")
            #expect(attributes[.posixPermissions] as? Int == 0o600)

            // A rename, in the file that is new behind a hang-up.
            try FileManager.default.moveItem(
                atPath: world.folder.path + "/audit.jsonl",
                toPath: world.folder.path + "/audit.jsonl.1"
            )
            world.gateway.send(SIGHUP)
            try await eventually("the file is there again") {
                FileManager.default.fileExists(atPath: world.folder.path + "/audit.jsonl")
            }
            let session = world.add(.blackboxAgent)
            let body = #"{"title": "a new one"}"#
            let renamed = try await world.client.send("PATCH", "/tasks/blackbox-agent:\(session)", body: body)
            #expect(renamed.status == 200, "\(renamed.everything)")
            let later = try await world.records(atLeast: 2)
            #expect(later.map { $0["operation"].string } == ["rename", "rename"])
            #expect(later.map { $0["title"].string } == ["a new one", "a new one"])
            #expect(later.map { $0["outcome"].string } == ["taken", "done"])
        }
    }

    @Test func `is in the log where the audit has no file, however quiet the log`() async throws {
        try await World.run(WorldSetup(logLevel: "info", logFormat: "json")) { world in
            let id = world.add(.blackboxCloud)
            _ = try await world.client.cancel("blackbox-cloud", id)
            let lines = try await world.lines("audit", atLeast: 2)
            #expect(lines.map { $0["event"].string } == ["sent", "asked"])
            #expect(lines.allSatisfy { $0["level"] == "notice" })
        }
    }

    @Test func `is in the log, as an error, where the disk of the audit is full`() async throws {
        let setup = WorldSetup(logFormat: "json", more: #""audit": {"file": "/dev/full"}, "#)
        try await World.run(setup) { world in
            let id = world.add(.blackboxCloud)
            let cancelled = try await world.client.send(
                "POST",
                "/tasks/blackbox-cloud:\(id)/cancel",
                body: #"{"reason": "too dear"}"#,
                headers: ["X-Request-Id": "r1"]
            )
            #expect(cancelled.status == 200 && cancelled.cancelState == "confirmed", "\(cancelled.everything)")
            #expect(world.calls(.cancel, of: id, at: .blackboxCloud) == 1)
            let lines = try await world.lines("The audit's file did not take a record.", atLeast: 2)
            #expect(lines.allSatisfy { $0["level"] == "error" && $0["reason"] == "No space left on device" })
            // Nothing is lost: each record is there, whole.
            let records = lines.compactMap { $0["record"].string.flatMap { JSONValue(Array($0.utf8)) } }
            #expect(records.map { $0["event"].string } == ["sent", "asked"])
            #expect(records.allSatisfy { $0["task"].string == "blackbox-cloud:\(id)" && $0["reason"] == "too dear" })
            #expect(records.last?["request_id"] == "r1" && records.last?["outcome"] == "confirmed")
            let metrics = try await world.client.get("/metrics").text
            #expect(metrics.contains("\ntaskgate_audit_failures_total 2\n"))
            #expect(try await world.client.task("blackbox-cloud", id)["status"] == "cancelled")
        }
    }

    @Test func `is served at an address of its own, where that is said`() async throws {
        let setup = WorldSetup(more: #""metrics_listen": "127.0.0.1:0", "#)
        try await World.run(setup) { world in
            let line = try #require(world.gateway.text.split(separator: "\n").first { $0.contains(" are at ") })
            let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
            let operation = GatewayClient(address: .port(port))
            for path in ["/metrics", "/livez", "/readyz"] {
                let here = try await operation.get(path)
                #expect(here.status == 200, "\(here.everything)")
                let there = try await world.client.get(path)
                #expect(there.status == 404)
                #expect(there["detail"].string?.contains("127.0.0.1:\(port)") == true)
            }
            for path in ["/", "/providers", "/tasks/blackbox-cloud:\(world.add(.blackboxCloud))", "/openapi.json"] {
                #expect(try await operation.get(path).status == 404)
                #expect(try await world.client.get(path).status == 200)
            }
            let foreign = try await operation.get("/metrics", headers: ["Host": "evil.example"])
            #expect(foreign.status == 403)
            let health = try await ChildProcess.run(
                ["health", "--address", "127.0.0.1:\(port)"],
                environment: [:],
                in: world.folder
            )
            #expect(health.0 == .code(0), "\(health.1)")

            // It is the last to go, and says meanwhile that the gateway is not ready.
            let id = world.add(.blackboxCloud)
            world.simulator.inject(.delay(.milliseconds(800)), into: .blackboxCloud, ofTask: id)
            async let answer = world.client.task("blackbox-cloud", id)
            try await eventually("the provider is asked") { world.calls(of: id, at: .blackboxCloud) > 0 }
            world.gateway.send(15)
            try await eventually("it is not ready any more") { try await operation.get("/readyz").status == 503 }
            #expect(try await answer.status == 200)
            #expect(try await world.gateway.waitForEnd() == .code(0))
        }
    }

    @Test func `counts calls, errors and cancels`() async throws {
        try await World.run { world in
            let id = world.add(.blackboxCloud)
            _ = try await world.client.task("blackbox-cloud", id)
            _ = try await world.client.task("blackbox-cloud", id + "x")
            _ = try await world.client.cancel("blackbox-cloud", id)
            world.simulator.inject(
                .answer(status: 200, headers: [], body: #"{"status": "dancing"}"#),
                into: .blackboxCloud,
                ofTask: world.add(.blackboxCloud)
            )
            let text = try await world.client.get("/metrics").text
            func value(_ sample: String) -> Double? {
                text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
                    .flatMap { Double($0.dropFirst(sample.count + 1)) }
            }
            let status = #"http_request_method="GET",http_route="/tasks/{id}",http_response_status_code="#
            #expect(value("http_server_request_duration_seconds_count{\(status)\"200\"}") == 1)
            #expect(value("http_server_request_duration_seconds_count{\(status)\"404\"}") == 1)
            #expect(value(#"taskgate_errors_total{code="task_not_found",provider="blackbox-cloud"}"#) == 1)
            #expect(value(#"taskgate_cancels_total{provider="blackbox-cloud",state="confirmed"}"#) == 1)
            let upstream =
                #"{provider="blackbox-cloud",operation="cancel",http_response_status_code="200",error_type=""}"#
            #expect(value("http_client_request_duration_seconds_count\(upstream)") == 1)
            #expect(value(#"taskgate_provider_up{provider="agent-off"}"#) == 0)
            #expect(value(#"taskgate_provider_up{provider="qmail"}"#) == 1)
            #expect(value("http_server_active_requests") == 1, "this one")
            #expect((value("process_resident_memory_bytes") ?? 0) > 1_000_000)
            #expect((value("process_open_fds") ?? 0) > 3)
            #expect(!text.contains(id), "no task is a label")
        }
    }
}

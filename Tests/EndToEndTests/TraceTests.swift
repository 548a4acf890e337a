import GatewayTesting
import ProgramTesting
import Testing

struct `A trace` {
    @Test func `is that of the first caller where others join its read`() async throws {
        let task = "a7f8c9d1-e234-56b7-8901-23c45de67f89"
        let gate = ScriptedGate()
        let provider = try await ScriptedServer.start { _ in
            [.hold(gate), .answer(#"{"task_id": "\#(task)", "state": "RUNNING", "is_finished": false}"#)]
        }
        let folder = try TemporaryFolder()
        let config = try folder.write(
            """
            {"listen": "127.0.0.1:0", "providers": {"qmail": {"base_url": "\(provider.origin)", "minimum_interval": "0s",
                "timeouts": {"total": "60s", "stalled": "60s"}}}}
            """,
            to: "config.json"
        )
        let gateway = try await RunningProgram.serve(config, environment: [:], in: folder)
        let client = gateway.client
        func trace(_ caller: Int) -> String {
            "00-4bf92f3577b34da6a3ce929d0e0e473\(caller)-00f067aa0ba902b\(caller)-01"
        }
        func ask(_ caller: Int) async throws -> Answer {
            try await client.get("/tasks/qmail:\(task)", headers: ["traceparent": trace(caller)])
        }
        async let first = ask(1)
        await provider.requests(atLeast: 1)
        async let second = ask(2)
        async let third = client.task("qmail", task)
        try await eventually("all of them wait") {
            // The last is the one that asks for this.
            try await client.get("/metrics").text.contains("\nhttp_server_active_requests 4\n")
        }
        gate.open()
        for answer in try await [first, second, third] {
            #expect(answer["status"] == "running", "\(answer.everything)")
        }
        #expect(provider.requests.map { $0.values("traceparent") } == [[trace(1)]])
        // Who joined before causes the next one.
        _ = try await ask(2)
        _ = try await client.task("qmail", task)
        #expect(provider.requests.map { $0.values("traceparent") } == [[trace(1)], [trace(2)], []])
        gateway.process.kill()
        await provider.stop()
    }
}

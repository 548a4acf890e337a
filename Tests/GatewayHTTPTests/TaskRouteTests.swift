import GatewayCore
import GatewayTesting
import TaskModel
import Testing

@Suite struct `Asking for a task` {
    @Test func `answers with every key, in order`() async throws {
        try await withServer { server in
            let answer = try await server.request("GET /tasks/cloud:abc")
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer["Cache-Control"] == "private, no-cache")
            #expect(answer["Date"] == "Sat, 21 Nov 2026 01:20:03 GMT")
            #expect(
                answer.text == """
                    {"id":"cloud:abc","provider":"cloud","status":"running","done":false,"reason":null,\
                    "provider_status":"processing","progress":45,"title":null,"message":null,"error":null,\
                    "created_at":"2024-01-15T10:00:00.000Z","started_at":null,"updated_at":null,"finished_at":null,\
                    "duration_seconds":null,"cancel":null,"observed_at":"2026-11-21T01:20:03.123Z",\
                    "poll_after_seconds":2}
                    """
            )
        }
    }
}

import GatewayCore
import GatewayTesting
import TaskModel
import Testing

@Suite struct `The caller's key for a provider` {
    @Test func `is handed on with the question, and is no key for the gateway`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            _ = try await server.request("GET /tasks/cloud:a", ["Host: localhost", "taskgate-provider-KEY: bb_own"])
            _ = try await server.request(
                "POST /tasks/cloud:a/cancel",
                ["Host: localhost", "Taskgate-Provider-Key: bb_own"]
            )
            _ = try await server.request("GET /tasks/cloud:a")
        }
        #expect(gateway.asked.map { $0.providerKey?.reveal() } == ["bb_own", "bb_own", nil])
    }

    @Test func `must be one`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request(
                "GET /tasks/cloud:a",
                ["Host: localhost", "Taskgate-Provider-Key: bb_one", "Taskgate-Provider-Key: bb_two"]
            )
            #expect(answer.status == 400)
            #expect(answer.text.contains("invalid_request") && !answer.text.contains("bb_"))
        }
        #expect(gateway.asked.isEmpty)
    }

    @Test(arguments: [true, false])
    func `that the provider refuses is the caller's 401, and the gateway's own is not`(isCallers: Bool) async throws {
        var error = GatewayError(.providerAuthFailed, "It refused the key.", provider: "cloud", providerHTTPStatus: 403)
        error.isToCallersKey = isCallers
        let refusal = error
        try await withServer(StubGateway { _ in .failure(refusal) }) { server in
            let answer = try await server.request("GET /tasks/cloud:a")
            #expect(answer.status == (isCallers ? 401 : 502))
            #expect(answer["WWW-Authenticate"] == (isCallers ? "Taskgate-Provider-Key" : nil))
            #expect(answer.text.contains(#""code":"provider_auth_failed""#))
            #expect(answer.text.contains(isCallers ? #""status":401"# : #""status":502"#))
        }
    }
}

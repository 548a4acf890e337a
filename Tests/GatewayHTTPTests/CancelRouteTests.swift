import GatewayCore
import GatewayTesting
import JSON
import TaskModel
import Testing

private let json = ["Host: localhost", "Content-Type: application/json"]

@Suite struct `Cancelling a task` {
    @Test(arguments: [
        (CancelState.confirmed, 200), (.accepted, 202), (.deferred, 202), (.tooLate, 200), (.failed, 200),
    ])
    func `answers by what became of it`(_ state: CancelState, _ status: Int) async throws {
        try await withServer(StubGateway { .success(.cancelled($0.task, state)) }) { server in
            let answer = try await server.request("POST /tasks/cloud:a/cancel")
            #expect(answer.status == status)
            #expect(answer["Retry-After"] == (status == 202 ? "2" : nil))
            #expect(answer["ETag"] == nil)
            #expect(try answer.json["cancel"]?["state"]?.string == state.rawValue)
        }
    }

    @Test(
        arguments: [
            ("", nil), ("{}", nil), (" null ", nil), (#"{"reason":null}"#, nil), (#"{"reason":"enough"}"#, "enough"),
            (#"{"reason":"\u00e9"}"#, "\u{e9}"),
        ] as [(String, String?)]
    )
    func `takes a body with a reason, or none`(_ body: String, _ reason: String?) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("POST /tasks/cloud:a/cancel?wait=2s", json, body: body)
            #expect(answer.status == 200)
            #expect(gateway.asked.map(\.kind) == [.cancel(reason: reason)])
            #expect(gateway.asked.map(\.wait) == [.seconds(2)])
        }
    }

    @Test(arguments: [
        ("[]", "array"), ("\"x\"", "string"), ("{", "not JSON"), ("{}x", "not JSON"), (" ", "not JSON"),
        (#"{"reason":1}"#, "reason must be"), (#"{"why":"x"}"#, "known: reason"),
        (#"{"reason":"a","reason":"b"}"#, "already has"), ("\u{feff}{}", "not JSON"),
        (#"{"reason":"\ud800"}"#, "surrogate"),
        ("{\"reason\":\"" + String(repeating: "x", count: 501) + "\"}", "500 characters"),
        (String(repeating: "[", count: 30000), "nested too deeply"), ("1e999", "number"),
    ])
    func `refuses any other body`(_ body: String, _ words: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("POST /tasks/cloud:a/cancel", json, body: body)
            #expect(answer.status == 400)
            #expect(answer.code == "invalid_request")
            #expect(try answer.json["detail"]?.string?.contains(words) == true, "\(answer.text)")
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test(arguments: [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("Application/JSON", 200),
        ("application/merge-patch+json", 200), ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
        ("", 415), ("json", 415), ("application/json, text/plain", 415),
    ])
    func `takes JSON only`(_ type: String, _ status: Int) async throws {
        try await withServer { server in
            let answer = try await server.request(
                "POST /tasks/cloud:a/cancel",
                ["Host: localhost", "Content-Type: \(type)"],
                body: "{}"
            )
            #expect(answer.status == status)
            let without = try await server.request("POST /tasks/cloud:a/cancel", body: "{}")
            #expect(without.code == "unsupported_media_type")
        }
    }

    @Test func `takes the parameters that mean something, and no others`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let refused = try await server.request("POST /tasks/cloud:a/cancel?view=full")
            #expect(refused.code == "invalid_request")
            #expect(try refused.json["detail"]?.string?.contains("known: wait, provider") == true)
            let preferred = try await server.request("POST /tasks/a/cancel?provider=cloud", json + ["Prefer: wait=3"])
            #expect(preferred["Preference-Applied"] == "wait=3")
            #expect(gateway.asked.first?.task == TaskID(provider: "cloud", native: "a"))
        }
    }

    @Test(
        arguments: [
            (#"{"action":"cancel"}"#, .cancel(reason: nil)), (#"{"action":"stop"}"#, .cancel(reason: nil)),
            (#"{"action":"stop","title":"x"}"#, .cancel(reason: nil)),
            (#"{"title":"New name"}"#, .rename(title: "New name")),
        ] as [(String, TaskQuestion.Kind)]
    )
    func `is also a PATCH, which can rename`(_ body: String, _ kind: TaskQuestion.Kind) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("PATCH /tasks/cloud:a", json, body: body)
            #expect(answer.status == 200)
            #expect(gateway.asked.map(\.kind) == [kind])
        }
    }

    @Test(arguments: [CancelState.accepted, .deferred])
    func `under way does not make a rename wait for anything`(_ state: CancelState) async throws {
        try await withServer(StubGateway { .success(.cancelled($0.task, state)) }) { server in
            let renamed = try await server.request("PATCH /tasks/cloud:a", json, body: #"{"title":"New name"}"#)
            #expect(renamed.status == 200)
            #expect(renamed["Retry-After"] == nil)
            #expect(try renamed.json["cancel"]?["state"]?.string == state.rawValue)
            let cancelled = try await server.request("PATCH /tasks/cloud:a", json, body: #"{"action":"stop"}"#)
            #expect(cancelled.status == 202)
        }
    }

    @Test(arguments: [
        "", "{}", "null", "[]", #"{"action":"pause"}"#, #"{"action":null}"#, #"{"title":""}"#, #"{"title":7}"#,
        #"{"title":null}"#, #"{"name":"x"}"#, "{\"title\":\"" + String(repeating: "x", count: 201) + "\"}",
        #"{"action":"stop","title":""}"#,
    ])
    func `refuses a PATCH that says neither`(_ body: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let answer = try await server.request("PATCH /tasks/cloud:a", json, body: body)
            #expect(answer.status == 400)
            #expect(answer.code == "invalid_request")
            #expect(gateway.asked.isEmpty)
        }
    }
}

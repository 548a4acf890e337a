import Foundation
import ProgramTesting
import ProviderSimulator
import Testing

/// What goes wrong at Blackbox Cloud while it is asked for a status, and what the application is told.
struct ProviderFailure: Sendable, CustomTestStringConvertible {
    let fault: SimulatedFault
    let status: Int
    let code: String
    var providerStatus: Int?

    var testDescription: String { "\(fault) -> \(code)" }

    private static func answer(_ provider: Int, _ status: Int, _ code: String) -> ProviderFailure {
        ProviderFailure(
            fault: .answer(status: provider, body: #"{"error": "the words of the provider"}"#),
            status: status,
            code: code,
            providerStatus: provider
        )
    }

    static let all: [ProviderFailure] =
        [400, 402, 405, 409, 410, 418, 422].map { answer($0, 502, "provider_rejected") }
        + [500, 501, 502, 503, 504, 599].map { answer($0, 502, "provider_error") }
        + [answer(401, 502, "provider_auth_failed"), answer(403, 502, "provider_auth_failed")]
        + [answer(404, 404, "task_not_found")]
        + [answer(429, 503, "provider_rate_limited")]
        + [301, 302, 303, 307, 308].map {
            ProviderFailure(
                fault: .redirect(to: "http://127.0.0.1:1/", status: $0),
                status: 502,
                code: "provider_bad_response"
            )
        }
        + [
            ProviderFailure(fault: .close, status: 503, code: "provider_unavailable"),
            ProviderFailure(fault: .shortBody, status: 502, code: "provider_bad_response"),
            ProviderFailure(fault: .resetMidBody, status: 502, code: "provider_bad_response"),
            ProviderFailure(fault: .raw("SSH-2.0-OpenSSH_9.2\r\n"), status: 502, code: "provider_bad_response"),
        ]
}

@Suite(.world) struct `A failure of a provider` {
    @Test(arguments: ProviderFailure.all)
    func `is told apart from all others`(_ failure: ProviderFailure) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(failure.fault, into: .blackboxCloud, ofTask: id)
        let answer = try await world.client.task("blackbox-cloud", id)
        expectProblem(answer, failure.status, failure.code, path: "/tasks/blackbox-cloud:\(id)")
        #expect(answer["provider"] == "blackbox-cloud")
        if let status = failure.providerStatus {
            #expect(answer["provider_http_status"] == .number(Double(status)))
            #expect(answer["provider_message"] == "the words of the provider")
        }
        if failure.status == 503 { #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1) }
    }

    @Test(arguments: SimulatedProvider.allCases)
    func `can be that it does not know the task`(_ provider: SimulatedProvider) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.removeTask(id, of: provider)
        let answer = try await world.client.task(provider.name, id)
        expectProblem(answer, 404, "task_not_found")
        #expect(answer["provider_http_status"] == 404)
        #expect(answer["last_known"] == .missing)
    }

    @Test(arguments: [(SimulatedProvider.blackboxAgent, 403), (.xpander, 403), (.blackboxCloud, 404)])
    func `can be that the task is somebody else's`(_ provider: SimulatedProvider, _ status: Int) async throws {
        let world = try World.shared
        let id = world.simulator.addTask(to: provider, .staying(in: provider.workingWord), owner: "sk_somebody")
        for answer in [
            try await world.client.task(provider.name, id), try await world.client.cancel(provider.name, id),
        ] {
            expectProblem(answer, 404, "task_not_found")
            #expect(answer["provider_http_status"] == .number(Double(status)))
        }
        #expect(world.simulator.state(of: id, of: provider) == provider.workingWord)
    }

    @Test func `can be that it is another version of the program`() async throws {
        let answer = try await World.shared.client.task("qmail-moved", "a7f8c9d1-e234-56b7-8901-23c45de67f89")
        expectProblem(answer, 501, "unsupported_operation")
    }

    @Test(arguments: ["7", "date", "past", "none", "absurd", "garbage"])
    func `by a rate limit says when to come back`(_ kind: String) async throws {
        // In a world of its own: the provider is left alone by everybody.
        try await World.run { world in
            let id = world.add(.blackboxCloud)
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "GMT")
            format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            let value: String? =
                switch kind {
                case "date": format.string(from: Date(timeIntervalSinceNow: 90))
                case "past": format.string(from: Date(timeIntervalSinceNow: -90))
                case "absurd": "99999999999999999999"
                case "garbage": "next week"
                case "none": nil
                default: kind
                }
            let headers = value.map { [SimulatedHeader("Retry-After", $0)] } ?? []
            world.simulator.inject(.answer(status: 429, headers: headers), into: .blackboxCloud, ofTask: id)
            let answer = try await world.client.task("blackbox-cloud", id)
            expectProblem(answer, 503, "provider_rate_limited")
            let seconds = try #require(Int(answer.header("Retry-After") ?? ""))
            switch kind {
            case "7": #expect(seconds == 7)
            case "date": #expect((30...91).contains(seconds))
            default: #expect(seconds >= 1)
            }
        }
    }

    @Test func `can be that nothing listens there`() async throws {
        let answer = try await World.shared.client.task("cloud-gone", "abc")
        expectProblem(answer, 503, "provider_unavailable")
        #expect(Int(answer.header("Retry-After") ?? "") ?? 0 >= 1)
        #expect(answer["retryable"] == true)
    }

    @Test func `can be that it does not answer in time`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.silence, into: .blackboxCloud, ofTask: id)
        let answer = try await world.client.task("cloud-quick", id)
        expectProblem(answer, 504, "provider_timeout")
    }

    @Test func `can be that its answer drips`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.drip(every: .milliseconds(50)), into: .blackboxCloud, ofTask: id)
        let answer = try await world.client.task("cloud-quick", id)
        #expect(["provider_timeout", "provider_bad_response"].contains(answer.code), "\(answer.text)")
    }

    @Test func `keeps the task as it was last seen`() async throws {
        var setup = WorldSetup()
        setup.minimumInterval = "50ms"
        try await World.run(setup) { world in
            let id = world.add(.blackboxCloud)
            let seen = try await world.client.task("blackbox-cloud", id)
            #expect(seen.status == 200)
            world.simulator.inject(.answer(status: 500), into: .blackboxCloud, ofTask: id)
            var answer = seen
            try await eventually("the gateway asks again") {
                answer = try await world.client.task("blackbox-cloud", id)
                return answer.status != 200
            }
            expectProblem(answer, 502, "provider_error")
            #expect(answer["last_known"]["id"] == seen["id"])
            #expect(answer["last_known"]["status"] == "running")
            #expect(answer["last_known"]["observed_at"] == seen["observed_at"])
            #expect(answer["retryable"] == true)
        }
    }

    @Test func `of one leaves the others alone`() async throws {
        let world = try World.shared
        let answer = try await world.client.task("agent-off", "a1b2c3d4-e5f6-7890-abcd-ef1234567890")
        #expect(answer.status >= 400)
        #expect(answer["detail"].string?.contains("NOT_SET") == true, "\(answer.text)")
        let providers = try await world.client.get("/providers")
        let states = Dictionary(
            providers["providers"].elements.map { ($0["name"].string ?? "", $0["state"].string) },
            uniquingKeysWith: { first, _ in first }
        )
        #expect(states["agent-off"] == "off")
        #expect(states["qmail"] != "off" && states["qmail"] != nil)
        #expect(try await world.client.task("qmail", world.add(.qmail)).status == 200)
    }
}

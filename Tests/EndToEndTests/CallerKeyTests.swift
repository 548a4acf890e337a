import ProgramTesting
import ProviderSimulator
import Testing

/// Keys for the provider that its callers bring, looked for wherever they must not be.
struct `A provider whose callers bring their own keys` {
    private static let ann = "bb_canaryOfAnn71c0aa"
    private static let bob = "bb_canaryOfBob08d2ff"

    @Test func `is called with each one's own, and nobody else learns it`() async throws {
        try await World.run(WorldSetup(minimumInterval: "30s", logLevel: "trace")) { world in
            var heard: [Answer] = []
            func ask(_ method: String, _ target: String, _ key: String?) async throws -> Answer {
                let headers: KeyValuePairs = key.map { ["Taskgate-Provider-Key": $0] } ?? [:]
                heard.append(try await world.client.send(method, target, headers: headers))
                return try #require(heard.last)
            }
            let id = world.add(.blackboxCloud)
            let path = "/tasks/cloud-own:\(id)"

            let none = try await ask("GET", path, nil)
            #expect(none.status == 400 && none["detail"].string?.contains("Taskgate-Provider-Key") == true)
            #expect(try await ask("GET", path, "sk-notOfThisProvider").status == 400)
            #expect(try await ask("GET", "/tasks/qmail:\(world.add(.qmail))", Self.ann).status == 400)
            #expect(world.calls(of: id, at: .blackboxCloud) == 0)

            for key in [Self.ann, Self.bob, Self.ann, Self.bob] {
                #expect(try await ask("GET", path, key)["status"] == "running")
            }
            #expect(world.calls(of: id, at: .blackboxCloud) == 2, "one for each key, then shared by its own calls")

            let cancelled = try await ask("POST", path + "/cancel", Self.ann)
            #expect(cancelled.status == 200 && cancelled.cancelState == "confirmed")
            let listed = try await ask("GET", "/providers/cloud-own", nil)
            #expect(listed["credential"] == "caller" && listed["state"] == "on")

            #expect(world.simulator.keysSeen(by: .blackboxCloud) == [Self.ann, Self.bob])
            #expect(heard.filter { $0.everything.contains("canaryOf") }.isEmpty)
            world.gateway.send(15)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            #expect(!world.gateway.text.contains("canaryOf"), "\(world.gateway.text)")
        }
    }

    @Test func `answers 401 where the provider refuses the caller's key`() async throws {
        try await World.run { world in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(
                .answer(status: 401, headers: [], body: #"{"error": "Invalid key: \#(Self.ann)"}"#),
                into: .blackboxCloud,
                ofTask: id
            )
            let answer = try await world.client.get(
                "/tasks/cloud-own:\(id)",
                headers: ["Taskgate-Provider-Key": Self.ann]
            )
            #expect(answer.status == 401 && answer.code == "provider_auth_failed")
            #expect(answer.header("WWW-Authenticate") == "Taskgate-Provider-Key")
            #expect(!answer.everything.contains("canaryOf"))
        }
    }
}

import ProgramTesting
import ProviderSimulator
import Testing

/// Every provider's key is looked for wherever it must not be, at the most talkative level of the log.
struct `A provider's key` {
    private static let keyed: [(SimulatedProvider, String)] = [
        (.blackboxCloud, Key.cloud), (.blackboxAgent, Key.agent), (.xpander, Key.xpander),
    ]

    private static func holdsKey(_ text: some StringProtocol) -> Bool {
        Key.all.contains { text.contains($0) }
    }

    /// Answers that repeat the key that they were sent, wherever an answer has room for it.
    private static func echoes(_ key: String, _ other: String) -> [SimulatedFault] {
        let fields = [
            SimulatedHeader("X-Echo", key), SimulatedHeader("WWW-Authenticate", "Bearer realm=\"\(key)\""),
            SimulatedHeader("Set-Cookie", "key=\(key)"),
        ]
        let texts = [
            #"{"error": "Invalid key: \#(key)", "message": "\#(key)", "detail": "Bearer \#(key)"}"#,
            #"{"error": {"message": "Incorrect API key provided: \#(key)", "code": "\#(key)"}}"#,
            #"{"detail": [{"msg": "x-api-key: \#(key)"}]}"#, "Bearer \(key)", "<html>\(key)</html>",
        ]
        var faults: [SimulatedFault] = []
        for status in [400, 401, 403, 404, 409, 422, 429, 500, 503] {
            faults += texts.map { .answer(status: status, headers: fields, body: $0) }
        }
        let slashed = key.map { "\\u00" + String($0.asciiValue ?? 0, radix: 16) }.joined()
        let bodies = [
            #"{"status": "error", "error": "key \#(key)", "message": "\#(key)", "title": "\#(key)", "result": "\#(key)"}"#,
            #"{"status": "failed", "error": "key \#(slashed)", "result": "\#(slashed)", "title": "\#(slashed)"}"#,
            #"{"status": "failed", "error": "\#(key.replacing("/", with: #"\/"#))", "result": "\\\#(slashed)"}"#,
            #"{"status": "\#(key)", "error": null}"#, #"{"status": "processing", "\#(key)": 1, "progress": "\#(key)"}"#,
            #"{"status": "\#(key)"#, #"{"\#(key)": 1, "\#(key)": 2}"#,
        ]
        faults += bodies.map { .answer(status: 200, headers: fields, body: $0) }
        faults += [
            .redirect(to: "\(other)/?key=\(key)"), .raw("HTTP/1.1 200 \(key)\r\n\r\n\(key)"), .raw("\(key)\r\n"),
        ]
        faults += [.close, .resetMidBody, .shortBody, .truncatedJSON, .htmlPage, .duplicateKey, .invalidUTF8]
        return faults
    }

    @Test(arguments: ["text", "json"])
    func `is seen by its provider and by nobody else`(_ format: String) async throws {
        try await World.run(
            WorldSetup(logLevel: "trace", logFormat: format, more: #""audit": {"file": "audit.jsonl"}, "#)
        ) { world in
            var heard: [(String, String)] = []
            func hear(_ what: String, _ answer: Answer) { heard.append((what, answer.everything)) }

            for (provider, key) in Self.keyed {
                let other = world.simulator.url(of: provider == .xpander ? .qmail : .xpander)
                heard += try await withThrowingTaskGroup(of: [(String, String)].self) { group in
                    for fault in Self.echoes(key, other) {
                        group.addTask { try await self.drive(provider, fault, in: world) }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                world.simulator.clearFaults()
                let id = world.add(provider)
                hear("status", try await world.client.task(provider.name, id, "?view=full"))
                hear("cancel", try await world.client.cancel(provider.name, id))
                // Applications that put a key where none belongs: it may come back to them, and goes nowhere else.
                for place in [key, "Bearer \(key)"] {
                    let target = "/tasks/\(provider.name):\(world.add(provider))/cancel"
                    _ = try await world.client.send("POST", target, body: #"{"reason": "\#(place)"}"#)
                }
                let segment = key.replacing("/", with: "%2F")
                _ = try await world.client.get("/tasks/cloud-gone:\(segment)", headers: ["X-Request-Id": key])
            }
            hear("qmail", try await world.client.task("qmail", world.add(.qmail)))
            for path in ["/providers", "/providers/xpander", "/readyz", "/livez", "/", "/openapi.json", "/metrics"] {
                hear(path, try await world.client.get(path))
            }
            let told = heard.filter { Self.holdsKey($0.1) }
            #expect(told.isEmpty, "\(told.prefix(3).map { ($0.0.prefix(160), $0.1.prefix(700)) })")

            for (provider, key) in Self.keyed {
                #expect(world.simulator.providers(thatSaw: key) == [provider])
                #expect(world.simulator.keysSeen(by: provider) == [key])
            }
            #expect(world.simulator.keysSeen(by: .qmail) == [])
            #expect(world.simulator.keysSeen(by: .qmailCore) == [])

            #expect(!world.gateway.commandLine.isEmpty)
            #expect(!Self.holdsKey(world.gateway.commandLine))
            world.gateway.send(15)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            let logged = world.gateway.text.split(separator: "\n").filter { Self.holdsKey($0) }
            #expect(logged.isEmpty, "\(logged.prefix(3))")
            let records = try await world.records(atLeast: 6)
            #expect(!records.contains { Self.holdsKey("\($0)") })
            #expect(records.contains { $0["reason"].string?.contains("[redacted]") == true })
            try await inspect(world)
        }
    }

    /// Every operation on a task whose provider answers with a fault, and what the application heard.
    private func drive(
        _ provider: SimulatedProvider,
        _ fault: SimulatedFault,
        in world: World
    ) async throws -> [(String, String)] {
        let id = world.add(provider)
        let path = "/tasks/\(provider.name):\(id)"
        world.simulator.inject(fault, into: provider, ofTask: id)
        var answers = [
            try await world.client.get(path + "?view=full"), try await world.client.get(path),
            try await world.client.cancel(provider.name, id),
        ]
        if provider == .blackboxAgent {
            answers.append(try await world.client.send("PATCH", path, body: #"{"title": "x"}"#))
        }
        return answers.map { ("\(fault)", $0.everything) }
    }

    /// The commands that read the same configuration.
    private func inspect(_ world: World) async throws {
        let environment = ["CLOUD_KEY": Key.cloud, "XPANDER_KEY": Key.xpander]
        for command in ["check", "providers"] {
            let (end, text) = try await ChildProcess.run(
                [command, "--config", world.config, "--providers", Program.providers],
                environment: environment,
                in: world.folder
            )
            #expect(end == .code(0), "\(text)")
            #expect(!Self.holdsKey(text))
        }
    }
}

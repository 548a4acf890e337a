import ProgramTesting
import ProviderSimulator
import Testing

/// One row of the table of words, with what has to stand beside the word.
struct WordRow: Sendable, CustomTestStringConvertible {
    let provider: SimulatedProvider
    let word: String
    let status: JSONValue
    var reason: JSONValue = .null
    var done = false
    var rewriting: (String, String)?
    var beside = ""

    var testDescription: String { "\(provider.rawValue): \(word)\(beside.isEmpty ? "" : " ")\(beside)" }

    static func rows(
        _ provider: SimulatedProvider,
        _ words: [String],
        _ status: JSONValue,
        reason: JSONValue = .null,
        done: Bool = false
    ) -> [WordRow] {
        words.map { WordRow(provider: provider, word: $0, status: status, reason: reason, done: done) }
    }

    private static let waits = #""hitl_request":{"wait_node_id":"approval"},"pending_eca_request":null"#
    private static let signIn =
        #""hitl_request":null,"pending_eca_request":{"connector_name":"gmail","auth_url":"https://a.example"}"#

    static let all: [WordRow] =
        rows(.blackboxCloud, ["pending"], "queued")
        + rows(.blackboxCloud, ["processing", "saving", "running"], "running")
        + rows(.blackboxCloud, ["completed"], "completed", done: true)
        + rows(.blackboxCloud, ["error", "failed"], "failed", done: true)
        + rows(.blackboxCloud, ["timeout"], "failed", reason: "timeout", done: true)
        + rows(.blackboxCloud, ["stopped", "cancelled"], "cancelled", done: true)
        + rows(.blackboxAgent, ["pending", "queued"], "queued")
        + rows(.blackboxAgent, ["in_progress", "running"], "running")
        + rows(.blackboxAgent, ["completed"], "completed", done: true)
        + rows(.blackboxAgent, ["failed"], "failed", done: true)
        + rows(.blackboxAgent, ["interrupted"], "failed", reason: "interrupted", done: true)
        + rows(.blackboxAgent, ["cancelled"], "cancelled", done: true)
        + rows(.xpander, ["pending", "queued"], "queued")
        + rows(.xpander, ["executing", "running"], "running")
        + rows(.xpander, ["completed"], "completed", done: true)
        + rows(.xpander, ["failed", "error"], "failed", done: true)
        + rows(.xpander, ["cancelled"], "cancelled", done: true)
        + rows(.xpander, ["stopped"], "failed", reason: "terminated", done: true)
        + rows(.qmail, ["PENDING"], "queued") + rows(.qmail, ["RUNNING"], "running")
        + rows(.qmail, ["COMPLETED"], "completed", done: true)
        + rows(.qmail, ["FAILED"], "failed", done: true)
        + rows(.qmail, ["CANCELLED"], "cancelled", done: true)
        + rows(.qmailCore, ["running"], "running")
        + rows(.qmailCore, ["success"], "completed", done: true)
        + rows(.qmailCore, ["failed"], "failed", done: true)
        // Words match without regard to case and surrounding space; one that is unknown is no end.
        + rows(.blackboxCloud, [" Processing ", "PROCESSING"], "running")
        + rows(.qmail, ["cancelled"], "cancelled", done: true)
        + SimulatedProvider.allCases.flatMap { rows($0, ["hibernating"], "unknown") }
        + [
            WordRow(provider: .xpander, word: "paused", status: "input_required", beside: "for an approval"),
            WordRow(
                provider: .xpander,
                word: "paused",
                status: "input_required",
                rewriting: (waits, signIn),
                beside: "for a sign-in"
            ),
            WordRow(
                provider: .xpander,
                word: "paused",
                status: "paused",
                rewriting: (#""hitl_request":{"wait_node_id":"approval"}"#, #""hitl_request":null"#),
                beside: "by itself"
            ),
            WordRow(
                provider: .xpander,
                word: "stopped",
                status: "cancelled",
                done: true,
                rewriting: (#""is_manually_stopped":false"#, #""is_manually_stopped":true"#),
                beside: "by hand"
            ),
            WordRow(
                provider: .xpander,
                word: "stopped",
                status: "cancelled",
                done: true,
                rewriting: (#""is_manually_stopped":false,"#, ""),
                beside: "without the flag"
            ),
        ]
}

@Suite(.world) struct `The status of a task` {
    private static let keys: Set<String> = [
        "id", "provider", "status", "done", "reason", "provider_status", "progress", "title", "message", "error",
        "created_at", "started_at", "updated_at", "finished_at", "duration_seconds", "cancel", "observed_at",
        "poll_after_seconds",
    ]

    @Test(arguments: WordRow.all)
    func `is the gateway's word for the provider's`(_ row: WordRow) async throws {
        let world = try World.shared
        let id = world.add(row.provider)
        #expect(world.simulator.put(id, of: row.provider, into: row.word))
        if let (text, other) = row.rewriting {
            world.simulator.inject(.rewritten(text, to: other), into: row.provider, ofTask: id)
        }
        let answer = try await world.client.task(row.provider.name, id)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("Cache-Control") == "private, no-cache")
        #expect(answer.json.keys == Self.keys)
        #expect(answer["id"] == .text("\(row.provider.name):\(id)"))
        #expect(answer["provider"] == .text(row.provider.name))
        #expect(answer["status"] == row.status)
        #expect(answer["done"] == .flag(row.done))
        #expect(answer["reason"] == row.reason)
        #expect(answer["provider_status"] == .text(row.word), "the provider's own word, verbatim")
        #expect(answer["cancel"] == .null)
        if row.status != "failed" { #expect(answer["error"] == .null, "error is filled for failed only") }
        #expect((answer["poll_after_seconds"] == .null) == row.done)
        for key in Self.keys where key.hasSuffix("_at") {
            guard let time = answer[key].string else {
                #expect(answer[key] == .null && key != "observed_at")
                continue
            }
            #expect(try /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.wholeMatch(in: time) != nil, "\(key): \(time)")
        }
    }

    @Test(arguments: SimulatedProvider.allCases, [true, false])
    func `that is missing or null is no status`(_ provider: SimulatedProvider, _ isNull: Bool) async throws {
        let world = try World.shared
        let id = world.add(provider)
        let member = #""\#(provider == .qmail ? "state" : "status")":"\#(provider.workingWord)""#
        let other = isNull ? member.replacing(#""\#(provider.workingWord)""#, with: "null") : #""x":1"#
        world.simulator.inject(.rewritten(member, to: other), into: provider, ofTask: id)
        let answer = try await world.client.task(provider.name, id)
        #expect(answer.status == 502)
        #expect(answer.code == "provider_bad_response")
    }

    @Test func `has its times in one form, whatever the provider writes`() async throws {
        let world = try World.shared
        for (provider, word, created) in [
            (SimulatedProvider.blackboxCloud, "completed", "2026-01-15T09:55:00.123Z"),
            (.xpander, "completed", "2026-01-15T09:55:00.123Z"), (.qmail, "COMPLETED", "2026-01-15T09:55:00.000Z"),
        ] {
            let id = world.simulator.addTask(
                to: provider,
                .run(of: provider, endingAs: word),
                age: .seconds(300)
            )
            let answer = try await world.client.task(provider.name, id)
            #expect(answer["created_at"] == .text(created))
            #expect(answer["finished_at"] == .text(created.replacing("09:55:00", with: "09:55:32")))
            if provider == .blackboxCloud { #expect(answer["duration_seconds"] == 32) }
            if provider != .xpander { #expect(answer["progress"] == 100) }
        }
    }

    @Test(arguments: [
        (#""progress":45"#, #""progress":-1"#), (#""progress":45"#, #""progress":101"#),
        (#""progress":45"#, #""progress":1e999"#), (#""progress":45"#, #""progress":"45""#),
        (#""progress":45"#, #""progress":{}"#), (#""isDone":false"#, #""isDone":true"#),
        (#""taskId":""#, #""taskId":"another-"#), (#""createdAt":"2026"#, #""createdAt":"soon"#),
    ])
    func `survives a field that says nonsense`(_ text: String, _ other: String) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.rewritten(text, to: other), into: .blackboxCloud, ofTask: id)
        let answer = try await world.client.task("blackbox-cloud", id)
        guard answer.status == 200 else {
            #expect(answer.code == "provider_bad_response")
            return
        }
        #expect(answer["status"] == "running", "the word wins")
        #expect(answer["id"] == .text("blackbox-cloud:\(id)"))
        if let progress = answer["progress"].double { #expect((0...100).contains(progress)) }
    }

    @Test func `of a stopped task has the provider's words as a message, not as an error`() async throws {
        let world = try World.shared
        let answer = try await world.client.task("blackbox-cloud", world.add(.blackboxCloud, "stopped"))
        #expect(answer["message"] == "Task was stopped by user")
        #expect(answer["error"] == .null)
    }

    @Test func `of a failed task has its error`() async throws {
        let world = try World.shared
        let cloud = try await world.client.task("blackbox-cloud", world.add(.blackboxCloud, "error"))
        #expect(cloud["error"]["message"] == "Task execution failed: the agent process exited with code 1")
        #expect(cloud["error"].keys == ["message", "code"])
        let xpander = try await world.client.task("xpander", world.add(.xpander, "failed"))
        #expect(xpander["error"]["message"] == "The agent could not finish the task.")
    }
}

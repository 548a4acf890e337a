import Foundation
import ProgramTesting
import Testing

/// A configuration that is refused, and what is said about it.
struct BrokenConfiguration: Sendable, CustomTestStringConvertible {
    let json: String
    var environment: [String: String] = [:]
    /// What must be said, all of it.
    let says: [String]

    var testDescription: String { String(json.prefix(90)) }

    private static let qmail = #""providers": {"qmail": {}}"#
    private static let cloud = #"{"credential": {"env": "KEY"}"#

    static let all: [BrokenConfiguration] =
        ["0.0.0.0:0", "[::]:0", "192.0.2.1:7070", "example.com:80"].map {
            BrokenConfiguration(json: #"{"listen": "\#($0)", \#(qmail)}"#, says: ["/listen"])
        }
        + ["clients", "store", "metrics_listen"].map {
            BrokenConfiguration(json: #"{"\#($0)": {}, \#(qmail)}"#, says: ["/\($0)"])
        }
        + [
            BrokenConfiguration(
                json: #"{"providers": {"blackbox-cloud": \#(cloud)}}}"#,
                environment: ["KEY": "sk-thisIsAnAgentsKey"],
                says: ["/providers/blackbox-cloud"]
            ),
            BrokenConfiguration(
                json: #"{"providers": {"blackbox-agent": \#(cloud)}}}"#,
                environment: ["KEY": "bb_thisIsACloudKey"],
                says: ["/providers/blackbox-agent"]
            ),
            BrokenConfiguration(
                json: #"{"providers": {"blackbox-cloud": \#(cloud), "base_url": "http://example.com"}}}"#,
                environment: ["KEY": "bb_good"],
                says: ["/providers/blackbox-cloud/base_url", "https"]
            ),
            BrokenConfiguration(
                json: #"{"providers": {"blackbox-cloud": {"credential": "bb_inTheFile"}}}"#,
                says: ["/providers/blackbox-cloud/credential"]
            ),
            BrokenConfiguration(
                json: #"{"providers": {"qmail": {"credential": "caller"}}}"#,
                says: ["/providers/qmail/credential", "takes no key"]
            ),
            BrokenConfiguration(
                json: #"{"providers": {"xpander": {"base_url": "http://example.com", "credential": "caller"}}}"#,
                says: ["/providers/xpander/base_url", "https"]
            ),
            BrokenConfiguration(json: #"{"providers": {"qmail": {}, "qmail": {}}}"#, says: ["already has", "line 1"]),
            BrokenConfiguration(
                json: #"{"store": {"sqlite": "not-there/taskgate.db"}, "providers": {"qmail": {}}}"#,
                says: ["/store/sqlite", "not-there/; make it"]
            ), BrokenConfiguration(json: #"{"providers": {"unheard-of": {}}}"#, says: ["unheard-of"]),
            BrokenConfiguration(json: #"{"providers": {"../qmail": {}}}"#, says: ["providers"]),
            BrokenConfiguration(json: #"{"providers": {}}"#, says: ["/providers"]),
            BrokenConfiguration(json: "{}", says: ["providers"]), BrokenConfiguration(json: "", says: ["config.json"]),
            BrokenConfiguration(json: "[1,", says: ["config.json"]),
            BrokenConfiguration(
                json: """
                    {"listen": 7, "drain": "soon", "colour": "red", "store": "stone", "log": {"level": "loud"},
                     "timeouts": {"total": "-1s"}, "providers": {"QMAIL": {}, "qmail": {"base_url": "ftp://x", "x": 1}}}
                    """,
                says: [
                    "/listen", "/drain", "colour", "/store", "/log/level", "/timeouts/total", "QMAIL",
                    "/providers/qmail/base_url", "/providers/qmail",
                ]
            ),
        ]
}

struct `The commands` {
    @Test(arguments: BrokenConfiguration.all, ["check", "serve"])
    func `refuse a broken configuration, and name every mistake`(
        _ broken: BrokenConfiguration,
        _ command: String
    ) async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(broken.json, to: "config.json")
        let (end, text) = try await ChildProcess.run(
            [command, "--config", config, "--providers", Program.providers],
            environment: broken.environment,
            in: folder
        )
        #expect(end == .code(1), "\(text)")
        for place in broken.says { #expect(text.contains(place), "\(place) in: \(text)") }
        for secret in broken.environment.values { #expect(!text.contains(secret)) }
        #expect(!text.contains("bb_inTheFile"))
    }

    @Test func `name the mistakes of all files at once`() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(#"{"drain": "never", "providers": {"one": {}, "two": {}}}"#, to: "config.json")
        try FileManager.default.createDirectory(atPath: folder.path + "/providers", withIntermediateDirectories: false)
        try folder.write(#"{"title": "One", "colour": "red"}"#, to: "providers/one.json")
        try folder.write("{", to: "providers/two.json")
        let (end, text) = try await ChildProcess.run(["check", "--config", config], in: folder)
        #expect(end == .code(1))
        for place in ["config.json", "/drain", "one.json", "colour", "two.json"] {
            #expect(text.contains(place), "\(place) in: \(text)")
        }
    }

    @Test(arguments: ["check", "serve"])
    func `name what is wrong with settings, definitions and keys at once`(_ command: String) async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            """
            {"drain": "never", "providers": {
             "blackbox-cloud": {"credential": {"env": "CLOUD"}},
             "blackbox-agent": {"credential": {"env": "AGENT"}, "base_url": "http://agent.example"},
             "broken": {}, "unheard-of": {}, "NAMELESS": {}, "qmail": {"timeouts": {"total": "-1s"}}}}
            """,
            to: "config.json"
        )
        try FileManager.default.copyItem(atPath: Program.providers, toPath: folder.path + "/providers")
        try folder.write(#"{"title": "Broken", "colour": "red"}"#, to: "providers/broken.json")
        let (end, text) = try await ChildProcess.run(
            [command, "--config", config],
            environment: ["CLOUD": "sk-ofAnotherShape", "AGENT": "sk-ofTheRightShape"],
            in: folder
        )
        #expect(end == .code(1), "\(text)")
        for place in [
            "/drain: ", "/providers/blackbox-cloud/credential: ", "/providers/blackbox-agent/base_url: ",
            "broken.json#/colour: ", #"no definition "unheard-of""#, "/providers/NAMELESS: ",
            "/providers/qmail/timeouts/total: ",
        ] {
            #expect(text.contains(place), "\(place) in: \(text)")
        }
        // A mistake is said once, and makes no others up.
        let lines = text.split(separator: "\n")
        #expect(Set(lines).count == lines.count)
        #expect(lines.count { $0.contains("NAMELESS") } == 1, "\(text)")
        #expect(!text.contains("Shape"))
    }

    @Test func `find nothing wrong with what is shipped`() async throws {
        let folder = try TemporaryFolder()
        for command in ["check", "providers"] {
            let (end, text) = try await ChildProcess.run(
                [command, "--config", Program.folder + "/config.json", "--providers", Program.providers],
                in: folder
            )
            #expect(end == .code(0), "\(text)")
            #expect(text.contains("BLACKBOX_CLOUD_API_KEY"), "\(text)")
        }
    }

    @Test func `refuse to serve where another gateway does`() async throws {
        try await World.run { world in
            guard case .port(let port) = world.client.address else { return }
            let config = #"{"listen": "127.0.0.1:\#(port)", "providers": {"qmail": {}}}"#
            let path = try world.folder.write(config, to: "second.json")
            let (end, text) = try await ChildProcess.run(
                ["serve", "--config", path, "--providers", Program.providers],
                in: world.folder
            )
            #expect(end == .code(1), "\(text)")
            #expect(text.contains("cannot serve"))
        }
    }

    @Test func `warn of a key that everybody can read`() async throws {
        let folder = try TemporaryFolder()
        chmod(try folder.write("bb_readable\n", to: "key"), 0o644)
        let config = try folder.write(
            #"{"providers": {"blackbox-cloud": {"credential": {"file": "key"}}}}"#,
            to: "config.json"
        )
        let (end, text) = try await ChildProcess.run(
            ["check", "--config", config, "--providers", Program.providers],
            in: folder
        )
        #expect(end == .code(0), "\(text)")
        #expect(text.contains("warning"))
        #expect(!text.contains("bb_readable"))
    }

    @Test(arguments: ["bb_two words", "bb_two\nlines", "bb_caf\u{e9}", "bb_\u{1}"])
    func `refuse a key that cannot be one, without showing it`(_ key: String) async throws {
        let folder = try TemporaryFolder()
        let json = #"{"providers": {"blackbox-cloud": {"credential": {"env": "KEY"}}}}"#
        let config = try folder.write(json, to: "config.json")
        let (end, text) = try await ChildProcess.run(
            ["check", "--config", config, "--providers", Program.providers],
            environment: ["KEY": key],
            in: folder
        )
        #expect(end == .code(1), "\(text)")
        #expect(!text.contains(key))
    }

    @Test func `tell the version and how they are used`() async throws {
        let folder = try TemporaryFolder()
        let version = try await ChildProcess.run(["--version"], in: folder)
        #expect(version.end == .code(0))
        #expect(try /\d+\.\d+\.\d+\n/.wholeMatch(in: version.text) != nil, "\(version.text)")
        let help = try await ChildProcess.run(["--help"], in: folder)
        #expect(help.end == .code(0))
        for command in ["demo", "serve", "check", "providers", "health", "key", "simulate"] {
            #expect(help.text.contains(command))
            #expect(try await ChildProcess.run([command, "--help"], in: folder).end == .code(0))
        }
        let wrong = try await ChildProcess.run(["dance"], in: folder)
        #expect(wrong.end != .code(0))
    }

    @Test func `show what there is, in lines that can be pasted`() async throws {
        let folder = try TemporaryFolder()
        let demo = try ChildProcess(
            Program.path,
            ["demo", "--listen", "127.0.0.1:0", "--providers", Program.providers],
            environment: [:],
            in: folder
        )
        try await eventually("the demonstration runs") { demo.text.contains("Ctrl-C") || demo.ended != nil }
        let lines = demo.text.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("gateway http://127.0.0.1:") }, "\(demo.text)")
        let commands = lines.filter { $0.hasPrefix("  curl ") }
        #expect(commands.count == 3)
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/curl") {
            for command in commands {
                let shell = try ChildProcess(
                    "/bin/sh",
                    ["-c", command],
                    environment: ["PATH": "/usr/bin:/bin", "NO_PROXY": "*"],
                    in: folder
                )
                #expect(try await shell.waitForEnd() == .code(0))
                let task = JSONValue(shell.standardOutput) ?? .missing
                #expect(task["status"].string != nil, "\(command): \(shell.text)")
                if command.contains("cancel") { #expect(task["cancel"]["state"] == "confirmed", "\(shell.text)") }
            }
        }
        demo.send(SIGTERM)
        #expect(try await demo.waitForEnd() == .code(0))
    }
}

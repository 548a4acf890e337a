import Clients
import Digests
import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

/// A client's key that is looked for wherever it must not be.
private let key = "tg_canaryOfAClient9d41c7"
private let viewerKey = "tg_canaryOfAViewer52b0ee"

private let clients = """
    [{"name": "billing-app", "key_sha256": "\(KeyDigest(of: key))", "providers": ["*"],
      "may": ["read", "cancel", "rename"], "rate": {"per_second": 0.01, "burst": 40}},
     {"name": "viewer", "key_sha256": "\(KeyDigest(of: viewerKey))", "providers": ["xpander"], "may": ["read"]}]
    """

private func bearer(_ key: String) -> KeyValuePairs<String, String> {
    ["Host": "gate.example", "Authorization": "Bearer \(key)"]
}

struct `A gateway with clients` {
    @Test func `listens where others can reach it, lets clients in, and tells their keys to nobody`() async throws {
        try await World.run(WorldSetup(logLevel: "trace", host: "0.0.0.0", clients: clients)) { world in
            let id = world.add(.blackboxCloud)
            let path = "/tasks/blackbox-cloud:\(id)"
            var answers: [Answer] = []
            func ask(_ status: Int, _ method: String, _ target: String, _ key: String?) async throws -> Answer {
                let headers: KeyValuePairs = key.map { bearer($0) } ?? ["Host": "gate.example"]
                let answer = try await world.client.send(method, target, headers: headers)
                #expect(answer.status == status, "\(method) \(target): \(answer.everything)")
                answers.append(answer)
                return answer
            }

            _ = try await ask(401, "GET", path, nil)
            _ = try await ask(401, "POST", path + "/cancel", key + "x")
            _ = try await ask(403, "GET", path, viewerKey)
            _ = try await ask(403, "GET", path + "0", viewerKey)
            _ = try await ask(403, "POST", "/tasks/xpander:\(world.add(.xpander))/cancel", viewerKey)
            #expect(world.calls(of: id, at: .blackboxCloud) == 0, "nothing is sent before a client is let in")
            _ = try await ask(200, "GET", "/readyz", nil)
            _ = try await ask(200, "GET", "/livez", nil)

            #expect(try await ask(200, "GET", path, key)["status"] == "running")
            let cancelled = try await ask(200, "POST", path + "/cancel", key)
            #expect(cancelled.cancelState == "confirmed")
            #expect(cancelled["cancel"]["requested_by"] == "billing-app")
            #expect(cancelled.header("RateLimit-Policy") == #""default";q=40;w=4000"#)
            #expect(cancelled.header("RateLimit")?.hasPrefix(#""default";r=38;t="#) == true)

            // Several could own it, and one alone among those that the viewer may use.
            let run = world.add(.xpander)
            let ambiguous = try await ask(400, "GET", "/tasks/\(run)", key)
            #expect(ambiguous.code == "ambiguous_task_id")
            let found = try await ask(200, "GET", "/tasks/\(run)", viewerKey)
            #expect(found["id"].string == "xpander:\(run)")
            #expect(found.header("RateLimit") == nil)
            let listed = try await ask(200, "GET", "/providers", viewerKey)
            #expect(listed.text.contains("xpander") && !listed.text.contains("blackbox"))

            for _ in 0..<37 { _ = try await ask(200, "GET", "/", key) }
            let beyond = try await ask(429, "GET", path, key)
            #expect(beyond.code == "rate_limited")
            #expect(beyond.header("Retry-After") != nil)

            guard case .port(let port) = world.client.address else { return }
            let health = try await ChildProcess.run(["health", "--address", "127.0.0.1:\(port)"], in: world.folder)
            #expect(health.end == .code(0), "\(health.text)")

            #expect(answers.filter { $0.everything.contains("canary") }.isEmpty)
            for provider in [SimulatedProvider.blackboxCloud, .xpander] {
                #expect(!world.simulator.keysSeen(by: provider).contains { $0.contains("canaryOfA") })
            }
            world.gateway.send(SIGTERM)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            #expect(!world.gateway.text.contains("canaryOfA"), "\(world.gateway.text)")
            #expect(world.gateway.text.contains("#/listen: the gateway speaks HTTP without TLS"))
        }
    }

    @Test(arguments: ["null", #"[]"#])
    func `does not start without them where others can reach it`(_ clients: String) async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            #"{"listen": "0.0.0.0:0", "clients": \#(clients), "providers": {"qmail": {}}}"#,
            to: "config.json"
        )
        let (end, text) = try await ChildProcess.run(
            ["serve", "--config", config, "--providers", Program.providers],
            in: folder
        )
        #expect(end == .code(1), "\(text)")
        #expect(text.contains(clients == "[]" ? "must name at least one client" : #""taskgate key" makes a key"#))
    }

    @Test func `is told of a key that stands in its file, without showing it`() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            """
            {"providers": {"qmail": {}},
             "clients": [{"name": "a", "key_sha256": "\(key)", "providers": ["*"], "may": ["read"]}]}
            """,
            to: "config.json"
        )
        for command in ["check", "serve", "health"] {
            let arguments = command == "health" ? [] : ["--providers", Program.providers]
            let (end, text) = try await ChildProcess.run([command, "--config", config] + arguments, in: folder)
            #expect(end == .code(1), "\(text)")
            #expect(text.contains("/clients/0/key_sha256"))
            #expect(!text.contains(key))
        }
    }
}

struct `The key command` {
    @Test func `makes keys that the gateway takes as it prints them`() async throws {
        let folder = try TemporaryFolder()
        let (end, text) = try await ChildProcess.run(["key", "billing-app", "--json"], in: folder)
        #expect(end == .code(0), "\(text)")
        let made = try #require(JSONValue(Array(text.utf8)))
        let key = try #require(made["key"].string)
        #expect(try /tg_[A-Za-z0-9_-]{43}/.wholeMatch(in: key) != nil)
        #expect(made["client"]["name"] == "billing-app")
        #expect(made["client"]["key_sha256"].string == KeyDigest(of: key).description)
        let member = try #require(text.firstRange(of: #""client": "#)).upperBound
        try await World.run(WorldSetup(clients: "[\(text[member...].dropLast(2))]")) { (world) async throws in
            #expect(try await world.client.get("/", headers: bearer(key)).status == 200)
            #expect(try await world.client.get("/", headers: bearer(key + "x")).status == 401)
        }
    }

    @Test func `makes another key each time, and writes no file`() async throws {
        let folder = try TemporaryFolder()
        var keys: Set<String> = []
        for _ in 0..<3 {
            let (end, text) = try await ChildProcess.run(["key"], in: folder)
            #expect(end == .code(0), "\(text)")
            let key = try #require(text.firstMatch(of: /tg_[A-Za-z0-9_-]{43}/)?.output)
            #expect(text.contains(KeyDigest(of: key).description))
            keys.insert(String(key))
        }
        #expect(keys.count == 3)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.allSatisfy { $0.hasPrefix("out-") || $0.hasPrefix("err-") }, "\(files)")
    }

    @Test(arguments: ["tg_a", "tg_a\n", "tg_a\r\n"])
    func `prints the digest of a key that it is given`(_ input: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(input, to: "key")
        let (end, text) = try await ChildProcess.run(["key", "--digest"], input: file, in: folder)
        #expect(end == .code(0), "\(text)")
        #expect(text == "\(KeyDigest(of: "tg_a"))\n")
    }

    @Test(arguments: ["", "\n", "canary one", "canary\ntwo", "canaryé"])
    func `prints no digest of what is no key, and does not repeat it`(_ input: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(input, to: "key")
        let (end, text) = try await ChildProcess.run(["key", "--digest"], input: file, in: folder)
        #expect(end == .code(1), "\(text)")
        #expect(!text.contains("canary"))
    }

    @Test(arguments: [["Billing"], ["a b"], ["--digest", "name"], ["--digest", "--json"], [""]])
    func `refuses what it cannot do`(_ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let (end, text) = try await ChildProcess.run(["key"] + arguments, in: folder)
        #expect(end == .code(64), "\(text)")
        #expect(!text.contains("tg_"))
    }
}

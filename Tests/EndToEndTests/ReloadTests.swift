import Digests
import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Synchronization
import Testing

private let key = "tg_keyThatStays31c7"
private let revoked = "tg_keyThatGoes88ab"

private func client(_ name: String, _ key: String) -> String {
    #"{"name": "\#(name)", "key_sha256": "\#(KeyDigest(of: key))", "providers": ["*"], "may": ["read", "operate"]}"#
}

extension World {
    /// Changes the configuration, which must hold what is to be replaced.
    fileprivate func change(_ old: String, to new: String) throws {
        let text = try String(contentsOfFile: config, encoding: .utf8)
        try #require(text.contains(old), "\(old) in \(text)")
        try folder.write(text.replacing(old, with: new), to: "config.json")
    }

    fileprivate func reload(_ headers: KeyValuePairs<String, String> = [:]) async throws -> JSONValue {
        try await client.get("/readyz", headers: headers)["reload"]
    }
}

/// Set by one task, and seen by others.
private final class Flag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .relaxed) }

    func set() { state.store(true, ordering: .relaxed) }
}

/// Without a watch unless a test is about it, so that each test says when.
private func setup(watch: Bool = false, clients: String? = nil, host: String = "127.0.0.1") -> WorldSetup {
    var setup = WorldSetup()
    setup.host = host
    setup.clients = clients
    setup.reload = #"{"watch": \#(watch), "interval": "100ms"}"#
    return setup
}

@Suite(.timeLimit(.minutes(2))) struct `Reading the files again` {
    @Test func `serves other providers from then on`() async throws {
        try await World.run(setup()) { world in
            #expect(try await world.reload() == .missing)
            let id = world.add(.qmail)
            #expect(try await world.client.task("qmail", id).status == 200)
            try world.change(#""qmail": {"definition""#, to: #""post": {"definition""#)
            #expect(try await world.client.task("qmail", id).status == 200, "nothing changes by itself")
            try await world.gateway.hangUp()
            expectProblem(try await world.client.task("qmail", id), 404, "unknown_provider")
            #expect(try await world.client.task("post", id)["status"] == "running")
            let report = try await world.reload()
            #expect(report["result"] == "success" && report["detail"] == .null)
        }
    }

    @Test func `ends a key that was taken away, also on a connection that it was let in on`() async throws {
        let both = "[\(client("stays", key)), \(client("goes", revoked))]"
        try await World.run(setup(clients: both)) { world in
            let connection = try await world.client.connect()
            func ask(_ key: String) async throws -> Int {
                let request = "GET /providers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\r\n"
                return try await connection.exchange(request).status
            }
            #expect(try await ask(revoked) == 200)
            try world.change(both, to: "[\(client("stays", key))]")
            try await world.gateway.hangUp()
            #expect(try await ask(revoked) == 401)
            #expect(try await ask(key) == 200)
            await connection.close()
        }
    }

    @Test func `ends what a client that was taken away had wanted before: its webhooks and its deadlines`() async throws
    {
        func client(_ name: String, _ key: String, _ permissions: String) -> String {
            #"{"name": "\#(name)", "key_sha256": "\#(KeyDigest(of: key))", "providers": ["*"], "may": [\#(permissions)]}"#
        }
        let stays = client("stays", key, #""read", "watch", "cancel", "operate""#)
        let both = "[\(stays), \(client("goes", revoked, #""read", "watch", "cancel""#))]"
        let receiver = try await ScriptedServer.start { _ in [.answer("")] }
        let secrets = try TemporaryFolder()
        let secret = try secrets.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", to: "secret")
        var setup = setup(clients: both)
        setup.more = #""webhooks": {"secret": {"file": "\#(secret)"}, "allow": ["127.0.0.1"]},"#
        try await World.run(setup) { world in
            func watch(_ id: String, _ key: String) async throws {
                let wish = #"{"webhook": {"url": "\#(receiver.origin)/", "events": ["task.done"]}, "deadline": "6s"}"#
                let answer = try await world.client.send(
                    "PUT",
                    "/tasks/qmail:\(id)/watch",
                    body: wish,
                    headers: ["Authorization": "Bearer \(key)"]
                )
                #expect(answer.status == 201, "\(answer.everything)")
            }
            let (left, kept) = (world.add(.qmail), world.add(.qmail))
            try await watch(left, revoked)
            try await watch(kept, key)
            try world.change(both, to: "[\(stays)]")
            try await world.gateway.hangUp()
            try await eventually("the other one's deadline, which is later, stops its task", within: .seconds(30)) {
                world.calls(.cancel, of: kept, at: .qmail) > 0
            }
            #expect(world.calls(.cancel, of: left, at: .qmail) == 0)
            world.simulator.complete(left, of: .qmail)
            try await eventually("the delivery has failed") {
                let answer = try await world.client.get(
                    "/deliveries?state=failed",
                    headers: ["Authorization": "Bearer \(key)"]
                )
                return answer["deliveries"].elements.first?["last_attempt"]["problem"].string?.contains("goes") == true
            }
            #expect(receiver.requests.allSatisfy { !String(decoding: $0.body, as: UTF8.self).contains(left) })
        }
        await receiver.stop()
    }

    @Test func `never takes the clients away where others can reach the gateway`() async throws {
        let clients = "[\(client("stays", key))]"
        try await World.run(setup(clients: clients, host: "0.0.0.0")) { world in
            try world.change(clients, to: "null")
            try world.change(#""listen": "0.0.0.0:0""#, to: #""listen": "127.0.0.1:0""#)
            try await world.gateway.hangUp()
            #expect(try await world.reload()["result"] == "failure")
            let answer = try await world.client.get("/providers", headers: ["Host": "gate.example"])
            #expect(answer.status == 401)
        }
    }

    @Test func `by itself takes a key that was put in its file`() async throws {
        try await World.run(setup(watch: true)) { world in
            let id = world.add(.blackboxAgent)
            #expect(try await world.client.task("blackbox-agent", id).status == 200)
            let newKey = "sk-canaryOfTomorrow5a5a"
            try world.folder.write(newKey + "\n", to: "agent-key")
            try await eventually("a call carries the new key") {
                _ = try await world.client.task("blackbox-agent", id)
                return world.simulator.keysSeen(by: .blackboxAgent).contains(newKey)
            }
            #expect(!world.gateway.text.contains("canary"))
            #expect(world.gateway.text.contains("a file changed"))
        }
    }

    @Test(arguments: [
        (#""drain":"#, #""drian":"#, "did you mean"), (#""drain": "5s""#, #""drain": "soon""#, "/drain"),
        ("}", "", "config.json"), (#""definition": "xpander""#, #""definition": "unheard-of""#, "unheard-of"),
        (#""agent-key""#, #""config.json""#, "white space"),
    ])
    func `keeps what it had where something is wrong, and says so`(old: String, new: String, says: String) async throws
    {
        try await World.run(setup()) { world in
            let right = try String(contentsOfFile: world.config, encoding: .utf8)
            let id = world.add(.xpander)
            try world.change(old, to: new)
            try await world.gateway.hangUp()
            #expect(try await world.client.task("xpander", id).status == 200)
            let ready = try await world.client.get("/readyz")
            #expect(ready.status == 200)
            #expect(ready["reload"]["result"] == "failure")
            #expect(ready["reload"]["detail"].string?.contains("goes on with what it had") == true)
            #expect(world.gateway.text.contains(says), "\(world.gateway.text)")
            func counted(_ result: String) async throws -> Bool {
                let text = try await world.client.get("/metrics").text
                return text.contains(#"taskgate_config_reloads_total{result="\#(result)"} 1"#)
            }
            #expect(try await counted("failure"))
            try world.folder.write(right, to: "config.json")
            try await world.gateway.hangUp()
            #expect(try await world.reload()["result"] == "success")
            #expect(try await counted("success"))
        }
    }

    @Test func `says what waits for a restart`() async throws {
        try await World.run(setup()) { world in
            try world.change(#""drain": "5s""#, to: #""drain": "6s""#)
            try await world.gateway.hangUp()
            let report = try await world.reload()
            #expect(report["result"] == "success")
            #expect(report["detail"] == "changes of drain wait for a restart")
            #expect(world.gateway.text.contains("drain has changed, and waits for a restart"))
        }
    }

    @Test func `forgets no cancel and no caller that waits`() async throws {
        try await World.run(setup()) { world in
            let id = world.add(.xpander)
            let first = try await world.client.cancel("xpander", id)
            #expect(first.cancelState == "accepted" || first.cancelState == "confirmed", "\(first.text)")
            let waiting = world.add(.blackboxCloud)
            let caller = Task { try await world.client.task("blackbox-cloud", waiting, "?wait=20s") }
            defer { caller.cancel() }
            try await eventually("it is asked") { world.calls(.status, of: waiting, at: .blackboxCloud) > 0 }
            for _ in 0..<3 { try await world.gateway.hangUp() }
            _ = try await world.client.cancel("xpander", id)
            #expect(world.calls(.cancel, of: id, at: .xpander) == 1)
            world.simulator.complete(waiting, of: .blackboxCloud)
            #expect(try await caller.value["status"] == "completed")
        }
    }

    @Test func `loses no call under load`() async throws {
        try await World.run(setup()) { world in
            let ids = (0..<8).map { _ in world.add(.blackboxCloud) }
            let failures = try await withThrowingTaskGroup(of: [String].self) { group in
                let isOver = Flag()
                for id in ids {
                    group.addTask {
                        let connection = try await world.client.connect()
                        var failures: [String] = []
                        while !isOver.isSet {
                            let line = "GET /tasks/blackbox-cloud:\(id) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            let answer = try await connection.exchange(line)
                            if answer.status != 200 { failures.append(answer.text) }
                        }
                        await connection.close()
                        return failures
                    }
                }
                for round in 0..<10 {
                    try world.change(#""drain": "\#(round + 5)s""#, to: #""drain": "\#(round + 6)s""#)
                    try await world.gateway.hangUp()
                }
                isOver.set()
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(failures.isEmpty, "\(failures.prefix(3))")
            #expect(try await world.reload()["result"] == "success")
        }
    }

    @Test func `while it drains changes nothing, and ends well`() async throws {
        try await World.run(setup()) { world in
            let id = world.add(.blackboxCloud)
            let caller = Task { try await world.client.task("blackbox-cloud", id, "?wait=1s") }
            defer { caller.cancel() }
            try await eventually("it is asked") { world.calls(.status, of: id, at: .blackboxCloud) > 0 }
            world.gateway.send(SIGTERM)
            world.gateway.send(SIGHUP)
            world.gateway.send(SIGHUP)
            #expect(try await caller.value.status == 200)
            #expect(try await world.gateway.waitForEnd() == .code(0))
        }
    }

    @Test(.enabled(if: TestAuthority.hasTool))
    func `shows a new certificate to connections that begin then`() async throws {
        let authority = try TestAuthority()
        let gateway = try await TLSGateway.start(authority)
        func serial() async throws -> String {
            try await gateway.shell(
                "openssl s_client -connect 127.0.0.1:$PORT </dev/null 2>/dev/null | openssl x509 -noout -fingerprint"
            )
            .text
        }
        let before = try await serial()
        #expect(before.contains("Fingerprint"), "\(before)")
        try authority.issue("server")
        gateway.process.send(SIGHUP)
        try await eventually("another certificate is shown") { try await serial() != before }
        #expect(
            try await gateway.shell("curl -sS --cacert $AUTHORITY/ca.pem https://localhost:$PORT/livez").end == .code(0)
        )
        gateway.process.kill()
    }
}

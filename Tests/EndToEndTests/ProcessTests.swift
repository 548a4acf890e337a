import Foundation
import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

struct `The process` {
    /// Begins a request, and goes on once it has arrived at the provider.
    private func begin(
        _ request: String,
        about id: String,
        _ operation: SimulatedOperation,
        in world: World
    ) async throws -> RawHTTPClient {
        let connection = try await world.client.connect()
        try await connection.send("\(request) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await eventually("the provider is asked") { world.calls(operation, of: id, at: .blackboxCloud) > 0 }
        return connection
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `ends in good order when it is told to`(_ signal: Int32) async throws {
        try await World.run(WorldSetup(drain: "2s")) { world in
            let id = world.add(.blackboxCloud)
            #expect(try await world.client.get("/readyz").status == 200)
            let waiting = try await begin("GET /tasks/blackbox-cloud:\(id)?wait=60s", about: id, .status, in: world)
            world.gateway.send(signal)
            try await eventually("it is not ready any more") {
                guard let answer = try? await world.client.get("/readyz") else { return true }
                return answer.status == 503
            }
            let answer = Answer(try await waiting.answer())
            #expect(answer.status == 200 || answer.code == "shutting_down", "\(answer.everything)")
            if answer.status == 200 { #expect(answer["status"] == "running") }
            #expect(try await world.gateway.waitForEnd() == .code(0), "\(world.gateway.text)")
            await waiting.close()
        }
    }

    @Test func `finishes a cancel that is on its way`() async throws {
        try await World.run { world in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(.delay(.milliseconds(400)), into: .blackboxCloud, on: .cancel, ofTask: id)
            let caller = try await begin("POST /tasks/blackbox-cloud:\(id)/cancel", about: id, .cancel, in: world)
            world.gateway.send(SIGTERM)
            let answer = Answer(try await caller.answer())
            #expect(answer.status == 200, "\(answer.everything)")
            #expect(answer.cancelState == "confirmed")
            #expect(try await world.gateway.waitForEnd() == .code(0))
            await caller.close()
        }
    }

    @Test func `tells who is left when its time is over`() async throws {
        try await World.run(WorldSetup(drain: "300ms")) { world in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(.silence, into: .blackboxCloud, ofTask: id)
            let caller = try await begin("GET /tasks/blackbox-cloud:\(id)", about: id, .status, in: world)
            world.gateway.send(SIGTERM)
            let answer = Answer(try await caller.answer())
            expectProblem(answer, 503, "shutting_down")
            #expect(answer.header("Retry-After") != nil)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            await caller.close()
        }
    }

    @Test(arguments: [(SIGTERM, Int32(143)), (SIGINT, Int32(130))])
    func `does not wait when it is told twice`(_ signal: Int32, _ code: Int32) async throws {
        try await World.run(WorldSetup(drain: "60s")) { world in
            let id = world.add(.blackboxCloud)
            world.simulator.inject(.silence, into: .blackboxCloud, ofTask: id)
            let caller = try await begin("GET /tasks/blackbox-cloud:\(id)", about: id, .status, in: world)
            world.gateway.send(signal)
            try await eventually("it says that it drains") { world.gateway.text.contains("draining") }
            world.gateway.send(signal)
            let started = ContinuousClock.now
            #expect(try await world.gateway.waitForEnd() == .code(code))
            #expect(ContinuousClock.now - started < .seconds(20), "the provider's silence would have lasted longer")
            await caller.close()
        }
    }

    @Test func `listens on a Unix socket, and takes it away at the end`() async throws {
        try await World.run(WorldSetup(listensOnSocket: true)) { world in
            let socket = world.folder.path + "/gate.sock"
            #expect(try await world.client.task("blackbox-cloud", world.add(.blackboxCloud))["status"] == "running")
            let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o007 == 0, "not everybody may stop tasks")
            for arguments in [["--config", world.config], ["--address", "unix:\(socket)"]] {
                let (end, text) = try await ChildProcess.run(["health"] + arguments, in: world.folder)
                #expect(end == .code(0), "\(text)")
            }
            world.gateway.send(SIGTERM)
            #expect(try await world.gateway.waitForEnd() == .code(0))
            #expect(!FileManager.default.fileExists(atPath: socket))
            let (end, text) = try await ChildProcess.run(["health", "--config", world.config], in: world.folder)
            #expect(end == .code(1), "\(text)")
        }
    }

    @Test func `says over TCP whether it is ready`() async throws {
        try await World.run { world in
            guard case .port(let port) = world.client.address else { return }
            let ready = try await ChildProcess.run(["health", "--address", "127.0.0.1:\(port)"], in: world.folder)
            #expect(ready.end == .code(0), "\(ready.text)")
            let qmail = world.simulator.port(of: .qmail)
            let other = try await ChildProcess.run(["health", "--address", "127.0.0.1:\(qmail)"], in: world.folder)
            #expect(other.end == .code(1), "\(other.text)")
            let nothing = try await ChildProcess.run(["health", "--address", "127.0.0.1:1"], in: world.folder)
            #expect(nothing.end == .code(1), "\(nothing.text)")
            let anyPort = try await ChildProcess.run(["health", "--config", world.config], in: world.folder)
            #expect(anyPort.end == .code(1), "\(anyPort.text)")
        }
    }

    @Test func `serves what it can when a provider is off, and says so`() async throws {
        try await World.run { world in
            #expect(world.gateway.text.contains("agent-off is off"))
            #expect(world.gateway.text.contains("NOT_SET"))
            let report = try await world.client.get("/providers/agent-off")
            #expect(report["state"] == "off")
            #expect(report["detail"].string?.contains("NOT_SET") == true)
            #expect(try await world.client.task("qmail", world.add(.qmail)).status == 200)
            #expect(try await world.client.get("/readyz").status == 200)
        }
    }

    @Test func `follows a provider that goes down and comes back`() async throws {
        try await World.run { world in
            let id = world.add(.qmail)
            #expect(try await world.client.task("qmail", id).status == 200)
            try await world.simulator.takeDown(.qmail)
            let down = try await world.client.task("qmail", id)
            expectProblem(down, 503, "provider_unavailable")
            let cancel = try await world.client.cancel("qmail", id)
            expectProblem(cancel, 503, "provider_unavailable")
            try await world.simulator.bringUp(.qmail)
            try await eventually("it is served again") { try await world.client.task("qmail", id).status == 200 }
            #expect(world.calls(.cancel, of: id, at: .qmail) == 0, "what was refused is not sent later")
        }
    }

    @Test func `does not end when its terminal does`() async throws {
        try await World.run { world in
            world.gateway.send(SIGHUP)
            for _ in 0..<5 {
                let answer = try await world.client.get("/readyz")
                #expect(answer.status == 200)
            }
            #expect(world.gateway.ended == nil)
        }
    }
}

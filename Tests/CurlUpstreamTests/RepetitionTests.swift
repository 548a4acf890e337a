internal import CurlUpstream
internal import GatewayTesting
internal import Testing
internal import Upstream

/// How a server ends a connection that it is asked something on.
enum Ending: CaseIterable, Sendable {
    case close
    case reset

    var step: ScriptedStep { self == .close ? .close : .reset }
}

@Suite("A request on a dead connection", .timeLimit(.minutes(1)))
struct RepetitionTests {
    /// Answers the first request of the first connection, ends that at the second, and answers all on later ones.
    private static func script(_ ending: Ending) -> ScriptedServer.Script {
        { $0.connection == 0 && $0.position > 0 ? [ending.step] : [.answer("ok")] }
    }

    @Test(arguments: ["PATCH", "POST"], Ending.allCases)
    func `what changes a task is not sent again`(method: String, ending: Ending) async throws {
        try await exchange(Self.script(ending)) { server, transport in
            let status = route(server.origin)
            let cancel = route(server.origin, method: method, isRepeatable: false)
            #expect(await transport.outcome(of: status, "/status").text == "ok")
            let failure = await transport.outcome(of: cancel, "/cancel", body: Array("{}".utf8)).failure
            #expect(failure?.kind == .closed)
            #expect(failure?.mayHaveArrived == true)
            #expect(await transport.outcome(of: status, "/status").text == "ok")
            #expect(server.requests.map(\.target) == ["/status", "/cancel", "/status"])
        }
    }

    @Test func `what only reads is sent again, once`() async throws {
        try await exchange(Self.script(.close)) { server, transport in
            let status = route(server.origin)
            #expect(await transport.outcome(of: status, "/1").text == "ok")
            #expect(await transport.outcome(of: status, "/2").text == "ok")
            #expect(server.requests.map(\.target) == ["/1", "/2", "/2"])
        }
    }

    @Test func `a second sending that finds nobody may still have arrived the first time`() async throws {
        let gate = ScriptedGate()
        let script: ScriptedServer.Script = { $0.position > 0 ? [.hold(gate), .close] : [.answer("ok")] }
        try await exchange(script) { server, transport in
            let status = route(server.origin)
            #expect(await transport.outcome(of: status).text == "ok")
            async let second = transport.outcome(of: status)
            await server.requests(atLeast: 2)
            await server.stopListening()
            gate.open()
            let failure = await second.failure
            #expect(failure?.kind == .refused)
            #expect(failure?.mayHaveArrived == true)
        }
    }

    @Test(arguments: [true, false], Ending.allCases)
    func `on a fresh connection nothing is sent again`(isRepeatable: Bool, ending: Ending) async throws {
        try await exchange(always(ending.step)) { server, transport in
            let failure = await transport.outcome(of: route(server.origin, isRepeatable: isRepeatable)).failure
            #expect(failure?.kind == .closed)
            #expect(failure?.mayHaveArrived == true)
            #expect(server.requests.count == 1)
        }
    }
}

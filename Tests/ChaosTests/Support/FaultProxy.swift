import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Synchronization

/// Stands between the gateway and one simulated provider, lets a fault befall what passes, and stops doing so when told.
final class FaultProxy: Sendable {
    /// Where the proxy leads, and what it needs for the way.
    struct Towards: Sendable {
        let provider: Int
        let fronts: TLSFronts
        /// Whether only what changes something at the provider comes to harm.
        let onlyChanges: Bool
    }

    private let fault: Fault
    private let towards: Towards
    private let state: Mutex<State>

    private struct State {
        var port: Int
        var isFaulty = true
        var chance: SeededGenerator
        var seen: [String] = []
        var server: ScriptedServer?
        /// What keeps the port while nobody serves there.
        var held: HeldPort?
    }

    /// `seed` decides what is left to chance.
    static func start(_ fault: Fault, _ towards: Towards, seed: Int) async throws -> FaultProxy {
        let chance = SeededGenerator(seed: UInt64(seed))
        switch fault.action {
        case .refused, .unresolvable, .unaccepted:
            var listens = false
            if case .unaccepted = fault.action { listens = true }
            let held = try HeldPort(listens: listens)
            return FaultProxy(fault, towards, State(port: held.port, chance: chance, held: held))
        default:
            let proxy = FaultProxy(fault, towards, State(port: 0, chance: chance))
            try await proxy.listen()
            return proxy
        }
    }

    private init(_ fault: Fault, _ towards: Towards, _ state: consuming State) {
        (self.fault, self.towards) = (fault, towards)
        self.state = Mutex(state)
    }

    /// Where the gateway finds it.
    var port: Int { state.withLock { $0.port } }

    /// The request lines that came here, of whole requests and of those that were cut off; nothing of what is relayed.
    var seen: [String] { state.withLock { $0.seen } }

    /// Ends the fault.
    func heal() async throws {
        let (server, held) = state.withLock { state in
            state.isFaulty = false
            defer { state.held = nil }
            return (state.server, state.held)
        }
        held?.close()
        if server == nil { try await listen() }
    }

    func stop() async {
        let (server, held) = state.withLock { ($0.server, $0.held) }
        held?.close()
        await server?.stop()
    }

    private func listen() async throws {
        let server = try await ScriptedServer.start(
            port: port,
            opening: { [self] in opening() },
            interruption: { [self] in interruption($0) },
            { [self] in answer($0) }
        )
        state.withLock { state in
            state.server = server
            state.port = server.port
        }
    }

    private var isFaulty: Bool { state.withLock { $0.isFaulty } }

    private func opening() -> [ScriptedStep] {
        switch fault.action {
        case .opening(let steps) where isFaulty: steps
        case .tls(let kind) where isFaulty: [.relay(port: towards.fronts.port(kind, before: towards.provider))]
        case .simulated: [.relay(port: towards.provider)]
        case _ where fault.isSecure: [.relay(port: towards.fronts.port("good", before: towards.provider))]
        default: []
        }
    }

    private func interruption(_ request: ScriptedRequest) -> [ScriptedStep]? {
        guard case .heading(let steps) = fault.action, befalls(request) else { return nil }
        note(request)
        return steps
    }

    private func answer(_ request: ScriptedRequest) -> [ScriptedStep] {
        note(request)
        return switch befalls(request) ? drawn(fault.action) : nil {
        case .instead(let steps): steps
        case .answering(let change): [.forward(request, port: towards.provider, then: change)]
        default: [.forward(request, port: towards.provider) { [.answer($0)] }]
        }
    }

    /// What happens this time; nil where the request works.
    private func drawn(_ action: Fault.Action) -> Fault.Action? {
        guard case .sometimes(let actions) = action else { return action }
        return state.withLock { Bool.random(using: &$0.chance) ? actions.randomElement(using: &$0.chance) : nil }
    }

    private func befalls(_ request: ScriptedRequest) -> Bool {
        isFaulty && !(towards.onlyChanges && request.line.hasPrefix("GET "))
    }

    private func note(_ request: ScriptedRequest) {
        state.withLock { $0.seen.append(request.line) }
    }
}

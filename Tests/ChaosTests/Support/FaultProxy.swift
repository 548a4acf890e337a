import GatewayTesting
import Glibc
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

    let port: Int
    private let fault: Fault
    private let towards: Towards
    private let state: Mutex<State>

    private struct State {
        var isFaulty = true
        var seen: [String] = []
        var server: ScriptedServer?
        var deaf: DeafListener?
    }

    static func start(_ fault: Fault, _ towards: Towards) async throws -> FaultProxy {
        if case .unaccepted = fault.action {
            let deaf = try DeafListener()
            return FaultProxy(deaf.port, fault, towards, State(deaf: deaf))
        }
        // The port is this proxy's from now on, also while nobody listens there.
        let probe = try await ScriptedServer.start { _ in [] }
        await probe.stop()
        let proxy = FaultProxy(probe.port, fault, towards, State())
        switch fault.action {
        case .refused, .unresolvable: break
        default: try await proxy.listen()
        }
        return proxy
    }

    private init(_ port: Int, _ fault: Fault, _ towards: Towards, _ state: consuming State) {
        (self.port, self.fault, self.towards) = (port, fault, towards)
        self.state = Mutex(state)
    }

    /// The request lines that came here, of whole requests and of those that were cut off; nothing of what is relayed.
    var seen: [String] { state.withLock { $0.seen } }

    /// Ends the fault.
    func heal() async throws {
        let (server, deaf) = state.withLock { state in
            state.isFaulty = false
            defer { state.deaf = nil }
            return (state.server, state.deaf)
        }
        deaf?.close()
        if server == nil { try await listen() }
    }

    func stop() async {
        let (server, deaf) = state.withLock { ($0.server, $0.deaf) }
        deaf?.close()
        await server?.stop()
    }

    private func listen() async throws {
        let server = try await ScriptedServer.start(
            port: port,
            opening: { [self] in opening() },
            interruption: { [self] in interruption($0) },
            { [self] in answer($0) }
        )
        state.withLock { $0.server = server }
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
        guard befalls(request) else { return [.forward(request, port: towards.provider) { [.answer($0)] }] }
        return switch fault.action {
        case .instead(let steps): steps
        case .answering(let change): [.forward(request, port: towards.provider, then: change)]
        default: [.forward(request, port: towards.provider) { [.answer($0)] }]
        }
    }

    private func befalls(_ request: ScriptedRequest) -> Bool {
        isFaulty && !(towards.onlyChanges && request.line.hasPrefix("GET "))
    }

    private func note(_ request: ScriptedRequest) {
        state.withLock { $0.seen.append(request.line) }
    }
}

/// A socket that listens and takes no connection: its queue is full of connections that nobody fetches.
final class DeafListener: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init() throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var port = 0
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, pointer, &length) == 0
                else { throw NeverHappened(description: "no port for a listener: \(errno)") }
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        var descriptors = [listener]
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
            descriptors.append(client)
        }
        self.port = port
        self.descriptors = descriptors
    }

    func close() {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
    }
}

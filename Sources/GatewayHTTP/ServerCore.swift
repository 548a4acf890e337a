internal import Clients
internal import GatewayCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import TaskModel

/// What all connections of one server share.
final class ServerCore: Sendable {
    let gateway: any TaskAnswering
    let interpreter: RequestInterpreter
    let configuration: GatewayServer.Configuration
    let now: @Sendable () -> Timestamp
    let randomness: @Sendable () -> UInt64
    let logger: Logger
    let decoderLimits: NIOHTTPDecoderLimitConfiguration
    /// No request, with whatever framing around its body, is this large.
    let maximumRequestBytes: Int
    let readiness: Readiness
    /// Nil speaks HTTP without TLS.
    let tls: ServerTLS?
    let connectionCount = Atomic(0)

    init(
        gateway: any TaskAnswering,
        configuration: GatewayServer.Configuration,
        clients: ClientDirectory?,
        tls: ServerTLS?,
        now: @escaping @Sendable () -> Timestamp,
        randomness: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        let readiness = Readiness()
        self.gateway = gateway
        self.configuration = configuration
        self.now = now
        self.randomness = randomness
        self.logger = logger
        self.readiness = readiness
        self.tls = tls
        interpreter = RequestInterpreter(
            gateway: gateway,
            browsers: BrowserGuard(listen: configuration.listen, hasClients: clients != nil, hasTLS: tls != nil),
            clients: clients.map { ClientGuard(directory: $0) },
            isReady: { readiness.isReady }
        )
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = max(
            GatewayServer.Configuration.maximumHeaderFieldBytes,
            configuration.maximumTargetBytes
        )
        limits.maxHeaderListSize = configuration.maximumHeaderBytes + configuration.maximumTargetBytes
        limits.maxHeaderFieldCount = GatewayServer.Configuration.maximumHeaderFields
        decoderLimits = limits
        // A body in chunks of one byte is six times its size.
        maximumRequestBytes = 2 * limits.maxHeaderListSize + 8 * configuration.maximumBodyBytes + 1024
    }
}

/// Whether requests are welcome; `/readyz` shows it.
final class Readiness: Sendable {
    private let state = Atomic(true)

    var isReady: Bool { state.load(ordering: .relaxed) }

    func end() { state.store(false, ordering: .relaxed) }
}

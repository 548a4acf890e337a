internal import Clients
internal import GatewayCore
internal import LogOutput
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
    let metrics: ServerMetrics
    /// Nil writes no lines for requests.
    let accessLog: LogWriter?
    /// Whether those for health and metrics are written, too.
    let logsOperation: Bool
    let connectionCount = Atomic(0)

    init(
        gateway: any TaskAnswering,
        configuration: GatewayServer.Configuration,
        clients: ClientDirectory?,
        tls: ServerTLS?,
        readiness: Readiness,
        observation: ServerObservation,
        now: @escaping @Sendable () -> Timestamp,
        randomness: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        self.gateway = gateway
        self.configuration = configuration
        self.now = now
        self.randomness = randomness
        self.logger = logger
        self.readiness = readiness
        self.tls = tls
        metrics = observation.metrics
        accessLog = observation.accessLog
        logsOperation = logger.logLevel <= .debug
        interpreter = RequestInterpreter(
            gateway: gateway,
            browsers: BrowserGuard(listen: configuration.listen, hasClients: clients != nil, hasTLS: tls != nil),
            clients: clients.map { ClientGuard(directory: $0) },
            isReady: { readiness.isReady },
            service: configuration.service,
            metrics: observation.sources
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

/// Whether requests are welcome; `/readyz` shows it, at each of the servers that share it.
package final class Readiness: Sendable {
    private let state: Atomic<Bool>

    package init(isReady: Bool = true) {
        state = Atomic(isReady)
    }

    var isReady: Bool { state.load(ordering: .relaxed) }

    package func begin() { state.store(true, ordering: .relaxed) }

    func end() { state.store(false, ordering: .relaxed) }
}

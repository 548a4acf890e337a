internal import Clients
internal import Following
internal import GatewayCore
internal import LogOutput
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import TaskModel

/// What all connections of one server share, for as long as it runs.
final class ServerCore: Sendable {
    let configuration: GatewayServer.Configuration
    /// Those of the configuration, as the event loops count them.
    let requestTime: TimeAmount
    let idleTime: TimeAmount
    let now: @Sendable () -> Timestamp
    let randomness: @Sendable () -> UInt64
    let logger: Logger
    let decoderLimits: NIOHTTPDecoderLimitConfiguration
    private let maximumFieldBytes: Int
    let readiness: Readiness
    /// Nil speaks HTTP without TLS.
    let tls: ServerTLS?
    let metrics: ServerMetrics
    private let sources: [any MetricsSource]
    /// Nil writes no lines for requests.
    let accessLog: LogWriter?
    /// Whether those for health and metrics are written, too.
    let logsOperation: Bool
    let connectionCount = Atomic(0)
    /// Nil where nothing is followed.
    let following: (any TaskFollowing)?
    let laterAnswers = LaterAnswers()

    init(
        configuration: GatewayServer.Configuration,
        following: (any TaskFollowing)?,
        tls: ServerTLS?,
        readiness: Readiness,
        observation: ServerObservation,
        now: @escaping @Sendable () -> Timestamp,
        randomness: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        self.configuration = configuration
        self.following = following
        requestTime = TimeAmount(configuration.requestTime)
        idleTime = TimeAmount(configuration.idleTime)
        self.now = now
        self.randomness = randomness
        self.logger = logger
        self.readiness = readiness
        self.tls = tls
        metrics = observation.metrics
        sources = observation.sources
        accessLog = observation.accessLog
        logsOperation = logger.logLevel <= .debug
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = max(
            GatewayServer.Configuration.maximumHeaderFieldBytes,
            configuration.maximumTargetBytes
        )
        limits.maxHeaderListSize = configuration.maximumHeaderBytes + configuration.maximumTargetBytes
        limits.maxHeaderFieldCount = GatewayServer.Configuration.maximumHeaderFields
        decoderLimits = limits
        maximumFieldBytes = 2 * limits.maxHeaderListSize + 1024
    }

    /// No request, with whatever framing around a body of at most this size, is larger.
    func maximumRequestBytes(withBodyOf limit: Int) -> Int {
        // A body in chunks of one byte is six times its size.
        maximumFieldBytes + 8 * limit
    }

    /// Says in the log what no caller is told of a defect.
    func log(_ defect: String, _ request: RequestID) {
        logger.error("a request met a defect", metadata: ["request_id": "\(request)", "detail": "\(defect)"])
    }

    /// What connections do from now on.
    func interpreter(_ gateway: any TaskAnswering, _ clients: ClientDirectory?) -> RequestInterpreter {
        RequestInterpreter(
            gateway: gateway,
            following: following,
            browsers: BrowserGuard(listen: configuration.listen, hasClients: clients != nil, hasTLS: tls != nil),
            clients: clients.map { ClientGuard(directory: $0) },
            readiness: readiness,
            service: configuration.service,
            metrics: sources
        )
    }
}

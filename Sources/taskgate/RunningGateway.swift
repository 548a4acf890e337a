internal import Addresses
internal import Clients
internal import CurlUpstream
internal import GatewayCore
internal import GatewayHTTP
internal import GatewaySettings
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TaskModel

/// The rooms put together and started: a gateway that serves.
struct RunningGateway {
    /// Where it listens, with the port that it got.
    let address: ListenAddress
    private let transport: CurlTransport
    private let timers: MultiThreadedEventLoopGroup
    private let server: GatewayServer
    /// How connections of applications begin; nil is HTTP without TLS.
    private let tls: ServerTLS?

    /// Starts everything that a plan says.
    ///
    /// Throws what keeps it from starting: an address in use, a library that is too old.
    init(_ plan: GatewayPlan, logger: Logger) async throws {
        let settings = plan.settings
        tls = try plan.certificates.map { try ServerTLS($0) }
        var curl = CurlTransport.Configuration()
        curl.loops = settings.upstream.threads
        curl.connectionsPerHost = settings.upstream.connectionsPerProvider
        curl.callsInFlight = settings.upstream.calls
        curl.caFile = settings.upstream.certificateFile
        transport = try CurlTransport(configuration: curl)
        timers = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timekeeper = SystemTimekeeper(loop: timers.next())
        let gateway = TaskGateway(
            timekeeper: timekeeper,
            memory: .init(tasks: settings.memory.tasks, bytes: settings.memory.bytes),
            logger: logger
        )
        let requestNumbers = RequestNumbers()
        server = GatewayServer(
            gateway: gateway.serve(plan.catalog, limits: plan.limits, through: transport),
            configuration: GatewayServer.Configuration(settings),
            clients: settings.clients.map { ClientDirectory($0, uptime: { timekeeper.now().uptime }) },
            tls: tls,
            now: SystemTimekeeper.roughTime,
            randomness: requestNumbers.next,
            logger: logger
        )
        do {
            address = try await server.start()
        } catch {
            transport.shutdown()
            try? await timers.shutdownGracefully()
            throw error
        }
    }

    /// Ends in good order: readiness first, then what is in flight, then everything else.
    func stop() async {
        await server.drain()
        transport.shutdown()
        try? await timers.shutdownGracefully()
    }
}

extension GatewayServer.Configuration {
    fileprivate init(_ settings: Settings) {
        self.init(
            listen: settings.listen,
            threads: settings.server.threads,
            maximumConnections: settings.server.connections,
            maximumBodyBytes: settings.server.bodyBytes,
            maximumTargetBytes: settings.server.urlBytes,
            maximumHeaderBytes: settings.server.headerBytes,
            requestTime: settings.server.requestTime,
            idleTime: settings.server.idleTime,
            drainTime: settings.drain,
            drainGrace: settings.server.drainGrace
        )
    }
}

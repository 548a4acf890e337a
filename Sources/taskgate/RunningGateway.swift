internal import Addresses
internal import Clients
internal import CurlUpstream
internal import GatewayCore
internal import GatewayHTTP
internal import GatewaySettings
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import TaskModel

/// The rooms put together and started: a gateway that serves.
struct RunningGateway {
    /// Where it listens, with the port that it got.
    let address: ListenAddress
    /// Where health and metrics are, if they have an address of their own.
    let operationAddress: ListenAddress?
    private let transport: CurlTransport
    private let timers: MultiThreadedEventLoopGroup
    private let server: GatewayServer
    private let operationServer: GatewayServer?
    /// How connections of applications begin; nil is HTTP without TLS.
    private let tls: ServerTLS?

    /// Starts everything that a plan says.
    ///
    /// Throws what keeps it from starting: an address in use, a library that is too old.
    init(_ plan: GatewayPlan, _ observation: Observation) async throws {
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
            logger: observation.logger,
            audit: { observation.audit.record($0) }
        )
        let providers = gateway.serve(plan.catalog, limits: plan.limits, through: transport)
        let requestNumbers = RequestNumbers()
        let clients = settings.clients.map { ClientDirectory($0, uptime: { timekeeper.now().uptime }) }
        let readiness = Readiness(isReady: false)
        let metrics = ServerMetrics()
        let sources: [any MetricsSource] = [metrics] + observation.sources
        func server(
            _ configuration: GatewayServer.Configuration,
            _ clients: ClientDirectory?,
            _ tls: ServerTLS?,
            counting metrics: ServerMetrics
        ) -> GatewayServer {
            GatewayServer(
                gateway: providers,
                configuration: configuration,
                clients: clients,
                tls: tls,
                readiness: readiness,
                observation: ServerObservation(metrics: metrics, sources: sources, accessLog: observation.accessLog),
                now: SystemTimekeeper.roughTime,
                randomness: requestNumbers.next,
                logger: observation.logger
            )
        }
        // What it serves itself is not among what it shows.
        operationServer = settings.metricsListen.map { address in
            var configuration = GatewayServer.Configuration(settings)
            configuration.listen = address
            configuration.service = .operation
            configuration.threads = 1
            configuration.drainGrace = .zero
            return server(configuration, address.isLoopback ? nil : clients, nil, counting: ServerMetrics())
        }
        do {
            var configuration = GatewayServer.Configuration(settings)
            operationAddress = try await operationServer?.start()
            configuration.service = .applications(operationAt: operationAddress)
            self.server = server(configuration, clients, tls, counting: metrics)
            address = try await self.server.start()
            readiness.begin()
        } catch {
            await operationServer?.drain()
            transport.shutdown()
            try? await timers.shutdownGracefully()
            throw error
        }
    }

    /// Ends in good order: readiness first, then what is in flight, then everything else.
    func stop() async {
        await server.drain()
        // The last to go: until then it says that the gateway is not ready.
        await operationServer?.drain()
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

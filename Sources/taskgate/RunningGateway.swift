internal import Addresses
internal import Certificates
internal import Clients
internal import CurlUpstream
internal import Following
internal import GatewayCore
internal import GatewayHTTP
internal import GatewaySettings
internal import LogOutput
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import TaskModel
internal import TaskStorage

/// The rooms put together and started: a gateway that serves, and can be given another plan while it does.
actor RunningGateway {
    /// Where it listens, with the port that it got.
    nonisolated let address: ListenAddress
    /// Where health and metrics are, if they have an address of their own.
    nonisolated let operationAddress: ListenAddress?
    /// What it was started with; some of it holds until it ends.
    nonisolated let settings: Settings
    nonisolated let readiness = Readiness(isReady: false)
    private let observation: Observation
    private let gateway: TaskGateway
    private let timekeeper: SystemTimekeeper
    private let timers: MultiThreadedEventLoopGroup
    private let server: GatewayServer
    private let operationServer: GatewayServer?
    /// How connections of applications begin; nil is HTTP without TLS.
    private let tls: ServerTLS?
    private var transport: CurlTransport
    /// What the transport was made with, and what stood in the file of authorities then.
    private var upstream: UpstreamSettings
    private var authorities: CertificateList?
    private var providers: ProviderGeneration
    private let following: RunningFollowing
    private var clients: ClientDirectory?
    private var isStopping = false

    /// Starts everything that a plan says.
    ///
    /// Throws what keeps it from starting: an address in use, a library that is too old.
    init(_ plan: GatewayPlan, _ observation: Observation) async throws {
        settings = plan.settings
        self.observation = observation
        tls = try plan.certificates.map { try ServerTLS($0) }
        upstream = plan.settings.upstream
        transport = try CurlTransport(plan.settings.upstream)
        authorities = plan.authorities
        timers = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timekeeper = SystemTimekeeper(loop: timers.next())
        self.timekeeper = timekeeper
        let open: OpenStore
        do {
            open = try await OpenStore(plan, timekeeper, observation.logger)
        } catch {
            transport.shutdown()
            try? await timers.shutdownGracefully()
            throw error
        }
        gateway = TaskGateway(
            timekeeper: timekeeper,
            memory: .init(tasks: settings.memory.tasks, bytes: settings.memory.bytes),
            holder: open.holds,
            logger: observation.logger,
            audit: { entry in
                observation.audit.record(entry)
                open.audit.add(AuditRecord(entry, observation.redactor))
            }
        )
        providers = gateway.serve(plan.catalog, limits: plan.limits, through: transport)
        following = RunningFollowing(open, plan, providers, timekeeper, observation.logger)
        clients = settings.clients.map { ClientDirectory($0, uptime: { timekeeper.now().uptime }) }
        let servers = Servers(providers, following, clients, readiness, observation)
        let settings = plan.settings
        operationServer = settings.metricsListen.map { servers.makeForOperation(settings, at: $0) }
        do {
            operationAddress = try await operationServer?.start()
            server = servers.makeForApplications(settings, tls, operationAt: operationAddress)
            address = try await server.start()
            readiness.begin()
            await following.start()
        } catch {
            await operationServer?.drain()
            await following.stop()
            transport.shutdown()
            try? await timers.shutdownGracefully()
            throw error
        }
    }

    /// Serves what another plan says from the next request on; calls that are under way end as they began.
    ///
    /// Throws, and changes nothing, where it cannot be served: certificates that BoringSSL does not take, a transport that
    /// cannot start. While it stops nothing is changed.
    func use(_ plan: GatewayPlan) async throws {
        guard !isStopping else { return }
        var upstream = upstream
        // The rest of it waits for a restart.
        upstream.certificateFile = plan.settings.upstream.certificateFile
        let replaced = upstream == self.upstream && authorities == plan.authorities ? nil : transport
        let transport = replaced == nil ? transport : try CurlTransport(upstream)
        if let certificates = plan.certificates { try tls?.use(certificates) }
        observation.redactor.replace(plan.secrets)
        self.transport = transport
        self.upstream = upstream
        authorities = plan.authorities
        let timekeeper = timekeeper
        clients = plan.settings.clients.map {
            ClientDirectory($0, after: clients, uptime: { timekeeper.now().uptime })
        }
        providers = gateway.serve(plan.catalog, limits: plan.limits, through: transport, after: providers)
        await following.use(plan, providers)
        let holding = following.holding(providers)
        await server.serve(holding, clients: clients)
        await operationServer?.serve(holding, clients: Servers.operationClients(clients, settings))
        if let replaced { end(replaced, within: plan.settings.longestCall) }
    }

    /// Ends in good order: readiness first, then what is in flight, then everything else.
    func stop() async {
        isStopping = true
        await following.endStreams()
        await server.drain()
        await following.stop()
        // The last to go: until then it says that the gateway is not ready.
        await operationServer?.drain()
        transport.shutdown()
        try? await timers.shutdownGracefully()
    }

    /// Ends a transport as soon as nothing is called through it.
    private func end(_ transport: CurlTransport, within limit: Duration) {
        Task {
            let deadline = timekeeper.now().uptime + limit + .seconds(1)
            repeat {
                try? await Task.sleep(for: .milliseconds(250))
            } while transport.callsUnderWay > 0 && timekeeper.now().uptime < deadline
            transport.shutdown()
        }
    }
}

extension Settings {
    /// The longest that a call to any provider may take.
    fileprivate var longestCall: Duration {
        providers.map(\.timeouts.total).max() ?? timeouts.total
    }
}

extension CurlTransport {
    fileprivate convenience init(_ settings: UpstreamSettings) throws {
        var configuration = Configuration()
        configuration.loops = settings.threads
        configuration.connectionsPerHost = settings.connectionsPerProvider
        configuration.callsInFlight = settings.calls
        configuration.caFile = settings.certificateFile
        try self.init(configuration: configuration)
    }
}

/// Makes the servers of a gateway.
private struct Servers {
    private let providers: any TaskAnswering
    private let following: RunningFollowing
    private let clients: ClientDirectory?
    private let readiness: Readiness
    private let observation: Observation
    private let metrics = ServerMetrics()
    private let requestNumbers = RequestNumbers()

    init(
        _ providers: ProviderGeneration,
        _ following: RunningFollowing,
        _ clients: ClientDirectory?,
        _ readiness: Readiness,
        _ observation: Observation
    ) {
        self.providers = following.holding(providers)
        self.following = following
        self.clients = clients
        self.readiness = readiness
        self.observation = observation
    }

    func makeForApplications(
        _ settings: Settings,
        _ tls: ServerTLS?,
        operationAt address: ListenAddress?
    ) -> GatewayServer {
        var configuration = GatewayServer.Configuration(settings)
        configuration.service = .applications(operationAt: address)
        return make(configuration, clients, tls, counting: metrics)
    }

    /// What it serves itself is not among what it shows.
    func makeForOperation(_ settings: Settings, at address: ListenAddress) -> GatewayServer {
        var configuration = GatewayServer.Configuration(settings)
        configuration.listen = address
        configuration.service = .operation
        configuration.threads = 1
        configuration.drainGrace = .zero
        return make(configuration, Self.operationClients(clients, settings), nil, counting: ServerMetrics())
    }

    /// On this machine alone, health and metrics want no key.
    static func operationClients(_ clients: ClientDirectory?, _ settings: Settings) -> ClientDirectory? {
        settings.metricsListen?.isLoopback == true ? nil : clients
    }

    private func make(
        _ configuration: GatewayServer.Configuration,
        _ clients: ClientDirectory?,
        _ tls: ServerTLS?,
        counting own: ServerMetrics
    ) -> GatewayServer {
        GatewayServer(
            gateway: providers,
            following: following.service,
            configuration: configuration,
            clients: clients,
            tls: tls,
            readiness: readiness,
            observation: ServerObservation(
                metrics: own,
                sources: [metrics] + following.sources + observation.sources,
                accessLog: observation.accessLog
            ),
            now: SystemTimekeeper.roughTime,
            randomness: requestNumbers.next,
            logger: observation.logger
        )
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

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// All simulated providers, each a server on a port of its own, and the interface that steers them.
///
/// It is written from the providers' documentation alone, so that whatever talks to it is checked against that.
package final class SimulatedProviders: Sendable {
    /// The clock that every task lives by.
    package let clock: SimulatorClock
    let settings: SimulatorSettings
    let stations: [SimulatedProvider: ProviderStation]
    private let control: ControlInterface
    private let running = Mutex<Running?>(nil)

    private struct Running {
        var group: MultiThreadedEventLoopGroup
        var servers: [SimulatedProvider: any Channel] = [:]
        /// Kept when a server goes down, so that it comes back where it was.
        var ports: [SimulatedProvider: Int] = [:]
        var connections: [SimulatedProvider: OpenConnections] = [:]
        var controlPort = 0
    }

    /// Makes the providers and their tasks; nothing listens before the start.
    package init(_ settings: SimulatorSettings = SimulatorSettings()) {
        self.settings = settings
        clock = settings.clock
        let stations = Dictionary(
            uniqueKeysWithValues: SimulatedProvider.allCases.map { ($0, ProviderStation($0, settings: settings)) }
        )
        self.stations = stations
        control = ControlInterface(stations: stations, clock: settings.clock)
        if settings.holdsDemoTasks { addDemoTasks() }
    }

    /// Binds every server; when one cannot be bound, none is left behind.
    ///
    /// Nothing happens if they are up already.
    package func start() async throws {
        guard running.withLock({ $0 == nil }) else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
        var running = Running(group: group)
        do {
            for provider in SimulatedProvider.allCases {
                let connections = OpenConnections()
                let server = try await bind(
                    station(of: provider),
                    to: (settings.host, settings.ports[provider] ?? 0),
                    connections,
                    on: group
                )
                running.servers[provider] = server
                running.ports[provider] = server.localAddress?.port ?? 0
                running.connections[provider] = connections
            }
            // Whoever reaches this one can change what the others say, so it never leaves the machine.
            let server = try await bind(control, to: ("127.0.0.1", settings.controlPort), OpenConnections(), on: group)
            running.controlPort = server.localAddress?.port ?? 0
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        let started = running
        self.running.withLock { $0 = started }
    }

    /// Closes every server and connection; the tasks stay as they are.
    package func stop() async {
        let stopped = running.withLock { running in
            defer { running = nil }
            return running
        }
        try? await stopped?.group.shutdownGracefully()
    }

    /// Closes one server and its connections, so that connecting to it is refused.
    package func takeDown(_ provider: SimulatedProvider) async throws {
        let (server, connections) = running.withLock { running in
            (running?.servers.removeValue(forKey: provider), running?.connections[provider])
        }
        try await server?.close()
        connections?.closeAll()
    }

    /// Opens a server again that was taken down, on the port that it had.
    package func bringUp(_ provider: SimulatedProvider) async throws {
        let known = running.withLock { running in
            running.map { ($0.group, $0.ports[provider] ?? 0, $0.connections[provider] ?? OpenConnections()) }
        }
        guard let (group, port, connections) = known else { return }
        let server = try await bind(station(of: provider), to: (settings.host, port), connections, on: group)
        running.withLock { $0?.servers[provider] = server }
    }

    /// The port of a provider, zero before the start.
    package func port(of provider: SimulatedProvider) -> Int {
        running.withLock { $0?.ports[provider] ?? 0 }
    }

    /// The base URL of a provider as its documentation means it: with `/api/v1` for the agents, bare for the others.
    package func url(of provider: SimulatedProvider) -> String {
        "http://\(settings.host):\(port(of: provider))\(provider.basePath)"
    }

    /// Where the control interface listens.
    package var controlURL: String {
        "http://127.0.0.1:\(running.withLock { $0?.controlPort ?? 0 })"
    }

    func station(of provider: SimulatedProvider) -> ProviderStation {
        guard let station = stations[provider] else { preconditionFailure("every provider has a station") }
        return station
    }

    private func bind(
        _ responder: some SimulatorResponder,
        to address: (host: String, port: Int),
        _ connections: OpenConnections,
        on group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(SimulatorHandler(responder: responder, connections: connections))
                }
            }
            .bind(host: address.host, port: address.port)
            .get()
    }
}

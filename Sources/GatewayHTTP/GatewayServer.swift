package import Addresses
package import Clients
package import Following
package import GatewayCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
package import TaskModel

/// The gateway's server: HTTP/1.1 in front of the calls of `TaskAnswering`.
package final class GatewayServer: Sendable {
    private struct Running: Sendable {
        let group: MultiThreadedEventLoopGroup
        let listener: any Channel
        let loops: [NIOLoopBoundBox<LoopConnections>]
        let file: UnixSocketFile?
    }

    private enum State: Sendable {
        case new
        case running(Running)
        case ended
    }

    private static let backlog: Int32 = 1024

    private let core: ServerCore
    private let first: RequestInterpreter
    private let state = Mutex(State.new)

    /// A server that does not listen yet.
    ///
    /// `following` is asked about watches and streams; nil has none. `clients` are who may ask; nil lets in whoever reaches the server. `tls` is how connections begin; nil speaks HTTP
    /// without TLS. `now` is the wall clock, for the `Date` field and the log; `randomness` makes the ids of requests that
    /// bring none.
    package init(
        gateway: any TaskAnswering,
        following: (any TaskFollowing)? = nil,
        configuration: Configuration,
        clients: ClientDirectory? = nil,
        tls: ServerTLS? = nil,
        readiness: Readiness = Readiness(),
        observation: ServerObservation = ServerObservation(),
        now: @escaping @Sendable () -> Timestamp,
        randomness: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        core = ServerCore(
            configuration: configuration,
            following: following,
            tls: tls,
            readiness: readiness,
            observation: observation,
            now: now,
            randomness: randomness,
            logger: logger
        )
        first = core.interpreter(gateway, clients)
    }

    /// Asks another gateway, and lets in others, from the next request of each connection on.
    ///
    /// Each request has one or the other, whole; those that were asked before are answered by whom they were asked of, and
    /// streams go on unless their clients are let in no more. To be
    /// called while the server runs; when it returns, no request begins with what was before.
    package func serve(_ gateway: any TaskAnswering, clients: ClientDirectory?) async {
        guard case .running(let running) = state.withLock({ $0 }) else { return }
        let interpreter = core.interpreter(gateway, clients)
        for loop in running.loops {
            try? await loop.eventLoop.submit { loop.value.serve(interpreter) }.get()
        }
    }

    /// How many connections are open.
    package var connectionCount: Int { core.connectionCount.load(ordering: .relaxed) }

    /// Starts to listen, once, and returns where: the port is the real one, also where any was asked for.
    package func start() async throws -> ListenAddress {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, core.configuration.threads))
        do {
            let running = try await listen(on: group)
            state.withLock { $0 = .running(running) }
            guard case .tcp(let host, _) = core.configuration.listen, let port = running.listener.localAddress?.port
            else {
                return core.configuration.listen
            }
            return .tcp(host: host, port: port)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Serves one connection that somebody else made, with or without listening; to be called on its event loop.
    ///
    /// It is none of those that `drain` waits for.
    package func serve(_ channel: any Channel) throws {
        let loop = LoopConnections(core: core, interpreter: first, eventLoop: channel.eventLoop)
        try Self.addHandlers(to: channel, core: core, loop: loop)
    }

    /// Ends serving in good order, and returns when no connection is left.
    ///
    /// First `/readyz` turns to 503 while everything is still served, for the drain grace, and each answer ends its
    /// connection; then nothing new is accepted, resting connections close, and requests in flight end. What is left when
    /// the drain time is over gets `shutting_down`. Cancelling the task that drains ends the grace early, and nothing else.
    package func drain() async {
        let running = state.withLock { state -> Running? in
            guard case .running(let running) = state else { return nil }
            state = .ended
            return running
        }
        guard let running else { return }
        for loop in running.loops { loop.eventLoop.execute { loop.value.beginEnding() } }
        core.readiness.end()
        try? await Task.sleep(for: core.configuration.drainGrace)
        try? await running.listener.close()
        let limit = TimeAmount(core.configuration.drainTime)
        let drained = running.loops.map { loop in
            loop.eventLoop.flatSubmit { loop.value.drain(limit: limit) }
        }
        for loop in drained { try? await loop.get() }
        core.laterAnswers.end()
        for loop in running.loops { try? await loop.eventLoop.submit { loop.value.streams.mailbox.end() }.get() }
        running.file?.remove()
        try? await running.group.shutdownGracefully()
    }

    private func listen(on group: MultiThreadedEventLoopGroup) async throws -> Running {
        let (core, first) = (core, first)
        var loops: [NIOLoopBoundBox<LoopConnections>] = []
        for eventLoop in group.makeIterator() {
            loops.append(
                try await eventLoop.submit {
                    NIOLoopBoundBox(
                        LoopConnections(core: core, interpreter: first, eventLoop: eventLoop),
                        eventLoop: eventLoop
                    )
                }
                .get()
            )
        }
        let bootstrap = Self.bootstrap(group: group, core: core, loops: loops)
        switch core.configuration.listen {
        case .tcp(let host, let port):
            let listener = try await bootstrap.bind(host: host, port: port).get()
            return Running(group: group, listener: listener, loops: loops, file: nil)
        case .unix(let path):
            let (descriptor, file) = try UnixSocketFile.listen(at: path, backlog: Self.backlog)
            let listener = try await bootstrap.withBoundSocket(descriptor).get()
            return Running(group: group, listener: listener, loops: loops, file: file)
        }
    }

    private static func bootstrap(
        group: MultiThreadedEventLoopGroup,
        core: ServerCore,
        loops: [NIOLoopBoundBox<LoopConnections>]
    ) -> ServerBootstrap {
        let isTCP =
            switch core.configuration.listen {
            case .tcp: true
            case .unix: false
            }
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: backlog)
            .serverChannelInitializer { channel in
                // Without descriptors left, accepting pauses instead of spinning.
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            // One read at a time, so that a connection that has enough to do is not read further.
            .childChannelOption(ChannelOptions.maxMessagesPerRead, value: 1)
            .childChannelOption(
                ChannelOptions.recvAllocator,
                // An idle connection keeps the buffer of its last read. Most requests fit in this one; where one does
                // not, the next is twice as large.
                value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 16384)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop })?.value else { return }
                    try addHandlers(to: channel, core: core, loop: loop)
                }
            }
        if isTCP {
            bootstrap =
                bootstrap
                .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
        }
        return bootstrap
    }

    private static func addHandlers(to channel: any Channel, core: ServerCore, loop: LoopConnections) throws {
        let connection = ConnectionHandler(core: core, loop: loop)
        let decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes,
            limitConfiguration: core.decoderLimits
        )
        let pipeline = channel.pipeline.syncOperations
        if let tls = core.tls { try pipeline.addHandler(tls.makeHandler()) }
        try pipeline.addHandler(InboundByteHandler(connection: connection))
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(connection)
    }
}

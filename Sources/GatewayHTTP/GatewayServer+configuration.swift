package import Addresses

extension GatewayServer {
    /// What the server edge is told: where it listens, and every limit that it keeps.
    ///
    /// Nothing has a default here: the defaults of what people can set are in the settings, and the rest is fixed.
    package struct Configuration: Sendable {
        /// The largest single header field, in bytes.
        static let maximumHeaderFieldBytes = 16 << 10
        /// The most header fields of a request.
        static let maximumHeaderFields = 100
        /// How many requests of one connection are worked on at once; more wait, and are not read.
        static let maximumPipelined = 16

        /// What is served.
        package enum Service: Sendable, Hashable {
            /// Everything; what is for operation only if it has no server of its own, which is at this address.
            case applications(operationAt: ListenAddress?)
            /// Health and metrics, and nothing else.
            case operation
        }

        package var service = Service.applications(operationAt: nil)
        /// Where to listen.
        package var listen: ListenAddress
        /// How many event loops share the connections.
        package var threads: Int
        /// How many connections are served at once.
        package var maximumConnections: Int
        /// The largest body of a request, in bytes.
        package var maximumBodyBytes: Int
        /// The longest target of a request, in bytes.
        package var maximumTargetBytes: Int
        /// The most that all header fields of a request may hold together, in bytes.
        package var maximumHeaderBytes: Int
        /// How long a whole request may take to arrive, from its first byte to its last.
        package var requestTime: Duration
        /// How long a connection may rest between requests, or leave our answers unread.
        package var idleTime: Duration
        /// How long requests in flight may take to end once the gateway has stopped accepting.
        package var drainTime: Duration
        /// How long the gateway still accepts after `/readyz` turned to 503, for load balancers to see.
        package var drainGrace: Duration
        /// The most that the results of a question about many tasks hold together, in bytes.
        package var maximumResultBytes = 32 << 20
        /// How often a stream of events shows that it is there, when nothing else does.
        package var heartbeat = Duration.seconds(15)

        /// The largest list of ids, in bytes: eight times what other bodies may have.
        var maximumListBytes: Int { 8 * maximumBodyBytes }

        package init(
            listen: ListenAddress,
            threads: Int,
            maximumConnections: Int,
            maximumBodyBytes: Int,
            maximumTargetBytes: Int,
            maximumHeaderBytes: Int,
            requestTime: Duration,
            idleTime: Duration,
            drainTime: Duration,
            drainGrace: Duration
        ) {
            self.listen = listen
            self.threads = threads
            self.maximumConnections = maximumConnections
            self.maximumBodyBytes = maximumBodyBytes
            self.maximumTargetBytes = maximumTargetBytes
            self.maximumHeaderBytes = maximumHeaderBytes
            self.requestTime = requestTime
            self.idleTime = idleTime
            self.drainTime = drainTime
            self.drainGrace = drainGrace
        }
    }
}

package import Addresses

/// What the server edge is told: where it listens, and every limit that it keeps.
package struct ServerSettings: Sendable {
    /// Where to listen; by default `127.0.0.1:7070`.
    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 7070)
    /// How many event loops share the connections; by default 1.
    package var threads = 1
    /// The largest body of a request, in bytes; by default 64 KiB.
    package var maximumBodyBytes = 64 << 10
    /// The longest target of a request, in bytes; by default 8 KiB.
    package var maximumTargetBytes = 8 << 10
    /// The most that all header fields of a request may hold together, in bytes; by default 32 KiB.
    package var maximumHeaderBytes = 32 << 10
    /// The largest single header field, in bytes; by default 16 KiB.
    package var maximumHeaderFieldBytes = 16 << 10
    /// The most header fields of a request; by default 100.
    package var maximumHeaderFields = 100
    /// How long a whole request may take to arrive, from its first byte to its last; by default 10 s.
    package var requestTime = Duration.seconds(10)
    /// How long a connection may rest between requests, or leave our answers unread; by default 60 s.
    package var idleTime = Duration.seconds(60)
    /// How many connections are served at once; by default 10,000.
    package var maximumConnections = 10_000
    /// How many requests of one connection are worked on at once (more wait, and are not read); by default 16.
    package var maximumPipelined = 16
    /// How long requests in flight may take to end once the gateway has stopped accepting; by default 10 s.
    package var drainTime = Duration.seconds(10)
    /// How long the gateway still accepts after `/readyz` turned to 503, for load balancers to see; by default 1 s.
    package var drainGrace = Duration.seconds(1)

    package init() {}
}

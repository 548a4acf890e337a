internal import Addresses
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import TaskModel

/// Asks `/readyz` once, with the least HTTP that does it.
struct ReadinessProbe {
    let address: ListenAddress
    let speaksTLS: Bool
    let timeout: Duration

    /// The most that is read in search of the status line.
    private static let longestStatusLine = 4096

    /// What became of the question; it never takes longer than the time limit.
    func ask() async -> HealthOutcome {
        await withTaskGroup(of: HealthOutcome?.self) { group in
            group.addTask { await self.outcome() }
            group.addTask {
                // Ends early, and is not heard, when the other one was first.
                try? await Task.sleep(for: self.timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .late(address, timeout: timeout)
        }
    }

    /// The status that an answer's first bytes say; nil where they are no HTTP.
    static func status(inHead head: some Collection<UInt8>) -> Int? {
        let line = String(decoding: head.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3 else { return nil }
        return Int(words[1])
    }

    private func outcome() async -> HealthOutcome {
        do {
            let channel = try await connect()
            let head = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var head = ByteBuffer()
                for try await part in inbound {
                    head.writeImmutableBuffer(part)
                    if head.readableBytesView.contains(UInt8(ascii: "\n")) { break }
                    if head.readableBytes > Self.longestStatusLine { break }
                }
                return head
            }
            guard let status = Self.status(inHead: head.readableBytesView) else { return .answeredOtherwise(address) }
            return .answered(status: status, address)
        } catch let error as IOError where error.errnoCode == EACCES {
            return .forbidden(address)
        } catch is NIOSSLError {
            return .withoutTLS(address)
        } catch is BoringSSLError {
            return .withoutTLS(address)
        } catch is ChannelError {
            return .late(address, timeout: timeout)
        } catch {
            return .unreachable(address)
        }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
        let tls = try speaksTLS ? NIOSSLContext(configuration: Self.unverified) : nil
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls {
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        switch address {
        case .tcp(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: wrap)
        case .unix(let path): return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap)
        }
    }

    /// The certificate is for the name by which applications call the gateway, not for the address that it listens at;
    /// and nothing is told to whoever answers, nor believed but "ready".
    private static var unverified: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .zero
        return configuration
    }

    private var request: String {
        let host =
            switch address {
            case .tcp: address.description
            case .unix: "localhost"
            }
        return "GET /readyz HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: taskgate-health\r\nConnection: close\r\n\r\n"
    }
}

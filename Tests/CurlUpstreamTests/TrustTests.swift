internal import CurlUpstream
internal import Foundation
internal import GatewayTesting
internal import Testing
internal import Upstream

@Suite("TLS and whom it trusts", .timeLimit(.minutes(1)), .enabled(if: TestAuthority.hasTool))
struct TrustTests {
    @Test func `a server whose authority is in the CA file is trusted`() async throws {
        let authority = try TestAuthority()
        let server = try authority.startServer(subject: "IP:127.0.0.1")
        defer { server.stop() }
        try await withTransport(CurlTransport.Configuration(caFile: authority.certificatePath)) { transport in
            let outcome = await transport.outcome(of: route("https://127.0.0.1:\(server.port)"))
            #expect(outcome.status == 200, "\(outcome)")
        }
        // Whoever sets the environment cannot have the connection's secrets written down.
        #expect(!FileManager.default.fileExists(atPath: keyLogPath))
    }

    @Test func `a server whose authority nobody knows is refused before anything is sent`() async throws {
        let authority = try TestAuthority()
        let server = try authority.startServer(subject: "IP:127.0.0.1")
        defer { server.stop() }
        try await withTransport { transport in
            let failure = await transport.outcome(of: route("https://127.0.0.1:\(server.port)")).failure
            #expect(failure?.kind == .tls)
            #expect(failure?.mayHaveArrived == false)
        }
    }

    @Test func `a certificate for another name is refused`() async throws {
        let authority = try TestAuthority()
        let server = try authority.startServer(subject: "DNS:other.example")
        defer { server.stop() }
        try await withTransport(CurlTransport.Configuration(caFile: authority.certificatePath)) { transport in
            let failure = await transport.outcome(of: route("https://127.0.0.1:\(server.port)")).failure
            #expect(failure?.kind == .tls)
            #expect(failure?.mayHaveArrived == false)
        }
    }

    @Test func `a CA file without a certificate fails as TLS`() async throws {
        let authority = try TestAuthority()
        let server = try authority.startServer(subject: "IP:127.0.0.1")
        defer { server.stop() }
        let empty = authority.directory.appending(path: "empty.pem")
        try Data("nothing".utf8).write(to: empty)
        try await withTransport(CurlTransport.Configuration(caFile: empty.path)) { transport in
            let failure = await transport.outcome(of: route("https://127.0.0.1:\(server.port)")).failure
            #expect(failure?.kind == .tls)
            #expect(failure?.mayHaveArrived == false)
        }
    }
}

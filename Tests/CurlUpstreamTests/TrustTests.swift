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

    @Test func `a route trusts its own authorities in place of the transport's`() async throws {
        let own = try TestAuthority()
        let server = try own.startServer(subject: "IP:127.0.0.1")
        defer { server.stop() }
        let other = try TestAuthority()
        let origin = "https://127.0.0.1:\(server.port)"
        let trust = UpstreamTrust(authorities: try own.bytes("ca.pem"))
        try await withTransport(CurlTransport.Configuration(caFile: other.certificatePath)) { transport in
            #expect(await transport.outcome(of: route(origin, trust: trust)).status == 200)
            #expect(await transport.outcome(of: route(origin)).failure?.kind == .tls)
        }
        try await withTransport(CurlTransport.Configuration(caFile: own.certificatePath)) { transport in
            let stranger = UpstreamTrust(authorities: try other.bytes("ca.pem"))
            #expect(await transport.outcome(of: route(origin, trust: stranger)).failure?.kind == .tls)
            #expect(await transport.outcome(of: route(origin)).status == 200)
        }
    }

    @Test func `a route shows its certificate to a server that wants one`() async throws {
        let authority = try TestAuthority()
        try authority.issue("gateway")
        let server = try authority.startServer(subject: "IP:127.0.0.1", wantsCertificate: true)
        defer { server.stop() }
        let origin = "https://127.0.0.1:\(server.port)"
        let other = try TestAuthority()
        try other.issue("gateway")
        func trust(_ signer: TestAuthority) throws -> UpstreamTrust {
            UpstreamTrust(
                authorities: try authority.bytes("ca.pem"),
                identity: UpstreamIdentity(
                    certificates: try signer.bytes("gateway.pem"),
                    key: try signer.bytes("gateway.key")
                )
            )
        }
        try await withTransport(CurlTransport.Configuration(caFile: authority.certificatePath)) { transport in
            let outcome = await transport.outcome(of: route(origin, trust: try trust(authority)))
            #expect(outcome.status == 200, "\(outcome)")
            #expect(await transport.outcome(of: route(origin)).status == nil)
            #expect(await transport.outcome(of: route(origin, trust: try trust(other))).status == nil)
        }
    }

    @Test func `a trust that is printed shows no key`() {
        let trust = UpstreamTrust(identity: UpstreamIdentity(certificates: [1], key: Array("canary".utf8)))
        var text = "\(trust) \(String(reflecting: trust))"
        dump(trust, to: &text)
        #expect(text.contains("[client certificate]"))
        #expect(!text.contains("99, 97, 110") && !text.contains("canary"))
    }

    @Test func `a route's connection serves no route of another trust`() async throws {
        let authority = try TestAuthority()
        try authority.issue("server")
        try authority.issue("gateway")
        try authority.issue("second")
        // One TLS server that keeps connections, and says whose certificate each was begun with.
        let server = try await KeptTLSServer.start(authority)
        let authorities = try authority.bytes("ca.pem")
        func trust(_ name: String) throws -> UpstreamTrust {
            UpstreamTrust(
                authorities: authorities,
                identity: UpstreamIdentity(
                    certificates: try authority.bytes("\(name).pem"),
                    key: try authority.bytes("\(name).key")
                )
            )
        }
        let shown = route(server.origin, trust: try trust("gateway"))
        let shownBySecond = route(server.origin, trust: try trust("second"))
        let shownAgain = route(server.origin, trust: try trust("gateway"))
        let unshown = route(server.origin, trust: UpstreamTrust(authorities: authorities))
        let plain = route(server.origin)
        try await withTransport(CurlTransport.Configuration(caFile: authority.certificatePath)) { transport in
            // Each connection stays open and idle, so that the next call could ride on it.
            for _ in 1...2 {
                #expect(await transport.outcome(of: shown).text == "Test gateway")
                #expect(await transport.outcome(of: shownBySecond).text == "Test second")
                #expect(await transport.outcome(of: unshown).text == "nobody")
                #expect(await transport.outcome(of: plain).text == "nobody")
                // The same trust is the same connection, though it is another route's.
                #expect(await transport.outcome(of: shownAgain).text == "Test gateway")
            }
            #expect(server.connectionCount == 4)
        }
        try await server.stop()
    }
}

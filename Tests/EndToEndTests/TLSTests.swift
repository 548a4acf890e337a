import Foundation
import GatewayTesting
import Glibc
import ProgramTesting
import Testing

@Suite(.enabled(if: TestAuthority.hasTool), .timeLimit(.minutes(2))) struct `A gateway with TLS` {
    private let authority: TestAuthority

    init() throws {
        authority = try TestAuthority()
    }

    // MARK: - Serving

    @Test func `is spoken to by curl, Python and openssl`() async throws {
        let gateway = try await TLSGateway.start(authority)
        let curl = try await gateway.shell(
            "curl -sS --cacert $AUTHORITY/ca.pem -w '%{http_code} %{http_version}' https://localhost:$PORT/readyz"
        )
        #expect(curl.end == .code(0) && curl.text.hasSuffix("200 1.1"), "\(curl.text)")
        // Whoever does not know the authority does not come in, nor does HTTP without TLS.
        #expect(try await gateway.shell("curl -sS https://localhost:$PORT/readyz").end == .code(60))
        let plain = try await gateway.shell("curl -sS http://localhost:$PORT/readyz")
        #expect(plain.end != .code(0), "\(plain.text)")
        // Two requests on one connection, and a second connection that begins where the first ended.
        let python = try await gateway.shell(
            """
            python3 - <<'END'
            import os, socket, ssl
            context = ssl.create_default_context(cafile=os.environ["AUTHORITY"] + "/ca.pem")
            context.set_alpn_protocols(["h2", "http/1.1"])
            session = None
            for _ in range(2):
                raw = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))
                tls = context.wrap_socket(raw, server_hostname="localhost", session=session)
                for _ in range(2):
                    tls.sendall(b"GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
                    assert tls.recv(4096).startswith(b"HTTP/1.1 200 OK"), "no answer"
                assert tls.selected_alpn_protocol() == "http/1.1", tls.selected_alpn_protocol()
                assert session is None or tls.session_reused, "no session was reused"
                session = tls.session
                tls.close()
            END
            """
        )
        #expect(python.end == .code(0), "\(python.text)")
        for (version, works) in [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1 -cipher DEFAULT@SECLEVEL=0", false)] {
            let openssl = try await gateway.shell(
                """
                printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' \
                | openssl s_client -connect 127.0.0.1:$PORT -CAfile $AUTHORITY/ca.pem -quiet -verify_return_error \(version)
                """
            )
            #expect(openssl.text.contains("HTTP/1.1 200 OK") == works, "\(version): \(openssl.text)")
        }
        gateway.process.send(SIGTERM)
        #expect(try await gateway.process.waitForEnd() == .code(0))
    }

    @Test func `wants a certificate of everybody where it names authorities for that`() async throws {
        try authority.issue("app")
        let other = try TestAuthority()
        try other.issue("app")
        let gateway = try await TLSGateway.start(authority, tls: #", "client_ca": "\#(authority.certificatePath)""#)
        func ask(_ files: String) async throws -> ChildEnd {
            try await gateway.shell("curl -sS --fail --cacert $AUTHORITY/ca.pem \(files) https://localhost:$PORT/livez")
                .end
        }
        for version in ["", "--tls-max 1.2"] {
            #expect(try await ask("\(version) --cert $AUTHORITY/app.pem --key $AUTHORITY/app.key") == .code(0))
            #expect(try await ask(version) != .code(0))
            #expect(
                try await ask("\(version) --cert \(other.path("app.pem")) --key \(other.path("app.key"))") != .code(0)
            )
        }
        gateway.process.kill()
    }

    @Test func `says whether it is ready to the command that asks`() async throws {
        let gateway = try await TLSGateway.start(authority)
        func health(_ arguments: [String]) async throws -> (end: ChildEnd, text: String) {
            try await ChildProcess.run(["health"] + arguments, in: gateway.folder)
        }
        func config(_ more: String = "") throws -> String {
            try gateway.folder.write(
                """
                {"listen": "127.0.0.1:\(gateway.port)", "tls": {\(TLSGateway.files(authority))\(more)},
                 "providers": {"qmail": {}}}
                """,
                to: "asked.json"
            )
        }
        let byFile = try await health(["--config", try config()])
        #expect(byFile.end == .code(0), "\(byFile.text)")
        let byAddress = try await health(["--address", "127.0.0.1:\(gateway.port)", "--tls"])
        #expect(byAddress.end == .code(0), "\(byAddress.text)")
        let plain = try await health(["--address", "127.0.0.1:\(gateway.port)"])
        #expect(plain.end == .code(1) && plain.text.contains("--tls"), "\(plain.text)")
        let mutual = try await health(["--config", try config(#", "client_ca": "ca.pem""#)])
        #expect(mutual.end == .code(1) && mutual.text.contains("metrics_listen"), "\(mutual.text)")
        #expect(try await health(["--tls"]).end != .code(0))
        gateway.process.kill()
        try await World.run { world in
            guard case .port(let port) = world.client.address else { return }
            let arguments = ["health", "--address", "127.0.0.1:\(port)", "--tls"]
            let without = try await ChildProcess.run(arguments, in: world.folder)
            #expect(without.end == .code(1) && without.text.contains("there is no TLS"), "\(without.text)")
        }
    }

    // MARK: - Providers

    @Test func `shows its certificate to the provider that it is for`() async throws {
        try authority.issue("gateway")
        let id = "a7f8c9d1-e234-56b7-8901-23c45de67f89"
        let status = authority.directory.appending(path: "api/task/status")
        try FileManager.default.createDirectory(at: status, withIntermediateDirectories: true)
        let task = #"{"task_id": "\#(id)", "state": "RUNNING", "is_finished": false}"#
        try Data("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\(task)".utf8)
            .write(to: status.appending(path: id))
        let server = try authority.startServer(
            subject: "IP:127.0.0.1",
            wantsCertificate: true,
            answersWithFiles: true
        )
        defer { server.stop() }
        let start = """
            {"definition": "qmail", "base_url": "https://127.0.0.1:\(server.port)", "ca_file": "\(authority.certificatePath)"
            """
        let files = #"{"certificate": "\#(authority.path("gateway.pem"))", "key": "\#(authority.path("gateway.key"))"}"#
        let gateway = try await TLSGateway.start(
            authority,
            #""providers": {"known": \#(start), "client_certificate": \#(files)}, "unknown": \#(start)}}"#
        )
        func ask(_ provider: String) async throws -> String {
            try await gateway.shell(
                "curl -sS --cacert $AUTHORITY/ca.pem https://localhost:$PORT/tasks/\(provider):\(id)"
            )
            .text
        }
        for _ in 1...2 {
            let known = try await ask("known")
            #expect(known.contains(#""status":"running""#), "\(known)")
            let unknown = try await ask("unknown")
            #expect(unknown.contains("provider_unavailable"), "\(unknown)")
        }
        gateway.process.kill()
    }

    // MARK: - Checking

    /// What `check` says of a configuration in a folder with the authority's files.
    private func check(_ members: String) async throws -> (end: ChildEnd, text: String) {
        let config = authority.path("config.json")
        try Data("{\(members)}".utf8).write(to: URL(filePath: config))
        return try await ChildProcess.run(
            ["check", "--config", config, "--providers", Program.providers],
            in: TemporaryFolder()
        )
    }

    @Test func `names every mistake in its files, with the place`() async throws {
        try authority.issue("one")
        try authority.issue("two")
        try authority.run(["pkey", "-in", "one.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key"])
        try Data("nothing".utf8).write(to: authority.directory.appending(path: "nothing.pem"))
        let (end, text) = try await check(
            #"""
            "tls": {"certificate": "missing.pem", "key": "locked.key", "client_ca": "one.key"},
            "upstream": {"ca_file": "nothing.pem"},
            "providers": {
              "one": {"definition": "qmail", "base_url": "https://localhost", "ca_file": "missing.pem",
                      "client_certificate": {"certificate": "one.pem", "key": "two.key"}},
              "two": {"definition": "qmail", "base_url": "http://localhost", "ca_file": "ca.pem"},
              "three": {"definition": "blackbox-cloud", "credential": {"env": "NOT_SET"},
                        "client_certificate": {"certificate": "one.pem", "key": "nothing.pem"}}}
            """#
        )
        #expect(end == .code(1), "\(text)")
        for line in [
            "#/tls/certificate: ", "missing.pem cannot be read", "#/tls/key: ",
            "locked.key holds a private key that is encrypted",
            "#/tls/client_ca: ", "one.key holds no certificate", "#/upstream/ca_file: ",
            "nothing.pem holds no certificate",
            "#/providers/one/ca_file: ", "#/providers/one/client_certificate/key: ", "two.key does not belong to",
            "#/providers/two/base_url: certificates are looked at over https only",
            "#/providers/three/client_certificate/key: ", "nothing.pem holds no private key", "8 mistakes",
        ] {
            #expect(text.contains(line), "\(line) in: \(text)")
        }
        // How every such key begins.
        #expect(!text.contains("MIGH") && !text.contains("MIH"))
    }

    @Test func `warns of certificates out of their time and of keys that all can read`() async throws {
        try authority.issue("late", days: 0)
        try authority.issue("fine")
        chmod(authority.path("late.key"), 0o644)
        try await Task.sleep(for: .seconds(1))
        let (end, text) = try await check(
            #"""
            "listen": "0.0.0.0:7443", "tls": {"certificate": "late.pem", "key": "late.key", "client_ca": "ca.pem"},
            "clients": [{"name": "app", "key_sha256": "\#(String(repeating: "0", count: 64))", "providers": ["*"], "may": ["read"]}],
            "providers": {"qmail": {"base_url": "https://localhost",
                                    "client_certificate": {"certificate": "fine.pem", "key": "fine.key"}}}
            """#
        )
        #expect(end == .code(0), "\(text)")
        let warnings = text.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 2, "\(text)")
        #expect(text.contains("#/tls/certificate: ") && text.contains("the certificate expired at "))
        #expect(text.contains("#/tls/key: ") && text.contains("chmod o-r"))
        #expect(!text.contains("without TLS"))
    }
}

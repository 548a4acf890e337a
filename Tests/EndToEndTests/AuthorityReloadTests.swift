import Foundation
import GatewayTesting
import ProgramTesting
import Testing

/// Two providers, each with a certificate of an authority of its own, and a gateway whose `upstream.ca_file` trusts one.
private struct TwoAuthorities {
    private static let task = "a7f8c9d1-e234-56b7-8901-23c45de67f89"

    let one: TestAuthority
    let other: TestAuthority
    let folder: TemporaryFolder
    let gateway: RunningProgram
    private let servers: [TestTLSServer]

    static func run(_ body: (TwoAuthorities) async throws -> Void) async throws {
        let stage = try await TwoAuthorities()
        defer { stage.stop() }
        try await body(stage)
    }

    private init() async throws {
        (one, other) = (try TestAuthority(), try TestAuthority())
        servers = [try Self.provider(of: one), try Self.provider(of: other)]
        folder = try TemporaryFolder()
        try folder.write(Self.certificate(of: one), to: "authorities.pem")
        let config = try folder.write(Self.configuration("authorities.pem", servers), to: "config.json")
        gateway = try await RunningProgram.serve(config, environment: [:], in: folder)
    }

    private func stop() {
        gateway.process.kill()
        for server in servers { server.stop() }
    }

    static func certificate(of authority: TestAuthority) throws -> String {
        String(decoding: try authority.bytes("ca.pem"), as: UTF8.self)
    }

    /// A QMail over TLS that knows one task, which runs.
    private static func provider(of authority: TestAuthority) throws -> TestTLSServer {
        let status = authority.directory.appending(path: "api/task/status")
        try FileManager.default.createDirectory(at: status, withIntermediateDirectories: true)
        let answer = #"{"task_id": "\#(task)", "state": "RUNNING", "is_finished": false}"#
        try Data("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\(answer)".utf8)
            .write(to: status.appending(path: task))
        return try authority.startServer(subject: "IP:127.0.0.1", answersWithFiles: true)
    }

    private static func configuration(_ authorities: String, _ servers: [TestTLSServer]) -> String {
        let providers = zip(["one", "other"], servers).map { name, server in
            """
            "\(name)": {"definition": "qmail", "base_url": "https://127.0.0.1:\(server.port)", "minimum_interval": "0s"}
            """
        }
        return """
            {"listen": "127.0.0.1:0", "reload": {"watch": false}, "upstream": {"ca_file": "\(authorities)"},
             "providers": {\(providers.joined(separator: ", "))}}
            """
    }

    /// Has the gateway trust the authorities in this file from now on.
    func trust(_ file: String) async throws {
        try folder.write(Self.configuration(file, servers), to: "config.json")
        try await reload()
    }

    /// Has the files read again, all of them without a mistake, and nothing left for a restart.
    func reload() async throws {
        try await gateway.process.hangUp()
        let report = try await gateway.client.get("/readyz")["reload"]
        try #require(report["result"] == "success" && report["detail"] == .null, "\(gateway.process.text)")
    }

    /// That the gateway reaches one provider, and not the other.
    func requireReached(_ provider: String, not refused: String) async throws {
        let answer = try await gateway.client.task(provider, Self.task)
        #expect(answer["status"] == "running", "\(answer.everything)")
        expectProblem(try await gateway.client.task(refused, Self.task), 503, "provider_unavailable")
    }
}

@Suite(.enabled(if: TestAuthority.hasTool), .timeLimit(.minutes(1))) struct `The authorities of all providers` {
    @Test func `are those of another file with the same content, and the first can go`() async throws {
        try await TwoAuthorities.run { stage in
            // Nobody has called yet, so that nothing of the first file is in libcurl's memory.
            try stage.folder.write(TwoAuthorities.certificate(of: stage.one), to: "moved.pem")
            try await stage.trust("moved.pem")
            try FileManager.default.removeItem(atPath: stage.folder.path + "/authorities.pem")
            try await stage.requireReached("one", not: "other")
            try await stage.reload()
            try await stage.requireReached("one", not: "other")
            // It is the new file that counts from now on.
            try stage.folder.write(TwoAuthorities.certificate(of: stage.other), to: "moved.pem")
            try await stage.reload()
            try await stage.requireReached("other", not: "one")
        }
    }

    @Test func `are those that the same file holds now`() async throws {
        try await TwoAuthorities.run { stage in
            try await stage.requireReached("one", not: "other")
            try stage.folder.write(TwoAuthorities.certificate(of: stage.other), to: "authorities.pem")
            try await stage.requireReached("one", not: "other")
            try await stage.reload()
            try await stage.requireReached("other", not: "one")
            try stage.folder.write(TwoAuthorities.certificate(of: stage.one), to: "authorities.pem")
            try await stage.reload()
            try await stage.requireReached("one", not: "other")
        }
    }
}

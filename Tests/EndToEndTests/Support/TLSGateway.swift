import Foundation
import GatewayTesting
import ProgramTesting
import Testing

/// The built program with a certificate of a test's authority.
struct TLSGateway {
    let authority: TestAuthority
    let folder: TemporaryFolder
    let process: ChildProcess
    let port: Int

    /// Starts it with these members beside `listen` and `tls`, which has `more` in it.
    static func start(
        _ authority: TestAuthority,
        _ members: String = #""providers": {"qmail": {}}"#,
        tls more: String = ""
    ) async throws -> TLSGateway {
        let folder = try TemporaryFolder()
        try authority.issue("server")
        let config = try folder.write(
            #"{"listen": "127.0.0.1:0", "tls": {\#(files(authority))\#(more)}, \#(members)}"#,
            to: "config.json"
        )
        let process = try ChildProcess(
            Program.path,
            ["serve", "--config", config, "--providers", Program.providers],
            environment: [:],
            in: folder
        )
        try await eventually("the gateway named its address") {
            if let end = process.ended { throw NeverHappened(description: "\(end): \(process.text)") }
            return RunningProgram.listenAddress(in: process.text) != nil
        }
        guard case .port(let port) = RunningProgram.listenAddress(in: process.text) else {
            throw NeverHappened(description: "no port in \(process.text)")
        }
        return TLSGateway(authority: authority, folder: folder, process: process, port: port)
    }

    static func files(_ authority: TestAuthority) -> String {
        #""certificate": "\#(authority.path("server.pem"))", "key": "\#(authority.path("server.key"))""#
    }

    /// Runs a program of the machine's to its end, with `PORT` and the authority's folder as `AUTHORITY`.
    func shell(_ command: String) async throws -> (end: ChildEnd, text: String) {
        let child = try ChildProcess(
            "/bin/sh",
            ["-c", command],
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "NO_PROXY": "*",
                "HOME": folder.path, "PORT": "\(port)", "AUTHORITY": authority.directory.path,
            ],
            in: folder
        )
        return (try await child.waitForEnd(), child.text)
    }
}

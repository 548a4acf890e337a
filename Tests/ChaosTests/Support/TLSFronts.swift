import Foundation
import ProgramTesting

/// Servers that speak TLS, well and badly, before servers that do not; they run in a Python process.
final class TLSFronts: Sendable {
    /// The file with the certificate of the authority that the good one is signed by.
    let authority: String
    private let ports: [String: Int]
    private let process: ChildProcess
    /// The other end of their input: when it closes, with this process if not before, they end.
    private let input: Int32

    init(before ports: [Int], in folder: TemporaryFolder) async throws {
        let script = Program.folder + "/Tests/ChaosTests/Support/tls_fronts.py"
        let pipe = folder.path + "/fronts"
        guard mkfifo(pipe, 0o600) == 0 else { throw NeverHappened(description: "no pipe: \(errno)") }
        input = open(pipe, O_RDWR)
        let process = try ChildProcess(
            "/usr/bin/python3",
            [script, folder.path] + ports.map(String.init),
            environment: ["PATH": "/usr/bin:/bin"],
            input: pipe,
            in: folder
        )
        try await eventually("the TLS servers are ready") {
            if let end = process.ended { throw NeverHappened(description: "\(end): \(process.text)") }
            return process.text.contains("ready\n")
        }
        self.process = process
        authority = folder.path + "/ca.pem"
        self.ports = process.text.split(separator: "\n").reduce(into: [:]) { table, line in
            let words = line.split(separator: " ")
            if words.count == 3, let port = Int(words[2]) { table["\(words[0]) \(words[1])"] = port }
        }
    }

    /// The port of the front of this kind.
    func port(_ kind: String, before port: Int) -> Int {
        guard let front = ports["\(kind) \(port)"] else { preconditionFailure("no \(kind) front before \(port)") }
        return front
    }

    func stop() {
        process.kill()
        close(input)
    }
}

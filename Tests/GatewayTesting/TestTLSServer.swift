internal import Foundation
internal import Glibc

/// An `openssl s_server` on a free port of the loopback.
package final class TestTLSServer {
    package let port: Int
    private let process = Process()
    private let output = Pipe()

    init(directory: URL, options: [String]) throws {
        process.executableURL = URL(filePath: TestAuthority.tool)
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key"] + options
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says "ACCEPT 127.0.0.1:<port>" once it listens.
        var text = ""
        while !text.contains("ACCEPT") || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
        }
        let digits = text.split(separator: "\n").last { $0.hasPrefix("ACCEPT") }?.split(separator: ":").last
        guard let port = digits.flatMap({ Int($0) }) else { throw TestAuthority.Failure(arguments: ["s_server"]) }
        self.port = port
    }

    package func stop() {
        // Swift's own threads block SIGTERM, and their children with them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

internal import Foundation
internal import Glibc
internal import Testing

/// A certificate authority of the `openssl` command's, made for one test in a directory of its own.
final class TestAuthority {
    let directory: URL
    var certificatePath: String { directory.appending(path: "ca.pem").path }

    static let tool = "/usr/bin/openssl"
    static var hasTool: Bool { FileManager.default.isExecutableFile(atPath: tool) }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try run(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
                + ["-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem"]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts a server with a certificate for the subject, which answers every GET with a page.
    func startServer(subject: String) throws -> TestServer {
        try run(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=Test server"]
                + ["-keyout", "server.key", "-out", "server.csr"]
        )
        try Data("subjectAltName=\(subject)\n".utf8).write(to: directory.appending(path: "server.ext"))
        try run(
            ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
                + ["-extfile", "server.ext", "-out", "server.pem"]
        )
        return try TestServer(directory: directory)
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.tool)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}

/// An `openssl s_server` on a free port of the loopback.
final class TestServer {
    let port: Int
    private let process = Process()
    private let output = Pipe()

    fileprivate init(directory: URL) throws {
        process.executableURL = URL(filePath: TestAuthority.tool)
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", "-www"]
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
        port = try #require(digits.flatMap { Int($0) })
    }

    func stop() {
        // Swift's own threads block SIGTERM, and their children with them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

package import Foundation
internal import Glibc

/// A certificate authority of the `openssl` command's, made for one test in a directory of its own.
package final class TestAuthority: Sendable {
    /// What the `openssl` command could not do.
    package struct Failure: Error {
        package let arguments: [String]
    }

    package let directory: URL
    /// The authority's own certificate.
    package var certificatePath: String { path("ca.pem") }

    package static let tool = "/usr/bin/openssl"
    package static var hasTool: Bool { FileManager.default.isExecutableFile(atPath: tool) }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try run(
            ["req", "-x509"] + Self.newKey + ["-days", "2", "-subj", "/CN=Test authority"]
                + ["-keyout", "ca.key", "-out", "ca.pem"]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// The whole path of a file in the authority's directory.
    package func path(_ name: String) -> String { directory.appending(path: name).path }

    /// The bytes of a file in the authority's directory.
    package func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: name)))
    }

    /// Signs a certificate: `<name>.pem`, with its key in `<name>.key`, which its owner alone can read.
    ///
    /// One for 0 days has expired as soon as it is made.
    package func issue(_ name: String, subject: String = "IP:127.0.0.1,DNS:localhost", days: Int = 2) throws {
        try run(
            ["req"] + Self.newKey + ["-subj", "/CN=Test \(name)", "-keyout", "\(name).key", "-out", "\(name).csr"]
        )
        try Data("subjectAltName=\(subject)\n".utf8).write(to: directory.appending(path: "\(name).ext"))
        try run(
            ["x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
                + ["-days", "\(days)", "-extfile", "\(name).ext", "-out", "\(name).pem"]
        )
        chmod(path("\(name).key"), 0o600)
    }

    /// Starts a server with a certificate for the subject, which answers every GET with a page about the connection, or
    /// with the file of that path in the authority's directory, which holds a whole HTTP answer.
    ///
    /// With `wantsCertificate` it lets in nobody without a certificate of this authority's.
    package func startServer(
        subject: String,
        wantsCertificate: Bool = false,
        answersWithFiles: Bool = false
    ) throws -> TestTLSServer {
        try issue("server", subject: subject)
        let options =
            [answersWithFiles ? "-HTTP" : "-www"]
            + (wantsCertificate ? ["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"] : [])
        return try TestTLSServer(directory: directory, options: options)
    }

    /// Runs the `openssl` command in the authority's directory.
    package func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.tool)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
    }
}

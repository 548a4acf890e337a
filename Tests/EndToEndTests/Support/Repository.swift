import Foundation

/// Where things lie that the tests need.
enum Repository {
    /// The folder of the package.
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The providers' files that are shipped.
    static let providers = folder + "/providers"

    /// The program as it was built with the tests: it lies beside them.
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: own).deletingLastPathComponent().path + "/taskgate"
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : folder + "/.build/debug/taskgate"
    }()
}

/// A folder that is gone when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Short, because the path of a Unix socket must be.
        path = "/tmp/taskgate-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}

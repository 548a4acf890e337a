internal import Foundation

/// The program as it was built, and the files beside its sources.
package enum Program {
    /// The folder of the package.
    package static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The providers' files that are shipped.
    package static let providers = folder + "/providers"

    /// Where it lies: beside the tests that it was built with.
    package static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: own).deletingLastPathComponent().path + "/taskgate"
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : folder + "/.build/debug/taskgate"
    }()
}

/// A folder that is gone when the test is over.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        // Short, because the path of a Unix socket must be.
        path = "/tmp/taskgate-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}

internal import Foundation
internal import Glibc
internal import ProgramTesting
internal import Synchronization

/// PostgreSQL's programs, as Debian installs them.
struct Programs: Sendable {
    private let folder: String
    /// Who runs the server, because it refuses root; nil is whoever runs the tests.
    private let owner: (user: UInt32, group: UInt32)?
    let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]

    /// The latest version that is installed.
    init() throws {
        let all = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: all)) ?? []).compactMap { Int($0) }
        let folder = versions.max().map { "\(all)/\($0)/bin" } ?? ""
        guard FileManager.default.isExecutableFile(atPath: folder + "/initdb") else {
            throw NeverHappened(
                description: """
                    PostgreSQL's server is not installed: install Debian's package postgresql (Scripts/install-dependencies.sh \
                    test does), or leave these tests out with TASKGATE_SKIP_POSTGRES=1
                    """
            )
        }
        self.folder = folder
        if getuid() == 0 {
            guard let entry = getpwnam("postgres") ?? getpwnam("nobody") else {
                throw NeverHappened(description: "PostgreSQL refuses root, and there is no user postgres or nobody")
            }
            owner = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        } else {
            owner = nil
        }
    }

    /// A program of PostgreSQL's by its name, or another one by its path.
    func command(_ name: String, asOwner: Bool) -> [String] {
        let program = name.hasPrefix("/") ? name : folder + "/" + name
        guard asOwner, let owner else { return [program] }
        return ["/usr/bin/setpriv", "--reuid=\(owner.user)", "--regid=\(owner.group)", "--clear-groups", program]
    }

    func giveToOwner(_ paths: [String]) throws {
        guard let owner else { return }
        for path in paths where chown(path, owner.user, owner.group) != 0 {
            throw NeverHappened(description: "\(path) cannot be given to the server: error \(errno)")
        }
    }

    /// Runs a program to its end, and returns what it printed.
    @discardableResult
    func run(_ name: String, _ arguments: [String], asOwner: Bool, in folder: TemporaryFolder) async throws -> String {
        let command = command(name, asOwner: asOwner) + arguments
        let child = try ChildProcess(command[0], Array(command.dropFirst()), environment: environment, in: folder)
        let end = try await child.waitForEnd()
        guard end == .code(0) else {
            throw NeverHappened(description: "\(name) ended with \(end): \(child.text)")
        }
        return String(decoding: child.standardOutput, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}

/// A value that changes.
final class Slot<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

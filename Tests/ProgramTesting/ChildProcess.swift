internal import CSpawn
internal import Foundation
internal import Glibc
internal import Synchronization

/// How a process ended.
package enum ChildEnd: Sendable, Equatable {
    case code(Int32)
    case signal(Int32)
}

/// A program that runs beside the tests, with its output in files.
package final class ChildProcess: Sendable {
    package let pid: Int32
    private let output: String
    private let errors: String
    private let end = Mutex<ChildEnd?>(nil)

    /// Starts a program with this environment and no other, and with a file as its standard input.
    ///
    /// Only what sanitizers are told goes to the child, too, so that what they report of it is found.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        input: String = "/dev/null",
        in folder: TemporaryFolder
    ) throws {
        let number = UInt32.random(in: .min ... .max)
        output = "\(folder.path)/out-\(number)"
        errors = "\(folder.path)/err-\(number)"

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // Nothing that the tests have open is the child's, above all no socket: it would outlive its close here.
        cspawn_close_from(&actions, 3)

        // Whatever the tests' own process does with its signals is none of the child's business.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGTERM, SIGINT, SIGPIPE, SIGHUP] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = environment.merging(Self.sanitizing) { own, _ in own }.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard failure == 0 else {
            throw NeverHappened(description: "\(program): \(String(cString: strerror(failure)))")
        }
        self.pid = pid
    }

    private static let sanitizing = ProcessInfo.processInfo.environment
        .filter { ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }

    deinit { kill() }

    // MARK: - Output

    package var standardOutput: [UInt8] { Self.bytes(of: output) }
    package var standardError: [UInt8] { Self.bytes(of: errors) }

    /// Everything that it wrote, to either place.
    package var text: String { String(decoding: standardOutput + standardError, as: UTF8.self) }

    private static func bytes(of path: String) -> [UInt8] {
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) } ?? []
    }

    // MARK: - Life

    /// How it ended; nil while it runs.
    package var ended: ChildEnd? {
        end.withLock { end in
            if let end { return end }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            end = status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
            return end
        }
    }

    package func send(_ signal: Int32) {
        guard ended == nil else { return }
        Glibc.kill(pid, signal)
    }

    /// Waits for its end.
    package func waitForEnd(within limit: Duration = .seconds(30)) async throws -> ChildEnd {
        try await eventually("process \(pid) ended", within: limit) { ended != nil }
        return ended ?? .code(-1)
    }

    /// Ends it, if it still runs.
    package func kill() {
        end.withLock { end in
            guard end == nil else { return }
            Glibc.kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            end = .signal(SIGKILL)
        }
    }

    /// The bytes of memory that it occupies.
    package var residentBytes: Int {
        let status = String(decoding: Self.bytes(of: "/proc/\(pid)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }

    /// The command line as everybody on the machine can read it.
    package var commandLine: String {
        String(decoding: Self.bytes(of: "/proc/\(pid)/cmdline"), as: UTF8.self)
    }
}

extension ChildProcess {
    /// Runs the program to its end.
    package static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "/dev/null",
        in folder: TemporaryFolder
    ) async throws -> (end: ChildEnd, text: String) {
        let child = try ChildProcess(Program.path, arguments, environment: environment, input: input, in: folder)
        let end = try await child.waitForEnd()
        return (end, child.text)
    }
}

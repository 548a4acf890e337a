internal import Foundation
internal import Glibc
internal import ProgramTesting

/// A PostgreSQL server of the tests' own, in a temporary folder, reached by a Unix socket there.
///
/// It ends with the tests, however they end.
package final class PostgresServer: Sendable {
    /// How a server is told to end.
    package enum Stop: Sendable {
        /// Connections are ended, and what is under way is rolled back.
        case fast
        /// As in a crash: the next start recovers.
        case immediate
    }

    /// The user that everything belongs to; another one is `with-password`, whose password is `password`.
    package static let user = "taskgate"
    package static let password = "a-password-of-the-tests"

    /// One for all tests of a process; those that stop or freeze it start one of their own.
    package static let shared = Task { try await PostgresServer() }

    /// Whether the tests that need a server are to be left out, which somebody has to say: `TASKGATE_SKIP_POSTGRES=1`.
    package static let isSkipped = ProcessInfo.processInfo.environment["TASKGATE_SKIP_POSTGRES"] == "1"

    private let folder: TemporaryFolder
    private let programs: Programs
    private let process = Slot<ChildProcess>()
    /// Kept open: when it closes because the tests have ended, the server is ended as well.
    private let lifeline: FileHandle
    private let settings: [String]

    /// Makes an empty server and starts it; `settings` are its own, such as `fsync=on`.
    package init(settings: [String] = []) async throws {
        programs = try Programs()
        folder = try TemporaryFolder()
        self.settings = ["fsync=off", "full_page_writes=off", "max_connections=200"] + settings
        let lifelinePath = folder.path + "/lifeline"
        guard mkfifo(lifelinePath, 0o600) == 0 else { throw NeverHappened(description: "no lifeline: error \(errno)") }
        let descriptor = open(lifelinePath, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw NeverHappened(description: "no lifeline: error \(errno)") }
        lifeline = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try await initialize()
        try await start()
        try await run("CREATE ROLE \"with-password\" LOGIN PASSWORD '\(Self.password)'")
    }

    // MARK: - Databases

    /// Makes an empty database, and returns how libpq reaches it.
    package func makeDatabase(_ options: String = "") async throws -> PostgresDatabase {
        let name = "db_\(UInt64.random(in: .min ... .max))"
        try await run("CREATE DATABASE \(name) \(options)")
        return PostgresDatabase(server: self, name: name)
    }

    /// Runs SQL, and returns what it printed: rows as lines, columns separated by bars.
    @discardableResult
    package func run(_ sql: String, in database: String = "postgres") async throws -> String {
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", connection(to: database), "-c", sql]
        return try await programs.run("psql", arguments, asOwner: false, in: folder)
    }

    func connection(to database: String, user: String = PostgresServer.user) -> String {
        "host=\(folder.path) user=\(user) dbname=\(database)"
    }

    /// The folder of its socket.
    package var socketFolder: String { folder.path }

    // MARK: - Life

    /// Starts it, after a stop, and waits until it takes connections.
    package func start() async throws {
        // When either of the two ends, the other one is ended, too. What the tests leave behind is removed.
        let script = """
            cat <"$1" >/dev/null & shift; folder="$1"; shift
            "$@" & wait -n
            kill %1 2>/dev/null && exit
            kill -QUIT %2 2>/dev/null; wait; rm -rf -- "$folder"
            """
        let server = programs.command("postgres", asOwner: true) + ["-D", data] + settings.flatMap { ["-c", $0] }
        let child = try ChildProcess(
            "/bin/bash",
            ["-c", script, "server", folder.path + "/lifeline", folder.path] + server,
            environment: programs.environment,
            in: folder
        )
        process.value = child
        try await eventually("PostgreSQL takes connections: \(folder.path)") {
            if let end = child.ended { throw NeverHappened(description: "PostgreSQL ended with \(end): \(child.text)") }
            return (try? await run("SELECT 1")) != nil
        }
    }

    package func stop(_ how: Stop = .fast) async throws {
        send(how == .fast ? SIGINT : SIGQUIT)
        _ = try await process.value?.waitForEnd()
        process.value = nil
    }

    /// Stops it and starts it again.
    package func restart(_ how: Stop = .fast) async throws {
        try await stop(how)
        try await start()
    }

    /// Lets it do nothing while a body runs: no process of it answers, and its connections stay.
    package func whileFrozen<Result>(_ body: () async throws -> Result) async throws -> Result {
        let family = try family()
        for pid in family { kill(pid, SIGSTOP) }
        defer { for pid in family { kill(pid, SIGCONT) } }
        return try await body()
    }

    private var data: String { folder.path + "/data" }

    private var pid: Int32? {
        let text = try? String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { Int32($0) }
    }

    private func send(_ signal: Int32) {
        if let pid { kill(pid, signal) }
    }

    /// The server's process, and all that it started.
    private func family() throws -> [Int32] {
        guard let pid else { throw NeverHappened(description: "PostgreSQL does not run") }
        let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return [pid] + children.split(separator: " ").compactMap { Int32($0) }
    }

    private func initialize() async throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        try programs.giveToOwner([folder.path, data])
        try await programs.run(
            "initdb",
            ["-D", data, "-U", Self.user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            asOwner: true,
            in: folder
        )
        let access = """
            local all with-password scram-sha-256
            local all all trust
            """
        try access.write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
        let socket = "\nlisten_addresses = ''\nunix_socket_directories = '\(folder.path)'\n"
        try socket.write(toFile: data + "/postgresql.auto.conf", atomically: false, encoding: .utf8)
    }
}

/// An empty database of a server.
package struct PostgresDatabase: Sendable {
    package let server: PostgresServer
    package let name: String

    /// As libpq takes it.
    package var connection: String { server.connection(to: name) }

    /// The same for a user who needs a password.
    package func connection(password: String) -> String {
        server.connection(to: name, user: "with-password") + " password=\(password)"
    }

    /// As a URL.
    package var url: String {
        let folder = server.socketFolder.replacing("/", with: "%2F")
        return "postgresql://\(PostgresServer.user)@\(folder)/\(name)"
    }

    /// Runs SQL, and returns what it printed: rows as lines, columns separated by bars.
    @discardableResult
    package func run(_ sql: String) async throws -> String { try await server.run(sql, in: name) }
}

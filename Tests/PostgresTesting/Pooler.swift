internal import Foundation
internal import GatewayTesting
internal import ProgramTesting

/// PgBouncer in front of a server, lending its connections by the transaction.
package final class Pooler: Sendable {
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts it, and waits until it takes connections.
    package init(before server: PostgresServer) async throws {
        let programs = try Programs()
        folder = try TemporaryFolder()
        let program = "/usr/sbin/pgbouncer"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw NeverHappened(
                description:
                    "PgBouncer is not installed: install Debian's package pgbouncer, or leave these tests out with "
                    + "TASKGATE_SKIP_POSTGRES=1"
            )
        }
        let settings = """
            [databases]
            * = host=\(server.socketFolder) user=\(PostgresServer.user)
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(folder.path)
            auth_type = any
            pool_mode = transaction
            default_pool_size = 3
            """
        try folder.write(settings, to: "pgbouncer.ini")
        try programs.giveToOwner([folder.path, folder.path + "/pgbouncer.ini"])
        let command = programs.command(program, asOwner: true) + [folder.path + "/pgbouncer.ini"]
        let child = try ChildProcess(
            command[0],
            Array(command.dropFirst()),
            environment: programs.environment,
            in: folder
        )
        process = child
        let socket = folder.path + "/.s.PGSQL.6432"
        try await eventually("PgBouncer takes connections") {
            if let end = child.ended { throw NeverHappened(description: "PgBouncer ended with \(end): \(child.text)") }
            // The file is there a moment before anybody listens.
            guard let connection = try? await RawHTTPClient.connect(unixSocket: socket) else { return false }
            await connection.close()
            return true
        }
    }

    deinit { process.kill() }

    /// How libpq reaches a database through it.
    package func connection(to database: PostgresDatabase) -> String {
        "host=\(folder.path) port=6432 user=\(PostgresServer.user) dbname=\(database.name)"
    }
}

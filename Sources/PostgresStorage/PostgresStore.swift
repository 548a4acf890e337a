package import Logging
package import TaskModel
package import TaskStorage

/// A store in PostgreSQL, for any number of gateways on one database.
package final class PostgresStore: TaskStore {
    /// How much of the server it takes, and how long it waits for it.
    package struct Limits: Sendable {
        /// Each has a thread of its own; beside them is one that listens.
        package var connections: Int
        /// Calls that wait for a connection.
        package var waiting: Int
        /// For a connection, and as long again for the transaction.
        package var time: Duration

        package init(connections: Int = 4, waiting: Int = 1_000, time: Duration = .seconds(4)) {
            self.connections = connections
            self.waiting = waiting
            self.time = time
        }
    }

    /// Forgetting much at once may take longer than anything that somebody waits for.
    private static let pruningTime = Duration.seconds(60)

    private let limits: Limits
    private let queue: JobQueue
    private let pool: ConnectionPool
    private let listener: Listener
    private let changed: @Sendable () -> Void

    /// Connects, and brings the tables to this version.
    ///
    /// `connection` is libpq's: a URL, or keywords and values. What can go wrong at a start is thrown, and said without the
    /// password; what goes wrong later is logged when it begins and when it ends.
    package init(
        connection: Secret,
        limits: Limits = Limits(),
        logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) async throws(StoreProblem) {
        self.limits = limits
        self.changed = changed
        do throws(DatabaseError) {
            let settings = try ConnectionSettings(connection)
            try await Self.migrate(settings)
            queue = try JobQueue(limit: limits.waiting)
            pool = try ConnectionPool(limits.connections, settings, queue: queue, logger: logger)
            listener = try Listener(settings, logger: logger, changed: changed)
            try pool.start()
            try listener.start()
        } catch {
            throw error.problem
        }
    }

    deinit {
        listener.close()
        pool.close()
    }

    package func close() async {
        listener.close()
        pool.close()
        await pool.waitForEnd()
        await listener.waitForEnd()
    }

    private static func migrate(_ settings: ConnectionSettings) async throws(DatabaseError) {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<DatabaseError?, Never>) in
            let isStarted = DatabaseThread.start("postgres-start") {
                do throws(DatabaseError) {
                    try Migration.run(on: try DatabaseConnection.connect(settings))
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
            if !isStarted { continuation.resume(returning: .unreadable("the system has no thread left")) }
        }
        if let outcome { throw outcome }
    }

    // MARK: - Transactions

    /// Runs a transaction that changes nothing.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value
    ) async throws(StoreProblem) -> Value {
        try await run(.read(within: limits.time), body)
    }

    /// Runs a transaction, and says that there is news.
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value
    ) async throws(StoreProblem) -> Value {
        let value = try await changeQuietly(body)
        tellNews()
        return value
    }

    /// Runs a transaction whose changes need nobody's attention.
    func changeQuietly<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value
    ) async throws(StoreProblem) -> Value {
        try await run(.write(within: limits.time), body)
    }

    /// Runs a transaction that may take long, and whose changes need nobody's attention.
    func tidy<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value
    ) async throws(StoreProblem) -> Value {
        try await run(.write(within: Self.pruningTime), body)
    }

    /// Says it to whoever uses this store, and to other gateways.
    func tellNews() {
        changed()
        listener.tell()
    }

    private func run<Value: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value
    ) async throws(StoreProblem) -> Value {
        let outcome = await withCheckedContinuation { continuation in
            let tell: @Sendable (Result<Value, StoreProblem>) -> Void = { continuation.resume(returning: $0) }
            queue.append(Job(kind, deadline: .now + limits.time, body, tell: tell))
        }
        return try outcome.get()
    }
}

internal import GRDB
package import TaskStorage

/// The store in a file of SQLite, for one gateway alone.
///
/// What returned is on the disk, also after a cut of the power. Reads do not wait for writes.
package final class SQLiteStore: TaskStore {
    private let file: DatabaseFile
    private let pool: DatabasePool
    private let transactions: SharedTransactions
    private let changed: @Sendable () -> Void

    /// Opens the file, makes it where it is not there, and brings its tables to this version.
    ///
    /// Throws where another gateway has it open, and where it is something else than a store.
    package convenience init(path: String, changed: @escaping @Sendable () -> Void) throws(StoreProblem) {
        try self.init(path: path, patience: .seconds(5), changed: changed)
    }

    /// `patience` is how long a lock of some other program is waited for.
    init(path: String, patience: Duration, changed: @escaping @Sendable () -> Void) throws(StoreProblem) {
        file = try DatabaseFile(path)
        self.changed = changed
        do {
            pool = try Self.open(file.path, patience)
        } catch {
            throw StoreProblem(error, at: file.path)
        }
        transactions = SharedTransactions(pool)
    }

    private static func open(_ path: String, _ patience: Duration) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // The log does not stay as large as it was at its largest.
            try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
        }
        // Nothing of a file is changed, not even its journal, before it is known to be a store's.
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { try check(Schema.contents(of: $0), path) }
        try queue.close()
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // GRDB chooses NORMAL, with which a cut of the power takes the last commits back.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try Schema.migrate(database)
        }
        return pool
    }

    private static func check(_ contents: Schema.Contents, _ path: String) throws(StoreProblem) {
        let known = Schema.migrations.count
        switch contents {
        case .nothing: break
        case .version(let version):
            guard version > known else { return }
            throw StoreProblem(
                .foreign,
                """
                \(path) was written by a later version of Taskgate: its tables are of version \(version), and this program \
                knows version \(known). Start the later program, or name another file.
                """
            )
        case .foreign(let tables):
            throw StoreProblem(
                .foreign,
                "\(path) holds tables that are not Taskgate's (\(tables.joined(separator: ", "))): name another file."
            )
        }
    }

    package func close() async {
        // Behind everything that was asked before.
        _ = try? await write { _ in }
        // What could not be moved from the log to the file is read from the log at the next start.
        try? pool.close()
        file.close()
    }

    // MARK: - Transactions

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreProblem) -> Value {
        let path = file.path
        let result: Result<Value, StoreProblem> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                let result = Result { try body(try database.get()) }
                continuation.resume(returning: result.mapError { StoreProblem($0, at: path) })
            }
        }
        return try result.get()
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreProblem) -> Value {
        try await transactions.write(body)
    }

    /// Writes, and says that there may be news.
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreProblem) -> Value {
        let value = try await write(body)
        changed()
        return value
    }

    func sayNews() { changed() }
}

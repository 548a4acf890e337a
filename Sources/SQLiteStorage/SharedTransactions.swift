internal import GRDB
internal import Synchronization
internal import TaskStorage

/// Writes that come while another is under way share the next transaction, so that the disk is waited for once.
///
/// Each is whole by itself: one that fails takes nothing of the others with it. None is known to have happened before all
/// are on the disk. They are not ended with the task that asked for them.
final class SharedTransactions: Sendable {
    /// Says how it ended: as it did by itself, or with what became of the transaction.
    private typealias Ending = @Sendable (StoreProblem?) -> Void

    private struct Write: Sendable {
        let perform: @Sendable (Database) -> Ending
        let refuse: @Sendable (StoreProblem) -> Void
    }

    private let pool: DatabasePool
    private let waiting = Mutex<[Write]>([])

    init(_ pool: DatabasePool) {
        self.pool = pool
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreProblem) -> Value {
        let path = pool.path
        let result: Result<Value, StoreProblem> = await withCheckedContinuation { continuation in
            add(
                Write(
                    perform: { database in
                        let result = Self.savepoint(database, path, body)
                        return { problem in
                            if case .success = result, let problem {
                                continuation.resume(returning: .failure(problem))
                            } else {
                                continuation.resume(returning: result)
                            }
                        }
                    },
                    refuse: { continuation.resume(returning: .failure($0)) }
                )
            )
        }
        return try result.get()
    }

    private func add(_ write: Write) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(write)
            return waiting.count == 1
        }
        if isFirst { pool.asyncWriteWithoutTransaction { self.perform($0) } }
    }

    private static func savepoint<Value>(
        _ database: Database,
        _ path: String,
        _ body: (Database) throws -> Value
    ) -> Result<Value, StoreProblem> {
        do {
            var value: Value?
            try database.inSavepoint {
                value = try body(database)
                return .commit
            }
            guard let value else { return .failure(StoreProblem(.failed, "\(path): nothing was done")) }
            return .success(value)
        } catch {
            return .failure(StoreProblem(error, at: path))
        }
    }

    private func perform(_ database: Database) {
        let writes = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        var endings: [Ending] = []
        var problem: StoreProblem?
        do {
            try database.inTransaction(.immediate) {
                for write in writes {
                    endings.append(write.perform(database))
                    guard database.isInsideTransaction else {
                        throw StoreProblem(
                            .unavailable,
                            "\(pool.path): SQLite took back everything that was written at one time, for an error in a part."
                        )
                    }
                }
                return .commit
            }
        } catch {
            problem = StoreProblem(error, at: pool.path)
        }
        for ending in endings { ending(problem) }
        if let problem { for write in writes[endings.count...] { write.refuse(problem) } }
    }
}

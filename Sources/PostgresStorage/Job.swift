internal import TaskStorage

/// A transaction that somebody waits for.
///
/// Exactly one of its two functions says how it ended, once: whoever takes it from the queue sees to that.
struct Job: Sendable {
    enum End: Sendable {
        /// Whoever waited was told.
        case told
        /// Its connection was lost before anything was kept: it can be made on another.
        case undone(DatabaseError)
    }

    /// When it is too late to begin.
    let deadline: ContinuousClock.Instant
    /// How many connections it has lost.
    var losses = 0
    /// Runs it on a connection.
    let run: @Sendable (DatabaseConnection) -> End
    /// Says that it was not done.
    let fail: @Sendable (StoreProblem) -> Void

    init<Value: Sendable>(
        _ kind: TransactionKind,
        deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable (Transaction) throws(DatabaseError) -> Value,
        tell: @escaping @Sendable (Result<Value, StoreProblem>) -> Void
    ) {
        self.deadline = deadline
        run = { connection in
            switch Transaction.run(kind, on: connection, body) {
            case .committed(let value): tell(.success(value))
            case .failed(let error): tell(.failure(error.problem))
            case .undone(let error): return .undone(error)
            }
            return .told
        }
        fail = { tell(.failure($0)) }
    }
}

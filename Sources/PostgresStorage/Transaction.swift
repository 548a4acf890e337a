/// What a transaction may do, and for how long.
struct TransactionKind: Sendable {
    fileprivate let begin: String
    fileprivate let time: Duration

    /// Several statements that see the same state.
    static func read(within time: Duration) -> TransactionKind {
        TransactionKind("ISOLATION LEVEL REPEATABLE READ READ ONLY", within: time)
    }

    /// Each statement sees what was committed before it, so that it finds what it waited for.
    static func write(within time: Duration) -> TransactionKind {
        TransactionKind("ISOLATION LEVEL READ COMMITTED READ WRITE", within: time)
    }

    private init(_ mode: String, within time: Duration) {
        self.time = time
        let milliseconds = time.milliseconds
        // The server gives up a little before this side does, which would cost the connection. All of it holds for the
        // transaction alone: behind a pooler the session is also others'. Compiling statements takes longer than they do.
        begin = """
            BEGIN \(mode); SET LOCAL statement_timeout = \(max(1, milliseconds * 3 / 4)); \
            SET LOCAL idle_in_transaction_session_timeout = \(max(1, milliseconds * 2)); SET LOCAL jit = off
            """
    }
}

/// The statements of one transaction on their connection.
struct Transaction {
    private let connection: DatabaseConnection
    private let deadline: ContinuousClock.Instant

    @discardableResult
    func run(_ statement: String, _ parameters: Parameter...) throws(DatabaseError) -> Answer {
        try run(statement, parameters)
    }

    @discardableResult
    func run(_ statement: String, _ parameters: [Parameter]) throws(DatabaseError) -> Answer {
        try connection.run(statement, parameters, until: deadline)
    }

    func runScript(_ statements: String) throws(DatabaseError) {
        try connection.runScript(statements, until: deadline)
    }
}

extension Transaction {
    /// How the running of a transaction ended.
    enum Outcome<Value> {
        case committed(Value)
        case failed(DatabaseError)
        /// The connection was lost, and the transaction certainly with it: it can be made again on another one.
        case undone(DatabaseError)
    }

    /// How often a transaction is made again because others stood in its way.
    private static let mostRepetitions = 8

    /// Runs a transaction to its end.
    ///
    /// `body` may run several times.
    static func run<Value>(
        _ kind: TransactionKind,
        on connection: DatabaseConnection,
        _ body: (Transaction) throws(DatabaseError) -> Value
    ) -> Outcome<Value> {
        let deadline = ContinuousClock.now + kind.time
        var repetitions = 0
        while true {
            var isCommitting = false
            do throws(DatabaseError) {
                try connection.runScript(kind.begin, until: deadline)
                let value = try body(Transaction(connection: connection, deadline: deadline))
                isCommitting = true
                try connection.runScript("COMMIT", until: deadline)
                return .committed(value)
            } catch .lost(let detail) {
                guard !isCommitting else {
                    return .failed(.lost("it is not known whether a transaction was committed: \(detail)"))
                }
                return deadline.millisecondsLeft > 0 ? .undone(.lost(detail)) : .failed(.lost(detail))
            } catch {
                // Where it cannot be rolled back, the connection is not sound, and ends with it.
                try? connection.runScript("ROLLBACK", until: deadline)
                guard error.isWorthRepeating, repetitions < mostRepetitions, deadline.millisecondsLeft > 0 else {
                    return .failed(error)
                }
                repetitions += 1
            }
        }
    }
}

internal import TaskStorage

/// What went wrong with a connection, in terms of the database.
enum DatabaseError: Error {
    /// The connection is not there, not any more, or was given up because no answer came in time.
    case lost(String)
    /// The server refused a statement, and the connection goes on; the state is SQL's five characters.
    case refused(state: String, String)
    /// The database holds something, or the system did something, that this store cannot work with.
    case unreadable(String)
    /// It was not written by this store, or by a later one.
    case foreign(String)
}

extension DatabaseError {
    /// Whether the server ends the connection after this.
    static func endsConnection(state: String) -> Bool {
        // Shut down by an operator, crashed, starting up, dropped with its database, idle for too long; or a server that
        // has become a standby: the next connection may lead to the one that took its place.
        ["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25006"].contains(state) || state.hasPrefix("08")
    }

    /// Whether the same transaction can succeed when it is made again, because only another one stood in its way.
    var isWorthRepeating: Bool {
        guard case .refused(let state, _) = self else { return false }
        // Could not be serialized, deadlock, and a foreign key: an event was pruned while somebody referred to it.
        return ["40001", "40P01", "23503"].contains(state)
    }

    /// For the log.
    var detail: String { problem.detail }

    /// The same for whoever called the store.
    var problem: StoreProblem {
        switch self {
        case .lost(let detail): StoreProblem(.unavailable, "PostgreSQL: \(detail)")
        case .unreadable(let detail): StoreProblem(.failed, "PostgreSQL: \(detail)")
        case .foreign(let detail): StoreProblem(.foreign, "PostgreSQL: \(detail)")
        case .refused(let state, let detail):
            // Resources that are short, a statement that took too long, a lock that others hold, others in the way.
            StoreProblem(
                state.hasPrefix("53") || ["57014", "55P03"].contains(state) || isWorthRepeating
                    ? .unavailable : .failed,
                "PostgreSQL: \(detail) (SQLSTATE \(state))"
            )
        }
    }
}

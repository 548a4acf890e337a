internal import GRDB
internal import TaskStorage

extension StoreProblem {
    /// What an error of SQLite at a file means for whoever runs the gateway.
    init(_ error: any Error, at path: String) {
        if let problem = error as? StoreProblem {
            self = problem
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, "\(path): \(error)")
            return
        }
        let (kind, advice) = Self.meaning(of: error.resultCode)
        // With the statement, never with what was put into it.
        let statement = error.sql.map { " (in: \($0))" } ?? ""
        self.init(
            kind,
            "\(path): \(advice) SQLite says \(error.extendedResultCode): \(error.message ?? "nothing")\(statement)"
        )
    }

    private static func meaning(of code: ResultCode) -> (Kind, String) {
        switch code {
        case .SQLITE_FULL: (.unavailable, "The disk is full, and nothing was kept: make room.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            (.unavailable, "Another program keeps the file locked: end it, or let it hold the file for moments only.")
        case .SQLITE_NOTADB:
            (.foreign, "This is no SQLite database: name another file, or remove this one if nobody needs it.")
        case .SQLITE_CORRUPT:
            (
                .failed,
                "The file is damaged: put a backup in its place, or save what can be read with sqlite3's .recover."
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            (
                .failed,
                "The gateway's user has to be able to write the file, its folder, and the files beside it (-wal, -shm)."
            )
        case .SQLITE_IOERR: (.failed, "The disk could not be read or written: look at the system's log.")
        case .SQLITE_NOMEM: (.unavailable, "There was no memory left.")
        default: (.failed, "SQLite refused.")
        }
    }
}

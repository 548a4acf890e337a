internal import CPostgres
internal import Glibc

/// One connection, for one thread alone.
///
/// Nothing here waits for longer than it is told to, but making a connection, for which libpq has limits of its own.
final class DatabaseConnection {
    private let handle: OpaquePointer
    private let settings: ConnectionSettings
    /// False once it is of no more use.
    private(set) var isSound = true

    /// Waits until the connection stands, or libpq says why not.
    static func connect(_ settings: ConnectionSettings) throws(DatabaseError) -> DatabaseConnection {
        let connected = settings.withParameters { PQconnectdbParams($0, $1, 0) }
        guard let handle = connected else { throw .lost("no memory for a connection") }
        guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0 else {
            let message = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            PQfinish(handle)
            throw .lost(settings.redacted(message))
        }
        // libpq would write notices to the standard error.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        return DatabaseConnection(handle, settings)
    }

    private init(_ handle: OpaquePointer, _ settings: ConnectionSettings) {
        self.handle = handle
        self.settings = settings
    }

    deinit {
        PQfinish(handle)
    }

    var socket: Int32 { PQsocket(handle) }
    /// As a number of six digits: 150018 is 15.18.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Runs one statement.
    func run(
        _ statement: String,
        _ parameters: [Parameter],
        until deadline: ContinuousClock.Instant
    ) throws(DatabaseError) -> Answer {
        try send { send(statement, parameters) }
        return try answer(until: deadline)
    }

    /// Runs statements that have no parameters, separated by semicolons.
    func runScript(_ statements: String, until deadline: ContinuousClock.Instant) throws(DatabaseError) {
        try send { PQsendQuery(handle, statements) }
        _ = try answer(until: deadline)
    }

    /// Takes what came by itself, and returns the payloads of notifications; throws where the connection has ended.
    func takeNotifications() throws(DatabaseError) -> [String] {
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { throw lost() }
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    /// Waits until something came by itself, or `deadline`.
    func waitForInput(until deadline: ContinuousClock.Instant) {
        var source = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        _ = poll(&source, 1, deadline.millisecondsLeft)
    }

    // MARK: - Sending

    private func send(_ send: () -> Int32) throws(DatabaseError) {
        guard isSound else { throw .lost("the connection was given up") }
        guard send() == 1 else { throw lost() }
    }

    private func send(_ statement: String, _ parameters: [Parameter]) -> Int32 {
        // All values in one buffer, which is never empty: a pointer that is null would be NULL.
        var values: [UInt8] = [0]
        var starts: [Int?] = []
        for parameter in parameters {
            starts.append(parameter.value == nil ? nil : values.count)
            values += parameter.value ?? []
        }
        values.append(0)
        return values.withUnsafeBytes { values in
            let pointers = starts.map { start in
                start.flatMap { values.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return PQsendQueryParams(
                handle,
                statement,
                Int32(parameters.count),
                parameters.map { Oid($0.kind.rawValue) },
                pointers,
                parameters.map { Int32($0.value?.count ?? 0) },
                [Int32](repeating: 1, count: parameters.count),
                1
            )
        }
    }

    // MARK: - Receiving

    /// The last result of what was sent, or the first error in it.
    private func answer(until deadline: ContinuousClock.Instant) throws(DatabaseError) -> Answer {
        var last: Answer?
        var failure: DatabaseError?
        while true {
            try waitForResult(until: deadline)
            guard let result = PQgetResult(handle) else { break }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = Answer(result)
            default:
                failure = failure ?? error(of: result)
                PQclear(result)
            }
        }
        if let failure { throw failure }
        guard PQstatus(handle) == CONNECTION_OK, let last else { throw lost() }
        return last
    }

    private func error(of result: OpaquePointer) -> DatabaseError {
        let message = settings.redacted(PQresultErrorMessage(result).map { String(cString: $0) } ?? "")
        let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
        guard let code, !DatabaseError.endsConnection(state: code), PQstatus(handle) == CONNECTION_OK else {
            isSound = false
            return .lost(message)
        }
        return .refused(state: code, message)
    }

    /// Waits until `PQgetResult` need not.
    private func waitForResult(until deadline: ContinuousClock.Instant) throws(DatabaseError) {
        while true {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw lost() }
            guard unsent > 0 || PQisBusy(handle) != 0 else { return }
            var source = pollfd(fd: socket, events: Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0), revents: 0)
            guard poll(&source, 1, deadline.millisecondsLeft) > 0 else {
                guard deadline.millisecondsLeft == 0 else { continue }
                isSound = false
                throw .lost("no answer in time")
            }
            if source.revents & ~Int16(POLLOUT) != 0, PQconsumeInput(handle) != 1 { throw lost() }
        }
    }

    private func lost() -> DatabaseError {
        isSound = false
        let message = settings.redacted(PQerrorMessage(handle).map { String(cString: $0) } ?? "")
        return .lost(message.isEmpty ? "the connection has ended" : message)
    }
}

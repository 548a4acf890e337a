internal import Logging
internal import Synchronization

/// Tells other gateways on the same database that there is news, and hears it from them: on a connection, and a thread, of
/// its own.
///
/// Nothing depends on it: everybody looks at intervals, too.
final class Listener: Sendable {
    private struct State {
        var hasNews = false
        var isClosed = false
    }

    /// PostgreSQL commits notifications one at a time, in all of the server: this many tell as much as more would.
    private static let interval = Duration.milliseconds(50)
    private static let patience = Duration.seconds(4)

    private let settings: ConnectionSettings
    private let changed: @Sendable () -> Void
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUp: WakeUp
    private let ending = Ending()

    init(
        _ settings: ConnectionSettings,
        logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) throws(DatabaseError) {
        self.settings = settings
        self.changed = changed
        self.logger = logger
        wakeUp = try WakeUp()
    }

    func start() throws(DatabaseError) {
        guard ending.start("postgres-listen", { self.work() }) else {
            throw .unreadable("the system has no thread left")
        }
    }

    /// There is something that others may want to know.
    func tell() {
        let isFirst = state.withLock { state in
            defer { state.hasNews = true }
            return !state.hasNews
        }
        if isFirst { wakeUp.signal() }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    func waitForEnd() async {
        await ending.wait()
    }

    // MARK: - The thread

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func work() {
        var pause = ReconnectionPause()
        var isFirst = true
        var couldListen: Bool?
        while !isClosed {
            do throws(DatabaseError) {
                let link = try ending.uncounted { Result { () throws(DatabaseError) in try Link.make(settings) } }.get()
                if couldListen != link.canListen {
                    couldListen = link.canListen
                    if link.canListen {
                        logger.info("gateways on this database hear of each other's changes at once")
                    } else {
                        logger.warning(
                            """
                            PostgreSQL passes no notifications on (a pooler between it and the gateway that lends \
                            connections by the transaction does that): what other gateways change is seen at intervals only
                            """
                        )
                    }
                }
                pause = ReconnectionPause()
                // What was told meanwhile was not heard.
                if !isFirst { changed() }
                isFirst = false
                try serve(link)
            } catch {
                logger.info("not listening to PostgreSQL", metadata: ["detail": "\(error.detail)"])
                if !isClosed { pause.sleep(on: wakeUp) }
            }
        }
    }

    private func serve(_ link: Link) throws(DatabaseError) {
        var lastTelling: ContinuousClock.Instant?
        while true {
            let isClosed = isClosed
            var next: ContinuousClock.Instant?
            if state.withLock({ $0.hasNews }) {
                let time = lastTelling.map { $0 + Self.interval } ?? .now
                if isClosed || time <= .now {
                    state.withLock { $0.hasNews = false }
                    try link.tell()
                    lastTelling = .now
                } else {
                    next = time
                }
            }
            if isClosed { return }
            // While it told something, it may have heard something, too.
            if try link.hasHeard() { changed() }
            _ = wakeUp.sleep(besides: link.socket, until: next)
        }
    }
}

extension Listener {
    /// A connection that listens.
    private final class Link {
        private static let channel = "taskgate"

        private let connection: DatabaseConnection
        /// What this one's own notifications carry.
        private let name: String
        private(set) var canListen = false

        /// Connects, and finds out whether what another connection tells arrives here.
        static func make(_ settings: ConnectionSettings) throws(DatabaseError) -> Link {
            let deadline = ContinuousClock.now + patience
            let link = try Link(DatabaseConnection.connect(settings), until: deadline)
            let other = try DatabaseConnection.connect(settings)
            _ = try other.run("SELECT pg_notify($1, $2)", [.text(channel), .text(link.name)], until: deadline)
            link.canListen = try link.hears(until: .now + .seconds(1))
            return link
        }

        private init(_ connection: DatabaseConnection, until deadline: ContinuousClock.Instant) throws(DatabaseError) {
            self.connection = connection
            let name = try connection.run("SELECT gen_random_uuid()::text", [], until: deadline)
                .first { (row) throws(DatabaseError) in try row.text() }
            guard let name else { throw .unreadable("no answer to a question for a random number") }
            self.name = name
            try connection.runScript("LISTEN \(Self.channel)", until: deadline)
        }

        var socket: Int32 { connection.socket }

        /// Whether its own name is heard.
        private func hears(until deadline: ContinuousClock.Instant) throws(DatabaseError) -> Bool {
            while !(try connection.takeNotifications().contains(name)) {
                guard deadline.millisecondsLeft > 0 else { return false }
                connection.waitForInput(until: deadline)
            }
            return true
        }

        /// Whether somebody else told that there is news.
        func hasHeard() throws(DatabaseError) -> Bool {
            try connection.takeNotifications().contains { $0 != name }
        }

        func tell() throws(DatabaseError) {
            _ = try connection.run(
                "SELECT pg_notify($1, $2)",
                [.text(Self.channel), .text(name)],
                until: .now + patience
            )
        }
    }
}

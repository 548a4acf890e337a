internal import Logging
internal import Synchronization

/// Connections, each of a thread of its own that makes it, uses it, and makes it again.
final class ConnectionPool: Sendable {
    private let queue: JobQueue
    private let settings: ConnectionSettings
    private let logger: Logger
    private let ending = Ending()
    private let wakeUps: [WakeUp]

    init(_ count: Int, _ settings: ConnectionSettings, queue: JobQueue, logger: Logger) throws(DatabaseError) {
        self.queue = queue
        self.settings = settings
        self.logger = logger
        var wakeUps: [WakeUp] = []
        for _ in 0..<count { wakeUps.append(try WakeUp()) }
        self.wakeUps = wakeUps
    }

    /// Starts the threads.
    ///
    /// Where that fails the queue is closed.
    func start() throws(DatabaseError) {
        let (queue, ending) = (queue, ending)
        var isStarted = ending.start("postgres-queue") { queue.failLateJobs() }
        for (index, wakeUp) in wakeUps.enumerated() {
            isStarted = isStarted && ending.start("postgres-\(index)") { self.work(wakeUp) }
        }
        guard isStarted else {
            close()
            throw .unreadable("the system has no thread left")
        }
    }

    /// Lets the threads end; what runs goes on to its end.
    func close() {
        queue.close()
        for wakeUp in wakeUps { wakeUp.signal() }
    }

    /// Returns once all of them have ended, but those that wait for a server that does not answer.
    func waitForEnd() async {
        await ending.wait()
    }

    // MARK: - A thread

    private func work(_ wakeUp: WakeUp) {
        var pause = ReconnectionPause()
        while !queue.isClosed {
            switch ending.uncounted({ connect() }) {
            case .success(let connection):
                pause = ReconnectionPause()
                if queue.notePresence() { logger.notice("PostgreSQL is there again") }
                serve(connection, wakeUp)
            case .failure(let error):
                if queue.noteAbsence(error.detail) {
                    logger.warning("\(error.detail); it is tried again and again")
                }
                pause.sleep(on: wakeUp)
            }
        }
    }

    private func connect() -> Result<DatabaseConnection, DatabaseError> {
        Result { () throws(DatabaseError) in try DatabaseConnection.connect(settings) }
    }

    /// Runs jobs until the connection or the queue ends.
    private func serve(_ connection: DatabaseConnection, _ wakeUp: WakeUp) {
        while connection.isSound {
            if let job = queue.take(for: wakeUp) {
                if case .undone(let error) = job.run(connection) { queue.putBack(job, after: error) }
            } else if queue.isClosed {
                return
            } else if wakeUp.sleep(besides: connection.socket) {
                // Nobody asked, so this is a notice, or the end of the connection.
                do throws(DatabaseError) {
                    _ = try connection.takeNotifications()
                } catch {
                    logger.info("a connection has ended", metadata: ["detail": "\(error.detail)"])
                }
            }
        }
        queue.leave(wakeUp)
    }
}

/// Pauses between attempts to connect that grow while they fail.
struct ReconnectionPause {
    private static let longest = Duration.seconds(2)

    private var next = Duration.milliseconds(100)

    mutating func sleep(on wakeUp: WakeUp) {
        _ = wakeUp.sleep(until: .now + next)
        next = min(next * 2, Self.longest)
    }
}

/// Threads of which somebody wants to know when the last has ended.
final class Ending: Sendable {
    private struct State {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Starts a thread; false where the system has none left.
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { $0.count += 1 }
        let isStarted = DatabaseThread.start(name) {
            body()
            self.add(-1)
        }
        if !isStarted { add(-1) }
        return isStarted
    }

    /// Does something that may take long, and that nobody waits for.
    func uncounted<Value>(_ body: () -> Value) -> Value {
        add(-1)
        defer { add(1) }
        return body()
    }

    private func add(_ count: Int) {
        let done = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count += count
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in done { continuation.resume() }
    }

    /// Returns at once where there is none.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.count > 0 else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

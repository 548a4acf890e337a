internal import Glibc
internal import Synchronization
package import TaskModel

/// Writes lines to one place, on a thread of its own: whoever logs appends to a buffer, and waits for nobody.
///
/// What comes at one time leaves in one system call. The buffer is bounded: where the reader does not keep up, lines
/// are dropped and counted, and the next that get through say how many. Every byte passes through the redactor.
package final class LogWriter: Sendable {
    private enum Wish: Int {
        case none
        /// Within `delay`: more may come.
        case soon
        case now
    }

    private struct State {
        var pending: LogLines
        var wish = Wish.none
        var sources: [any LogSource] = []
        var isClosed = false
        var isRunning = true
        /// Counts the turns of the thread, so that `flush` knows when its lines are written.
        var turnsBegun = 0
        var turnsEnded = 0
    }

    private static let delay = Duration.milliseconds(100)
    private static let mostBytes = 1 << 20

    package let format: LogFormat
    private let outlet: Outlet
    private let now: @Sendable () -> Timestamp
    private let monitor: Monitor<State>
    private let dropped = Atomic(0)

    /// Starts the thread; `name` is what the system shows of it.
    ///
    /// `now` is the wall clock. Throws where the system has no thread left.
    package init(
        _ format: LogFormat,
        to outlet: Outlet,
        name: String = "log",
        now: @escaping @Sendable () -> Timestamp
    ) throws(LogOutputProblem) {
        self.format = format
        self.outlet = outlet
        self.now = now
        monitor = Monitor(State(pending: LogLines(format: format)))
        try WriterThread.start(name) { self.run() }
    }

    /// How many lines were lost.
    package var droppedLines: Int { dropped.load(ordering: .relaxed) }

    package func countDropped(_ lines: Int) {
        dropped.wrappingAdd(lines, ordering: .relaxed)
    }

    package func add(_ source: any LogSource) {
        monitor.withLock { $0.sources.append(source) }
    }

    /// Writes a line with what `body` appends between its begin and its end.
    ///
    /// It leaves at once, together with whatever else waits. False where the line was dropped.
    @discardableResult
    package func write(_ body: (LogLines, Timestamp) -> Void) -> Bool {
        let time = now()
        let isKept = monitor.withLock { state in
            guard !state.isClosed, state.pending.byteCount < Self.mostBytes else { return false }
            body(state.pending, time)
            state.wish = .now
            return true
        }
        if isKept { monitor.notify() } else { countDropped(1) }
        return isKept
    }

    /// A source has something to drain.
    package func wake(isUrgent: Bool) {
        let wish = isUrgent ? Wish.now : .soon
        let isNews = monitor.withLock { state in
            guard state.wish.rawValue < wish.rawValue else { return false }
            state.wish = wish
            return true
        }
        if isNews { monitor.notify() }
    }

    /// Waits until everything that was logged before is written, or the reader has not taken it for so long.
    package func flush(atMost time: Duration = .seconds(2)) {
        let turn = monitor.withLock { state in
            state.wish = .now
            return state.turnsBegun + 1
        }
        monitor.notify()
        monitor.wait(atMost: time, while: { $0.isRunning && $0.turnsEnded < turn }, then: { _ in })
    }

    /// Flushes, and ends the thread; what is logged later is lost, and counted.
    package func close(atMost time: Duration = .seconds(2)) {
        flush(atMost: time)
        monitor.withLock { $0.isClosed = true }
        monitor.notify()
        monitor.wait(atMost: time, while: { $0.isRunning }, then: { _ in })
    }

    // MARK: - The thread

    private func run() {
        var batch = LogLines(format: format)
        var lostBefore = 0
        while let sources = nextTurn(&batch) {
            for source in sources { source.drain(into: batch) }
            let lost = droppedLines
            if lost > lostBefore, !batch.isEmpty {
                batch.begin(now(), "warning", "lines of the log were dropped")
                batch.field("count", lost - lostBefore)
                batch.end()
                lostBefore = lost
            }
            if !batch.isEmpty {
                // What cannot be written cannot be told here either.
                let unwritten = outlet.write(batch)
                countDropped(unwritten)
                lostBefore += unwritten
            }
            batch.removeAll()
            monitor.withLock { $0.turnsEnded = $0.turnsBegun }
            monitor.notify()
        }
        monitor.withLock { state in
            state.isRunning = false
            // They know this writer, and it need not know them any more.
            state.sources = []
        }
        monitor.notify()
    }

    /// Waits for something to do and exchanges the buffers; nil at the end.
    private func nextTurn(_ batch: inout LogLines) -> [any LogSource]? {
        let isSoon = monitor.wait(while: { $0.wish == .none && !$0.isClosed }, then: { $0.wish == .soon })
        if isSoon { monitor.wait(atMost: Self.delay, while: { $0.wish == .soon && !$0.isClosed }, then: { _ in }) }
        return monitor.withLock { state in
            guard state.wish != .none else { return nil }
            state.wish = .none
            state.turnsBegun += 1
            swap(&state.pending, &batch)
            return state.sources
        }
    }
}

/// What keeps the log from being written.
package struct LogOutputProblem: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

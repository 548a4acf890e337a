internal import LogOutput
internal import Synchronization

/// The lines of one event loop's calls on their way to the writer.
///
/// The loop writes them into memory of its own: that costs less than handing over what they are made of, whose texts
/// would be counted twice and freed by another thread. The writer fetches them all at once.
final class AccessLog: LogSource {
    private static let mostBytes = 1 << 20
    /// So many are written at once.
    private static let manyBytes = 64 << 10

    private let writer: LogWriter
    private let lock = Mutex(())
    // Safety: touched under the lock alone.
    nonisolated(unsafe) private var lines: LogLines
    /// Given in exchange for a full one, so that the loop never waits for its lines to be copied.
    // Safety: touched by the writer's thread alone.
    nonisolated(unsafe) private var spare: LogLines

    /// Lines that the writer fetches from now on.
    init(for writer: LogWriter) {
        self.writer = writer
        lines = LogLines(format: writer.format)
        spare = LogLines(format: writer.format)
        writer.add(self)
    }

    /// Writes the line of a call; where the writer has not kept up, drops it and counts it.
    func append(_ record: AccessRecord) {
        let (before, after) = lock.withLock { _ in
            let before = lines.byteCount
            if before < Self.mostBytes { record.write(to: lines) }
            return (before, lines.byteCount)
        }
        if before == after {
            writer.countDropped(1)
        } else if before == 0 {
            writer.wake(isUrgent: false)
        } else if before < Self.manyBytes, after >= Self.manyBytes {
            writer.wake(isUrgent: true)
        }
    }

    func drain(into batch: LogLines) {
        lock.withLock { _ in swap(&lines, &spare) }
        batch.append(spare)
        spare.removeAll()
    }
}

internal import Synchronization

/// Where lines come from that are made on the writer's thread, and not where they arise.
package protocol LogSource: AnyObject, Sendable {
    /// Writes all that has come since the last time.
    func drain(into lines: LogLines)
}

/// Something that becomes a line later.
package protocol LogRecord: Sendable {
    func write(to lines: LogLines)
}

/// Records on their way to the writer: one thread appends what needs no more than a copy, the writer's makes lines.
package final class LogQueue<Record: LogRecord>: LogSource {
    private static var most: Int { 8192 }
    /// So many are about 64 KiB of lines, which are written at once.
    private static var many: Int { 256 }

    private let writer: LogWriter
    private let state: Mutex<[Record]>
    /// Given in exchange for a full one, so that neither is allocated again.
    private let spare: Mutex<[Record]>

    /// A queue that the writer empties from now on.
    package init(for writer: LogWriter) {
        self.writer = writer
        state = Mutex([])
        spare = Mutex([])
        writer.add(self)
    }

    /// Appends a record; where the writer has not kept up, drops it and counts it.
    package func append(_ record: Record) {
        let count = state.withLock { records -> Int in
            guard records.count < Self.most else { return .max }
            records.append(record)
            return records.count
        }
        switch count {
        case 1: writer.wake(isUrgent: false)
        case Self.many: writer.wake(isUrgent: true)
        case .max: writer.countDropped(1)
        default: break
        }
    }

    package func drain(into lines: LogLines) {
        spare.withLock { spare in
            state.withLock { swap(&$0, &spare) }
            for record in spare { record.write(to: lines) }
            spare.removeAll(keepingCapacity: true)
        }
    }
}

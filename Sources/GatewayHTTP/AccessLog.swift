internal import LogOutput
internal import Synchronization

/// The records of one event loop's calls on their way to the writer: the loop appends no more than a copy, and the
/// writer's thread makes lines of them.
final class AccessLog: LogSource {
    private static let most = 8192
    /// So many are about 64 KiB of lines, which are written at once.
    private static let many = 256

    private let writer: LogWriter
    private let records = Mutex<[AccessRecord]>([])
    /// Given in exchange for a full one, so that neither is allocated again.
    private let spare = Mutex<[AccessRecord]>([])

    /// Records that the writer fetches from now on.
    init(for writer: LogWriter) {
        self.writer = writer
        writer.add(self)
    }

    /// Appends a record; where the writer has not kept up, drops it and counts it.
    func append(_ record: AccessRecord) {
        let count = records.withLock { records -> Int in
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

    func drain(into lines: LogLines) {
        spare.withLock { spare in
            records.withLock { swap(&$0, &spare) }
            for record in spare { record.write(to: lines) }
            spare.removeAll(keepingCapacity: true)
        }
    }
}

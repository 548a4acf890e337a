/// Decides when files that changed are read again: as soon as they were the same at two looks in a row, since one that
/// is being written is not whole.
///
/// A value without clock or I/O: looks come in, decisions go out.
struct FileWatch<Stamps: Equatable & Sendable>: Sendable {
    enum Decision: Sendable {
        /// All is as it was read.
        case unchanged
        /// Something changed since the last look: look again soon.
        case unsettled
        /// What changed has settled: read it.
        case changed
    }

    /// How the files were when they were read last.
    private(set) var read: Stamps
    private var seen: Stamps?

    init(read: Stamps) {
        self.read = read
    }

    mutating func looked(_ now: Stamps) -> Decision {
        defer { seen = now }
        if now == read { return .unchanged }
        return now == seen ? .changed : .unsettled
    }

    /// The files are read as they were at this look, whatever comes of it.
    mutating func reads(_ stamps: Stamps) {
        read = stamps
        seen = nil
    }
}

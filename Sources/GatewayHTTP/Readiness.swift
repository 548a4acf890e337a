internal import Synchronization
package import TaskModel

/// How the last try to read the files again went.
package struct ReloadReport: Sendable, Hashable {
    package var triedAt: Timestamp
    /// Whether what was read is what serves.
    package var isTaken: Bool
    /// What to know of it, in a sentence that names no file's content; nil where there is nothing.
    package var detail: String?

    package init(triedAt: Timestamp, isTaken: Bool, detail: String?) {
        self.triedAt = triedAt
        self.isTaken = isTaken
        self.detail = detail
    }
}

/// Whether requests are welcome, and how the last reload went; `/readyz` shows it, at each of the servers that share it.
package final class Readiness: Sendable {
    private let state: Atomic<Bool>
    private let lastReload = Mutex<ReloadReport?>(nil)

    package init(isReady: Bool = true) {
        state = Atomic(isReady)
    }

    var isReady: Bool { state.load(ordering: .relaxed) }

    /// Nil before the first.
    var reload: ReloadReport? { lastReload.withLock { $0 } }

    package func begin() { state.store(true, ordering: .relaxed) }

    func end() { state.store(false, ordering: .relaxed) }

    package func note(_ reload: ReloadReport) { lastReload.withLock { $0 = reload } }
}

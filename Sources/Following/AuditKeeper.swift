package import GatewayCore
package import Logging
package import Metrics
internal import Synchronization
package import TaskStorage

/// Puts the audit's records into the store, a tenth of a second later and many at once: no caller waits for it.
///
/// While the store is away they wait here. Beyond a number the latest are lost to the store, and counted; the audit's file
/// or the log has them all the same.
package final class AuditKeeper: Sendable {
    private struct State {
        var waiting: [AuditRecord] = []
        var isRunning = false
    }

    /// How many wait at most: some megabytes.
    private static let most = 10_000
    private static let batch = 500
    private static let pause = Duration.milliseconds(100)
    private static let pauseAfterFailure = Duration.seconds(1)

    private let store: any TaskStore
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())
    private let lost = Counter()

    package init(_ store: any TaskStore, timekeeper: any Timekeeper, logger: Logger) {
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// Takes a record; does not block.
    package func add(_ record: AuditRecord) {
        let begins = state.withLock { state in
            if state.waiting.count < Self.most { state.waiting.append(record) } else { lost.add() }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if begins { keep(after: Self.pause) }
    }

    /// Keeps what still waits; at the end of the process.
    package func flush() async {
        // What is on its way besides is kept once: the store knows the records by their ids.
        var records = state.withLock(\.waiting)[...]
        do throws(StoreProblem) {
            while !records.isEmpty {
                try await store.audit(Array(records.prefix(Self.batch)))
                records = records.dropFirst(Self.batch)
            }
        } catch {
            logger.error("The store was not given the last \(records.count) records of the audit: \(error).")
        }
    }

    private func keep(after pause: Duration) {
        timekeeper.wake(at: timekeeper.now().uptime + pause) { [weak self] in Task { await self?.keep() } }
    }

    private func keep() async {
        while let records = nextBatch() {
            do throws(StoreProblem) {
                try await store.audit(records)
            } catch {
                logger.debug("The audit waits for the store: \(error).")
                return keep(after: Self.pauseAfterFailure)
            }
            state.withLock { $0.waiting.removeFirst(records.count) }
        }
    }

    /// Nil where nothing waits: the next record begins anew.
    private func nextBatch() -> [AuditRecord]? {
        state.withLock { state in
            state.isRunning = !state.waiting.isEmpty
            return state.isRunning ? Array(state.waiting.prefix(Self.batch)) : nil
        }
    }
}

extension AuditKeeper: MetricsSource {
    package func write(to text: inout MetricsText) {
        text.single(
            "taskgate_audit_lost_total",
            .counter,
            "Records of the audit that the store was not given, because it was away for too long.",
            lost.value
        )
    }
}

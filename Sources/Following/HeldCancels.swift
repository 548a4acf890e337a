package import GatewayCore
package import Logging
internal import Synchronization
package import TaskModel
package import TaskStorage

/// The cancels that are held, as far as this gateway knows; whoever follows their tasks sees to them.
///
/// It learns of its own at once, and of those of others that share the store when it looks.
package final class HeldCancels: CancelHolding {
    private let store: any TaskStore
    private let time: Duration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let known = Mutex<[TaskID: HeldCancel]>([:])
    private let counted = Atomic(0)

    /// `time` is how long a cancel is held.
    package init(
        _ store: any TaskStore,
        for time: Duration,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.time = time
        self.now = now
        self.logger = logger
    }

    var isEmpty: Bool { count == 0 }

    /// How many are known; a call about a task pays nothing for those of others.
    var count: Int { counted.load(ordering: .relaxed) }

    /// Looks what is held now.
    package func look() async throws(StoreProblem) {
        let held = try await store.heldCancels()
        known.withLock { $0 = held }
        counted.store(held.count, ordering: .relaxed)
    }

    /// Shows a task with the cancel that is held for it.
    func show(in answer: TaskAnswer) -> TaskAnswer {
        guard let held = known.withLock({ $0[answer.snapshot.id] }), !answer.snapshot.isDone else { return answer }
        var answer = answer
        answer.snapshot = answer.snapshot.showing(held)
        return answer
    }

    package func hold(
        _ question: TaskQuestion,
        on seen: TaskSnapshot,
        done: @escaping @Sendable (TaskSnapshot?) -> Void
    ) {
        guard case .cancel(let reason) = question.kind else { return done(nil) }
        let now = now()
        let cancel = HeldCancel(
            requestedAt: now,
            requestedBy: question.caller,
            reason: reason,
            until: now.advanced(by: time),
            execution: Execution(seen)
        )
        Task {
            do throws(StoreProblem) {
                let held = try await store.hold(cancel, on: seen.id, at: now)
                known.withLock { known in
                    known[seen.id] = held
                    counted.store(known.count, ordering: .relaxed)
                }
                done(seen.showing(held))
            } catch {
                logger.error("A cancel could not be held, and its caller was told so: \(error).")
                done(nil)
            }
        }
    }
}

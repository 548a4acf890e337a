package import GatewayCore
package import Logging
package import Metrics
internal import Synchronization
package import TaskModel
package import TaskStorage

/// A gateway that keeps cancels which the provider cannot take yet, until it can.
///
/// Everything else goes to the gateway behind it as it is. What it holds is seen to by whoever follows the task.
package final class HoldingGateway: TaskAnswering {
    private let gateway: any TaskAnswering
    private let holds: HeldCancels

    package init(_ gateway: any TaskAnswering, _ holds: HeldCancels) {
        self.gateway = gateway
        self.holds = holds
    }

    package func locate(
        _ text: String,
        provider: String?,
        among allowed: Set<String>?
    ) throws(GatewayError) -> TaskID {
        try gateway.locate(text, provider: provider, among: allowed)
    }

    package func forget(_ ticket: TaskTicket) { gateway.forget(ticket) }

    package func providers() -> [ProviderReport] { gateway.providers() }

    package func write(to text: inout MetricsText) { gateway.write(to: &text) }

    @discardableResult
    package func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket {
        // A key that a caller brings is not kept, and nobody could stop the task later without it.
        guard question.providerKey == nil else { return gateway.ask(question, reply: reply) }
        let holds = holds
        switch question.kind {
        case .status, .rename:
            if holds.isEmpty { return gateway.ask(question, reply: reply) }
            return gateway.ask(question) { reply($0.map { holds.show(in: $0) }, $1) }
        case .cancel:
            return gateway.ask(question) { result, call in
                guard case .failure(let error) = result, error.canBeHeld, let seen = error.lastKnown, !seen.isDone
                else { return reply(result, call) }
                holds.hold(seen, question) { held in
                    guard let held else { return reply(.failure(error), call) }
                    reply(.success(TaskAnswer(snapshot: seen.showing(held), pollAfter: error.retryAfter)), call)
                }
            }
        }
    }
}

/// The cancels that are held, as far as this gateway knows.
///
/// It learns of its own at once, and of those of others that share the store when it looks.
package final class HeldCancels: Sendable {
    private let store: any TaskStore
    private let time: Duration
    private let now: @Sendable () -> Timestamp
    private let audit: @Sendable (AuditEntry) -> Void
    private let logger: Logger
    private let known = Mutex<[TaskID: HeldCancel]>([:])
    /// How many are known, so that a call about a task pays nothing for those of others.
    private let count = Atomic(0)

    /// `time` is how long a cancel is held; `audit` takes each that is, and must not block.
    package init(
        _ store: any TaskStore,
        for time: Duration,
        now: @escaping @Sendable () -> Timestamp,
        audit: @escaping @Sendable (AuditEntry) -> Void,
        logger: Logger
    ) {
        self.store = store
        self.time = time
        self.now = now
        self.audit = audit
        self.logger = logger
    }

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    /// Looks what is held now.
    package func look() async throws(StoreProblem) {
        let held = try await store.heldCancels()
        known.withLock { $0 = held }
        count.store(held.count, ordering: .relaxed)
    }

    /// Shows a task with the cancel that is held for it.
    func show(in answer: TaskAnswer) -> TaskAnswer {
        guard let held = known.withLock({ $0[answer.snapshot.id] }), !answer.snapshot.isDone else { return answer }
        var answer = answer
        answer.snapshot = answer.snapshot.showing(held)
        return answer
    }

    /// Keeps a cancel; nil where that cannot be done.
    fileprivate func hold(
        _ seen: TaskSnapshot,
        _ question: TaskQuestion,
        _ done: @escaping @Sendable (HeldCancel?) -> Void
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
                    count.store(known.count, ordering: .relaxed)
                }
                audit(
                    AuditEntry(
                        time: now,
                        task: seen.id,
                        change: .cancel(reason: reason),
                        event: .asked(
                            client: question.caller,
                            requestID: question.requestID,
                            .answered(.deferred)
                        )
                    )
                )
                done(held)
            } catch {
                logger.error("A cancel could not be held, and its caller was told so: \(error).")
                done(nil)
            }
        }
    }
}

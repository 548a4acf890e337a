package import Logging
package import Providers
internal import Synchronization
internal import TaskModel
package import Upstream

/// What outlives every reading of the configuration: the tasks that are remembered, their machines and their timers.
///
/// Each question goes to the machine of its task, and what the machine wants done is done here. The state stands under
/// one lock that is held for the machine's decision only, never while something is sent, answered or logged.
package final class TaskGateway: Sendable {
    /// How much the gateway remembers of tasks.
    package struct MemoryLimits: Sendable {
        package var tasks: Int
        package var bytes: Int

        package init(tasks: Int = 10000, bytes: Int = 64 << 20) {
            self.tasks = tasks
            self.bytes = bytes
        }
    }

    struct State: Sendable {
        var memory: TaskMemory
        /// Which oddities were logged already, each once.
        var logged: Set<String> = []
    }

    let timekeeper: any Timekeeper
    let randomness: @Sendable () -> UInt64
    let logger: Logger
    let state: Mutex<State>
    /// Who keeps cancels that cannot be sent yet; nil answers them with the reason.
    private let holder: (any CancelHolding)?
    /// Takes what is asked and sent to change something; it must not block.
    private let audit: @Sendable (AuditEntry) -> Void
    private let lastNumber = Atomic<UInt64>(0)

    package init(
        timekeeper: any Timekeeper,
        memory: MemoryLimits = MemoryLimits(),
        randomness: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        holder: (any CancelHolding)? = nil,
        logger: Logger,
        audit: @escaping @Sendable (AuditEntry) -> Void = { _ in }
    ) {
        self.holder = holder
        self.audit = audit
        self.timekeeper = timekeeper
        self.randomness = randomness
        self.logger = logger
        state = Mutex(State(memory: TaskMemory(tasks: memory.tasks, bytes: memory.bytes)))
    }

    /// Makes the providers of a reading of the configuration ready to be asked about.
    ///
    /// `limits` are those of each provider, by its name. What is remembered of tasks is kept where a provider of
    /// `previous` is still the same, whatever its key; the calls of the others end where they began.
    package func serve(
        _ catalog: ProviderCatalog,
        limits: [String: ProviderLimits] = [:],
        through transport: any UpstreamTransport,
        after previous: ProviderGeneration? = nil
    ) -> ProviderGeneration {
        let served = Dictionary(
            uniqueKeysWithValues: catalog.entries.compactMap(\.provider).map { provider in
                let limits = limits[provider.name] ?? ProviderLimits()
                let before = previous?.served(provider.name)
                return (provider.name, ServedProvider(provider, limits, transport, timekeeper, after: before))
            }
        )
        if previous != nil { state.withLock { $0.memory.serve(served) } }
        return ProviderGeneration(catalog, served, self)
    }

    // MARK: - Questions

    /// Asks about a task of a provider; see `TaskAnswering.ask`.
    func ask(
        _ question: TaskQuestion,
        _ served: ServedProvider,
        _ key: CallerKey?,
        reply: @escaping TaskReply
    ) -> TaskTicket {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let now = timekeeper.now()
        let task = decide(
            at: now,
            for: PendingReply(number: number, question: question, reply: reply),
            about: { $0.task(question.task, key?.digest, served) },
            { known in
                known.callerKey = key
                return known.machine.asked(question, number: number, at: now)
            }
        )
        return TaskTicket(task: question.task, number: number, remembered: task)
    }

    /// Refuses a question about which nothing is asked.
    func refuse(
        _ question: TaskQuestion,
        _ served: ServedProvider?,
        _ error: GatewayError,
        reply: @escaping TaskReply
    ) -> TaskTicket {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let pending = PendingReply(number: number, question: question, reply: reply)
        tell(pending, .failure(error), nil, served, timekeeper.now())
        return TaskTicket(task: question.task, number: number)
    }

    func forget(_ ticket: TaskTicket) {
        guard let task = ticket.remembered else { return }
        let now = timekeeper.now()
        let left = state.withLock { state -> PendingReply? in
            guard let reply = task.takeReply(ticket.number) else { return nil }
            state.memory.with(task, at: now) { $0.machine.left(number: ticket.number) }
            return reply
        }
        if let question = left?.question, let change = AuditEntry.Change(question.kind) {
            note(change, of: question.task, .asked(question, .left), now)
        }
    }

    // MARK: - Machines

    /// Something happened to a task: lets its machine decide, and does what it decided.
    func handle(
        _ task: RememberedTask,
        at now: Moment,
        after ending: Ending? = nil,
        _ event: (inout TaskMachine) -> [TaskMachine.Action]
    ) {
        decide(at: now, after: ending, about: { _ in task }, { event(&$0.machine) })
    }

    /// How a call to a provider ended.
    struct Ending {
        let served: ServedProvider
        /// Nil where it ended well.
        let error: GatewayError?
        /// Nil where nothing was sent.
        let call: CallRecord?
    }

    @discardableResult
    private func decide(
        at now: Moment,
        for asking: PendingReply? = nil,
        after ending: Ending? = nil,
        about find: (inout TaskMemory) -> RememberedTask,
        _ event: (RememberedTask) -> [TaskMachine.Action]
    ) -> RememberedTask {
        var wake: Duration?
        // Of those whom the actions answer beside who asks, in that order.
        var replies: [PendingReply?] = []
        var traceParent: String?
        let (task, served, key, actions) = state.withLock { state in
            if let ending { ending.served.health.ended(with: ending.error, at: now.time) }
            let task = find(&state.memory)
            var key: CallerKey?
            let actions = state.memory.with(task, at: now) { known in
                let actions = event(known)
                key = known.callerKey
                // What is sent now is sent for who asks now, else for who has waited longest.
                traceParent = (asking ?? known.replies.first)?.question.traceParent
                var isAskingAnswered = false
                for case .answer(let number, _) in actions {
                    if number == asking?.number {
                        isAskingAnswered = true
                    } else {
                        replies.append(known.takeReply(number))
                    }
                }
                // Most are answered at once, and need no place among those who wait.
                if let asking, !isAskingAnswered { known.replies.append(asking) }
                if let nextWake = known.look({ $0.nextWake }), known.wakeAt.map({ nextWake < $0 }) ?? true {
                    known.wakeAt = nextWake
                    wake = nextWake
                }
                return actions
            }
            return (task, task.served, key, actions)
        }
        var answered = 0
        for action in actions {
            switch action {
            case .answer(let number, let result):
                if let asking, asking.number == number {
                    tell(asking, result, ending?.call, served, now)
                } else {
                    if let reply = replies[answered] { tell(reply, result, ending?.call, served, now) }
                    answered += 1
                }
            default: carryOut(action, task, served, CallOrigin(key: key, traceParent: traceParent))
            }
        }
        if let wake {
            timekeeper.wake(at: wake) { [weak self] in self?.wake(task, at: wake) }
        }
        return task
    }

    /// Answers a caller; a cancel that the provider cannot take yet is held first, where it can be.
    private func tell(
        _ pending: PendingReply,
        _ result: Result<TaskAnswer, GatewayError>,
        _ call: CallRecord?,
        _ served: ServedProvider?,
        _ now: Moment
    ) {
        guard case .failure(let error) = result, error.canBeHeld, let holder, pending.question.isWorthHolding,
            let seen = error.lastKnown, !seen.isDone
        else { return reply(pending, result, call, served, now) }
        holder.hold(pending.question, on: seen) { [self] shown in
            let answer = shown.map { TaskAnswer(snapshot: $0, pollAfter: error.retryAfter) }
            reply(pending, answer.map { .success($0) } ?? result, call, served, timekeeper.now())
        }
    }

    /// Answers a caller, and notes what it was told of what it wanted to change.
    private func reply(
        _ pending: PendingReply,
        _ result: Result<TaskAnswer, GatewayError>,
        _ call: CallRecord?,
        _ served: ServedProvider?,
        _ now: Moment
    ) {
        pending.reply(result, call)
        let question = pending.question
        guard let change = AuditEntry.Change(question.kind) else { return }
        let outcome: AuditEntry.AskOutcome
        switch result {
        case .success(let answer):
            var state: CancelState?
            if case .cancel = change { state = answer.snapshot.cancel?.state }
            if let state { served?.metrics.cancelAnswered(state) }
            outcome = .answered(state)
        case .failure(let error):
            // Whoever holds it asks again, and says in the end that it gives up.
            if question.requestedAt != nil { return }
            if case .cancel = change { served?.metrics.cancelAnswered(.failed) }
            outcome = .refused(error.code)
        }
        note(change, of: question.task, .asked(question, outcome), now)
    }

    func note(_ change: AuditEntry.Change, of task: TaskID, _ event: AuditEntry.Event, _ now: Moment) {
        audit(AuditEntry(time: now.time, task: task, change: change, event: event))
    }

    private func wake(_ task: RememberedTask, at uptime: Duration) {
        let isWaitedFor = state.withLock { _ in
            if task.wakeAt == uptime { task.wakeAt = nil }
            return !task.look { $0.isIdle }
        }
        guard isWaitedFor else { return }
        let now = timekeeper.now()
        handle(task, at: now) { $0.woken(at: now) }
    }
}

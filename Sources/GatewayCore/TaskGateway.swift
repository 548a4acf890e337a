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
    private let lastNumber = Atomic<UInt64>(0)

    package init(
        timekeeper: any Timekeeper,
        memory: MemoryLimits = MemoryLimits(),
        randomness: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        logger: Logger
    ) {
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
            about: { $0.task(question.task, key?.digest, served) },
            { known in
                known.callerKey = key
                known.replies.append(PendingReply(number: number, reply: reply))
                return known.machine.asked(question, number: number, at: now)
            }
        )
        return TaskTicket(task: question.task, number: number, remembered: task)
    }

    /// The ticket of a caller who was answered without a question.
    func ticketOfNobody(_ question: TaskQuestion) -> TaskTicket {
        TaskTicket(task: question.task, number: lastNumber.add(1, ordering: .relaxed).newValue)
    }

    func forget(_ ticket: TaskTicket) {
        guard let task = ticket.remembered else { return }
        let now = timekeeper.now()
        state.withLock { state in
            guard task.takeReply(ticket.number) != nil else { return }
            state.memory.with(task, at: now) { $0.machine.left(number: ticket.number) }
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
        after ending: Ending? = nil,
        about find: (inout TaskMemory) -> RememberedTask,
        _ event: (RememberedTask) -> [TaskMachine.Action]
    ) -> RememberedTask {
        var wake: Duration?
        // Of those whom the actions answer, in that order.
        var replies: [PendingReply?] = []
        let (task, served, key, actions) = state.withLock { state in
            if let ending { ending.served.health.ended(with: ending.error, at: now.time) }
            let task = find(&state.memory)
            var key: CallerKey?
            let actions = state.memory.with(task, at: now) { known in
                let actions = event(known)
                key = known.callerKey
                for case .answer(let number, _) in actions { replies.append(known.takeReply(number)) }
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
            if case .answer(_, let result) = action {
                replies[answered]?.reply(result, ending?.call)
                answered += 1
            } else {
                carryOut(action, task, served, key)
            }
        }
        if let wake {
            timekeeper.wake(at: wake) { [weak self] in self?.wake(task, at: wake) }
        }
        return task
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

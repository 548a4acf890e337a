package import Logging
package import Providers
internal import Synchronization
package import TaskModel
package import Upstream

/// The gateway's calls: each question goes to the machine of its task, and what the machine wants done is done here.
///
/// The state stands under one lock that is held for the machine's decision only, never while something is sent,
/// answered or logged.
package final class TaskGateway: TaskAnswering {
    package typealias Reply = @Sendable (Result<TaskAnswer, GatewayError>) -> Void

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
        var health: [String: ProviderHealth] = [:]
        /// Which oddities were logged already, each once.
        var logged: Set<String> = []
    }

    let catalog: ProviderCatalog
    let transport: any UpstreamTransport
    let timekeeper: any Timekeeper
    let logger: Logger
    let state: Mutex<State>
    private let lastNumber = Atomic<UInt64>(0)

    package init(
        catalog: ProviderCatalog,
        transport: any UpstreamTransport,
        timekeeper: any Timekeeper,
        memory: MemoryLimits = MemoryLimits(),
        logger: Logger
    ) {
        self.catalog = catalog
        self.transport = transport
        self.timekeeper = timekeeper
        self.logger = logger
        state = Mutex(State(memory: TaskMemory(tasks: memory.tasks, bytes: memory.bytes)))
    }

    package func locate(_ text: String, provider: String?) throws(GatewayError) -> TaskID {
        try catalog.locate(text, provider: provider)
    }

    @discardableResult
    package func ask(_ question: TaskQuestion, reply: @escaping Reply) -> TaskTicket {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let ticket = TaskTicket(task: question.task, number: number)
        let provider: Provider
        do throws(GatewayError) {
            provider = try catalog.provider(named: question.task.provider)
            if let operation = question.kind.operation, !provider.definition.can(operation) {
                throw provider.unsupported(operation)
            }
        } catch {
            reply(.failure(error))
            return ticket
        }
        let now = timekeeper.now()
        handle(question.task, provider, at: now, from: PendingReply(number: number, reply: reply)) {
            $0.asked(question, number: number, at: now)
        }
        return ticket
    }

    package func forget(_ ticket: TaskTicket) {
        let now = timekeeper.now()
        state.withLock { state in
            guard let known = state.memory.known(ticket.task), known.takeReply(ticket.number) != nil else { return }
            state.memory.with(ticket.task, known.machine.policy, at: now) { $0.machine.left(number: ticket.number) }
        }
    }

    package func providers() -> [ProviderReport] {
        let health = state.withLock { $0.health }
        return catalog.entries.map { ProviderReport($0, health[$0.name] ?? ProviderHealth()) }
    }

    // MARK: - Machines

    /// How a call to a provider ended.
    struct Ending {
        /// Nil where it ended well.
        let error: GatewayError?
    }

    /// Lets the machine of a task decide, and does what it decided; `ending` is of the call that brought the event.
    func handle(
        _ task: TaskID,
        _ provider: Provider,
        at now: Moment,
        after ending: Ending? = nil,
        from caller: PendingReply? = nil,
        _ event: (inout TaskMachine) -> [TaskMachine.Action]
    ) {
        var wake: Duration?
        var replies: [PendingReply?] = []
        var actions: [TaskMachine.Action] = []
        state.withLock { state in
            if let ending {
                state.health[provider.name, default: ProviderHealth()].ended(with: ending.error, at: now.time)
            }
            state.memory.with(task, TaskPolicy(provider), at: now) { known in
                if let caller { known.replies.append(caller) }
                actions = event(&known.machine)
                replies = actions.map { action in
                    guard case .answer(let number, _) = action else { return nil }
                    return known.takeReply(number)
                }
                if let nextWake = known.machine.nextWake, known.wakeAt.map({ nextWake < $0 }) ?? true {
                    known.wakeAt = nextWake
                    wake = nextWake
                }
            }
        }
        for (action, pending) in zip(actions, replies) {
            if case .answer(_, let result) = action {
                pending?.reply(result)
            } else {
                carryOut(action, task, provider)
            }
        }
        if let wake {
            timekeeper.wake(at: wake) { [weak self] in self?.wake(task, provider, at: wake) }
        }
    }

    private func wake(_ task: TaskID, _ provider: Provider, at uptime: Duration) {
        let isKnown = state.withLock { state in
            guard let known = state.memory.known(task) else { return false }
            if known.wakeAt == uptime { known.wakeAt = nil }
            return true
        }
        // Nobody waits for what was forgotten.
        guard isKnown else { return }
        let now = timekeeper.now()
        handle(task, provider, at: now) { $0.woken(at: now) }
    }
}

extension TaskQuestion.Kind {
    /// The operation without which the question makes no sense, beside reading the status.
    fileprivate var operation: Operation? {
        switch self {
        case .status: nil
        case .cancel: .cancel
        case .rename: .rename
        }
    }
}

extension ProviderReport {
    fileprivate init(_ entry: ProviderCatalog.Entry, _ health: ProviderHealth) {
        let definition = entry.definition
        let state: State = entry.provider == nil ? .off : health.isDegraded ? .degraded : .on
        let degradation = health.lastFailureCode.map {
            "the last \(health.failuresInARow) calls failed, the latest with \($0.rawValue)"
        }
        self.init(
            name: entry.name,
            definition: definition.name,
            title: definition.title,
            documentation: definition.documentation,
            origin: entry.provider?.origin ?? "",
            state: state,
            detail: state == .off ? entry.offReason : state == .degraded ? degradation : nil,
            cancelConfirmation: definition.cancelRules.map { $0.belief == .final ? .immediate : .byStatus },
            cancelFrom: definition.cancelRules?.from ?? [],
            canRename: definition.can(.rename),
            idParts: definition.partNames,
            idExample: "\(entry.name):\(definition.exampleID)",
            minimumInterval: entry.provider?.poll.minimum ?? definition.poll.minimum
        )
        calls = health.calls
        failures = health.failures
        lastSuccessAt = health.lastSuccessAt
        lastFailureAt = health.lastFailureAt
        lastFailureCode = health.lastFailureCode
    }
}

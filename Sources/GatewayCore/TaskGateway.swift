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
        var replies: [UInt64: Reply] = [:]
        var lastNumber: UInt64 = 0
        var health: [String: ProviderHealth] = [:]
        /// When each task is woken next, so that no timer is set twice.
        var wakes: [TaskID: Duration] = [:]
        /// Which oddities were logged already, each once.
        var logged: Set<String> = []
    }

    let catalog: ProviderCatalog
    let transport: any UpstreamTransport
    let timekeeper: any Timekeeper
    let logger: Logger
    let state: Mutex<State>

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
        let number = state.withLock { state in
            state.lastNumber += 1
            state.replies[state.lastNumber] = reply
            return state.lastNumber
        }
        let ticket = TaskTicket(task: question.task, number: number)
        let provider: Provider
        do throws(GatewayError) {
            provider = try catalog.provider(named: question.task.provider)
            if let operation = question.kind.operation, !provider.definition.can(operation) {
                throw provider.unsupported(operation)
            }
        } catch {
            state.withLock { $0.replies[number] = nil }
            reply(.failure(error))
            return ticket
        }
        handle(question.task, provider) { $0.asked(question, number: number, at: $1) }
        return ticket
    }

    package func forget(_ ticket: TaskTicket) {
        state.withLock { state in
            guard state.replies.removeValue(forKey: ticket.number) != nil,
                let provider = try? catalog.provider(named: ticket.task.provider)
            else { return }
            state.memory.with(ticket.task, TaskPolicy(provider), at: timekeeper.now()) {
                $0.left(number: ticket.number)
            }
        }
    }

    package func providers() -> [ProviderReport] {
        let health = state.withLock { $0.health }
        return catalog.entries.map { ProviderReport($0, health[$0.name] ?? ProviderHealth()) }
    }

    // MARK: - Machines

    /// Lets the machine of a task decide, and does what it decided.
    func handle(
        _ task: TaskID,
        _ provider: Provider,
        _ event: (inout TaskMachine, Moment) -> [TaskMachine.Action]
    ) {
        let now = timekeeper.now()
        var wake: Duration?
        var replies: [(Reply, Result<TaskAnswer, GatewayError>)] = []
        var calls: [TaskMachine.Action] = []
        state.withLock { state in
            let (actions, nextWake) = state.memory.with(task, TaskPolicy(provider), at: now) { machine in
                (event(&machine, now), machine.nextWake)
            }
            for action in actions {
                guard case .answer(let number, let result) = action else {
                    calls.append(action)
                    continue
                }
                if let reply = state.replies.removeValue(forKey: number) { replies.append((reply, result)) }
            }
            if let nextWake, state.wakes[task].map({ nextWake < $0 }) ?? true {
                state.wakes[task] = nextWake
                wake = nextWake
            }
        }
        for (reply, result) in replies { reply(result) }
        for call in calls { carryOut(call, task, provider) }
        if let wake {
            timekeeper.wake(at: wake) { [weak self] in self?.wake(task, provider, at: wake) }
        }
    }

    private func wake(_ task: TaskID, _ provider: Provider, at uptime: Duration) {
        state.withLock { if $0.wakes[task] == uptime { $0.wakes[task] = nil } }
        handle(task, provider) { $0.woken(at: $1) }
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

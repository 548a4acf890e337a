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
        /// Which oddities were logged already, each once.
        var logged: Set<String> = []
    }

    let catalog: ProviderCatalog
    let transport: any UpstreamTransport
    let timekeeper: any Timekeeper
    let randomness: @Sendable () -> UInt64
    let logger: Logger
    let state: Mutex<State>
    /// Takes what is asked and sent to change something; it must not block.
    private let audit: @Sendable (AuditEntry) -> Void
    let served: [String: ServedProvider]
    private let lastNumber = Atomic<UInt64>(0)

    package init(
        catalog: ProviderCatalog,
        transport: any UpstreamTransport,
        timekeeper: any Timekeeper,
        memory: MemoryLimits = MemoryLimits(),
        limits: [String: ProviderLimits] = [:],
        randomness: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        logger: Logger,
        audit: @escaping @Sendable (AuditEntry) -> Void = { _ in }
    ) {
        self.audit = audit
        self.catalog = catalog
        self.transport = transport
        self.timekeeper = timekeeper
        self.randomness = randomness
        self.logger = logger
        served = Dictionary(
            uniqueKeysWithValues: catalog.entries.compactMap(\.provider).map {
                ($0.name, ServedProvider($0, limits[$0.name] ?? ProviderLimits(), timekeeper))
            }
        )
        state = Mutex(State(memory: TaskMemory(tasks: memory.tasks, bytes: memory.bytes)))
    }

    package func locate(
        _ text: String,
        provider: String?,
        among allowed: Set<String>? = nil
    ) throws(GatewayError) -> TaskID {
        try catalog.locate(text, provider: provider, among: allowed)
    }

    @discardableResult
    package func ask(_ question: TaskQuestion, reply: @escaping Reply) -> TaskTicket {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let ticket = TaskTicket(task: question.task, number: number)
        let pending = PendingReply(question, number: number, reply: reply)
        guard let served = served[question.task.provider] else {
            tell(pending, .failure(refusal(of: question.task.provider)), question.task, nil, timekeeper.now())
            return ticket
        }
        if let operation = question.kind.operation, !served.provider.definition.can(operation) {
            tell(pending, .failure(served.provider.unsupported(operation)), question.task, served, timekeeper.now())
            return ticket
        }
        let now = timekeeper.now()
        decide(
            served,
            at: now,
            about: { $0.task(question.task, served.policy) },
            { known in
                known.replies.append(pending)
                return known.machine.asked(question, number: number, at: now)
            }
        )
        return ticket
    }

    /// Why a provider is not served.
    private func refusal(of name: String) -> GatewayError {
        do throws(GatewayError) {
            _ = try catalog.provider(named: name)
            return GatewayError(.internalError, "The provider \(name) is configured, and is not served.")
        } catch {
            return error
        }
    }

    package func forget(_ ticket: TaskTicket) {
        let now = timekeeper.now()
        let left = state.withLock { state -> PendingReply? in
            guard let known = state.memory.known(ticket.task), let reply = known.takeReply(ticket.number) else {
                return nil
            }
            state.memory.with(known, at: now) { $0.machine.left(number: ticket.number) }
            return reply
        }
        if let (change, client, requestID) = left?.audit {
            note(change, of: ticket.task, .asked(client: client, requestID: requestID, .left), now)
        }
    }

    package func providers() -> [ProviderReport] {
        let health = state.withLock { _ in served.mapValues(\.health) }
        let now = timekeeper.now()
        return catalog.entries.map { entry in
            var report = ProviderReport(entry, health[entry.name] ?? ProviderHealth())
            if let door = served[entry.name]?.door { report.take(door.standing(at: now), at: now) }
            return report
        }
    }

    // MARK: - Machines

    /// Something happened to a task that is remembered: lets its machine decide, and does what it decided.
    func handle(
        _ task: RememberedTask,
        _ served: ServedProvider,
        at now: Moment,
        after ending: Ending? = nil,
        _ event: (inout TaskMachine) -> [TaskMachine.Action]
    ) {
        decide(served, at: now, after: ending, about: { _ in task }, { event(&$0.machine) })
    }

    /// How a call to a provider ended.
    struct Ending {
        /// Nil where it ended well.
        let error: GatewayError?
    }

    private func decide(
        _ served: ServedProvider,
        at now: Moment,
        after ending: Ending? = nil,
        about find: (inout TaskMemory) -> RememberedTask,
        _ event: (RememberedTask) -> [TaskMachine.Action]
    ) {
        var wake: Duration?
        // Of those whom the actions answer, in that order.
        var replies: [PendingReply?] = []
        let (task, actions) = state.withLock { state in
            if let ending { served.health.ended(with: ending.error, at: now.time) }
            let task = find(&state.memory)
            let actions = state.memory.with(task, at: now) { known in
                let actions = event(known)
                for case .answer(let number, _) in actions { replies.append(known.takeReply(number)) }
                if let nextWake = known.look({ $0.nextWake }), known.wakeAt.map({ nextWake < $0 }) ?? true {
                    known.wakeAt = nextWake
                    wake = nextWake
                }
                return actions
            }
            return (task, actions)
        }
        var answered = 0
        for action in actions {
            if case .answer(_, let result) = action {
                if let reply = replies[answered] { tell(reply, result, task.id, served, now) }
                answered += 1
            } else {
                carryOut(action, task, served)
            }
        }
        if let wake {
            timekeeper.wake(at: wake) { [weak self] in self?.wake(task, served, at: wake) }
        }
    }

    /// Answers a caller, and notes what it was told of what it wanted to change.
    private func tell(
        _ pending: PendingReply,
        _ result: Result<TaskAnswer, GatewayError>,
        _ task: TaskID,
        _ served: ServedProvider?,
        _ now: Moment
    ) {
        pending.reply(result)
        guard let (change, client, requestID) = pending.audit else { return }
        let outcome: AuditEntry.AskOutcome
        switch result {
        case .success(let answer):
            var state: CancelState?
            if case .cancel = change { state = answer.snapshot.cancel?.state }
            if let state { served?.metrics.cancelAnswered(state) }
            outcome = .answered(state)
        case .failure(let error):
            if case .cancel = change { served?.metrics.cancelAnswered(.failed) }
            outcome = .refused(error.code)
        }
        note(change, of: task, .asked(client: client, requestID: requestID, outcome), now)
    }

    func note(_ change: AuditEntry.Change, of task: TaskID, _ event: AuditEntry.Event, _ now: Moment) {
        audit(AuditEntry(time: now.time, task: task, change: change, event: event))
    }

    private func wake(_ task: RememberedTask, _ served: ServedProvider, at uptime: Duration) {
        let isRemembered = state.withLock { _ in
            if task.wakeAt == uptime { task.wakeAt = nil }
            return task.isRemembered
        }
        // Nobody waits for what was forgotten.
        guard isRemembered else { return }
        let now = timekeeper.now()
        handle(task, served, at: now) { $0.woken(at: now) }
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
    fileprivate mutating func take(_ standing: ProviderDoor.Standing, at now: Moment) {
        callsUnderWay = standing.callsUnderWay
        callsWaiting = standing.callsWaiting
        var retryUptime = standing.pause?.until
        switch standing.circuit {
        case .closed: circuit = .closed
        case .open(let until):
            circuit = until <= now.uptime ? .halfOpen : .open
            if until > now.uptime { retryUptime = max(retryUptime ?? until, until) }
        case .trying: circuit = .halfOpen
        }
        retryAt = retryUptime.map { retryUptime in
            let left = (retryUptime - now.uptime).nanoseconds / 1_000_000
            return Timestamp(millisecondsSinceEpoch: now.time.millisecondsSinceEpoch + left)
        }
        guard circuit != .closed else { return }
        state = .degraded
        detail =
            "too many of its calls failed, and it is left alone until one that tries it works"
            + (lastFailureCode.map { "; the latest failed with \($0.rawValue)" } ?? "")
    }

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

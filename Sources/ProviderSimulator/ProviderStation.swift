internal import Synchronization

/// One simulated provider: what it knows, whom it lets in, what is to go wrong, and what it was asked.
final class ProviderStation: SimulatorResponder {
    let provider: SimulatedProvider
    let clock: SimulatorClock
    var simulates: SimulatedProvider? { provider }
    private let dialect: any ProviderDialect
    private let state: Mutex<State>

    struct State {
        var memory: ProviderMemory
        var faults: [SimulatedFaultRule] = []
        var log: RequestLog
        var keysSeen: Set<String> = []
        var acceptedKeys: Set<String>?
        var quirks: SimulatorQuirks

        /// Not more keys than a test can mean, for whoever sends another one each time.
        mutating func note(_ key: String) {
            if keysSeen.count < 10_000 { keysSeen.insert(key) }
        }

        /// The fault that the request runs into, used up by one.
        mutating func fault(for request: SimulatedRequest) -> SimulatedFault? {
            guard let index = faults.firstIndex(where: { $0.befalls(request) }) else { return nil }
            let fault = faults[index].fault
            if let times = faults[index].times {
                faults[index].times = times - 1
                if times <= 1 { faults.remove(at: index) }
            }
            return fault
        }
    }

    init(_ provider: SimulatedProvider, settings: SimulatorSettings) {
        self.provider = provider
        clock = settings.clock
        let dialect = provider.dialect
        self.dialect = dialect
        // Each provider draws its own identifiers, the same ones in every run.
        let seed = provider.rawValue.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
        let memory = ProviderMemory(
            provider: provider,
            vocabulary: dialect.vocabulary,
            identifiers: IdentifierSource(seed: seed)
        )
        state = Mutex(
            State(
                memory: memory,
                log: RequestLog(limit: settings.remembers),
                acceptedKeys: settings.keys[provider],
                quirks: settings.quirks
            )
        )
    }

    func respond(to request: SimulatedRequest) -> SimulatedDelivery {
        var request = request
        (request.operation, request.taskID) = dialect.route(request)
        let key = dialect.key(of: request)
        let now = clock.now
        return state.withLock { state in
            state.log.record(request)
            state.memory.counts.count(request.operation)
            // A key is noted wherever it came, also in a header that this provider does not read.
            if let token = request.bearerToken ?? request.header("Authorization") { state.note(token) }
            if let token = request.header("x-api-key") { state.note(token) }

            let fault = state.fault(for: request)
            if let fault, !fault.comesAfterEffect { return .fault(fault, nil) }
            var answer: SimulatedAnswer
            let isAccepted = state.acceptedKeys.map { keys in key.map(keys.contains) ?? false } ?? dialect.admits(key)
            if isAccepted {
                let call = SimulatedCall(request: request, key: key, now: now, quirks: state.quirks)
                answer = dialect.answer(call, in: &state.memory)
            } else {
                answer = dialect.refusal()
            }
            return fault.map { .fault($0, answer) } ?? .answer(answer)
        }
    }

    func withState<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}

// MARK: - Tasks

extension ProviderStation {
    func addTask(
        id: String?,
        script: SimulatedScript,
        owner: String?,
        age: Duration,
        shows: String,
        adjust: (inout SimulatedTask) -> Void = { _ in }
    ) -> String {
        let createdAt = clock.now - age
        return state.withLock { state in
            let id = id ?? dialect.makeIdentifier(at: createdAt, from: &state.memory.identifiers)
            var task = SimulatedTask(
                id: id,
                owner: owner,
                script: script,
                createdAt: createdAt,
                shows: shows,
                vocabulary: dialect.vocabulary
            )
            adjust(&task)
            state.memory.add(task)
            return id
        }
    }

    /// Changes a task; false if there is none of this id.
    func withTask(_ id: String, _ change: (inout SimulatedTask) -> Void) -> Bool {
        state.withLock { state in
            guard var task = state.memory.tasks[id] else { return false }
            change(&task)
            state.memory.tasks[id] = task
            return true
        }
    }

    var summaries: [SimulatedTaskSummary] {
        let now = clock.now
        return state.withLock { state in
            state.memory.order.compactMap { id in
                guard let task = state.memory.tasks[id] else { return nil }
                return SimulatedTaskSummary(
                    provider: provider,
                    id: id,
                    state: task.state(at: now),
                    shows: task.shows
                )
            }
        }
    }
}

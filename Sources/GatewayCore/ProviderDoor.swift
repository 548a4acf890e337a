internal import Providers
internal import Synchronization

/// Who may call one provider, for many threads: the gate under a lock, with what those who wait will do.
final class ProviderDoor: Sendable {
    /// What became of one who waited.
    enum Turn: Sendable {
        /// It is this call's turn; it must be reported as ended.
        case go(call: UInt64)
        case refused(ProviderGate.Refusal)
    }

    /// What becomes of a call at once.
    enum Entry: Sendable {
        case go(call: UInt64)
        case refused(ProviderGate.Refusal)
        /// It is told later.
        case waits
    }

    fileprivate struct State: Sendable {
        var gate: ProviderGate
        var budget = RetryBudget()
        var lastCall: UInt64 = 0
        var waiting: [UInt64: @Sendable (Turn, Moment) -> Void] = [:]
        /// When it is woken next, so that no timer is set twice.
        var wakeAt: Duration?
    }

    private let state: Mutex<State>
    private let timekeeper: any Timekeeper
    private let repeatsReads: Bool

    init(_ limits: ProviderLimits, _ timekeeper: any Timekeeper) {
        self.timekeeper = timekeeper
        repeatsReads = limits.repeatsReads
        state = Mutex(State(gate: ProviderGate(limits, at: timekeeper.now().uptime)))
    }

    /// A call wants to be sent; `later` makes what runs when a call that waits gets its turn.
    func enter(
        isCancel: Bool,
        at now: Moment,
        later: () -> @Sendable (Turn, Moment) -> Void
    ) -> Entry {
        let (entry, wake) = state.withLock { state -> (Entry, Duration?) in
            state.lastCall += 1
            let call = state.lastCall
            switch state.gate.enter(call, isCancel: isCancel, at: now.uptime) {
            case .go: return (.go(call: call), nil)
            case .refused(let why): return (.refused(why), nil)
            case .wait:
                state.waiting[call] = later()
                return (.waits, state.nextWake(now.uptime))
            }
        }
        set(wake)
        return entry
    }

    /// A call that was sent ended; `isFailure` by connection, by time or with a 5xx, nil where that is not known.
    func ended(_ call: UInt64, isFailure: Bool?, at now: Moment) {
        turn(now) { $0.ended(call, isFailure: isFailure, at: now.uptime) }
    }

    /// The provider asks to be left alone; cancels are sent all the same.
    func pause(until uptime: Duration) {
        state.withLock { $0.gate.pause(until: uptime) }
    }

    /// Notes a call that is made for the first time.
    func earnRetry() { state.withLock { $0.budget.earned() } }

    /// Whether one more call may be made again.
    func spendRetry() -> Bool { repeatsReads && state.withLock { $0.budget.spend() } }

    /// How it stands, for reports.
    func report() -> (breaker: CircuitBreaker, callsUnderWay: Int, waiting: Int) {
        state.withLock { ($0.gate.breaker, $0.gate.callsUnderWay, $0.gate.waitingCount) }
    }

    private func turn(_ now: Moment, _ event: (inout ProviderGate) -> ProviderGate.Turn) {
        let (told, wake) = state.withLock { state -> ([(@Sendable (Turn, Moment) -> Void, Turn)], Duration?) in
            let turn = event(&state.gate)
            var told: [(@Sendable (Turn, Moment) -> Void, Turn)] = []
            for call in turn.started {
                if let body = state.waiting.removeValue(forKey: call) { told.append((body, .go(call: call))) }
            }
            for (call, why) in turn.refused {
                if let body = state.waiting.removeValue(forKey: call) { told.append((body, .refused(why))) }
            }
            return (told, state.nextWake(now.uptime))
        }
        for (body, turn) in told { body(turn, now) }
        set(wake)
    }

    private func set(_ wake: Duration?) {
        guard let wake else { return }
        timekeeper.wake(at: wake) { [weak self] in
            guard let self else { return }
            state.withLock { if $0.wakeAt == wake { $0.wakeAt = nil } }
            let now = timekeeper.now()
            turn(now) { $0.woken(at: now.uptime) }
        }
    }
}

extension ProviderDoor.State {
    /// When a timer must be set that is not set yet.
    fileprivate mutating func nextWake(_ now: Duration) -> Duration? {
        guard let wake = gate.nextWake(now), wakeAt.map({ wake < $0 }) ?? true else { return nil }
        wakeAt = wake
        return wake
    }
}

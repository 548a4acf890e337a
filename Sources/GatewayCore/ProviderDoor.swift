internal import DequeModule
internal import Synchronization

/// Who may call one provider, for many threads: the gate under a lock, with what those who wait will do.
///
/// The lock is held for the gate's decision only, never while a call is sent or somebody is answered.
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
        case waits(call: UInt64)
    }

    /// What changed for a provider, for the log.
    enum Change: Sendable, Hashable {
        case opened
        case closed
        /// It asked to be left alone.
        case paused
    }

    /// How it stands, for reports.
    struct Standing: Sendable {
        let circuit: CircuitBreaker.State
        let pause: ProviderGate.Pause?
        let callsUnderWay: Int
        let callsWaiting: Int
    }

    typealias Body = @Sendable (Turn, Moment) -> Void

    fileprivate struct State: Sendable {
        var gate: ProviderGate
        var budget = RetryBudget()
        var lastCall: UInt64 = 0
        var waiting: [UInt64: Body] = [:]
        /// Those whose turn it is, and whom nobody has told yet.
        var untold: Deque<(body: Body, turn: Turn)> = []
        /// Whether a thread is telling them: what it tells may end a call, and so bring the next ones their turn.
        var isTelling = false
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

    /// A call wants to be sent; `later`, asked only where it must wait, makes what runs when it gets its turn.
    func enter(isUrgent: Bool, at now: Moment, later: () -> Body) -> Entry {
        let (entry, wake) = state.withLock { state -> (Entry, Duration?) in
            state.lastCall += 1
            let call = state.lastCall
            switch state.gate.enter(call, isUrgent: isUrgent, at: now.uptime) {
            case .go: return (.go(call: call), nil)
            case .refused(let why): return (.refused(why), nil)
            case .wait:
                state.waiting[call] = later()
                return (.waits(call: call), state.nextWake(now.uptime))
            }
        }
        set(wake)
        return entry
    }

    /// A call that was sent ended; `isFailure` by connection, by time or with a 5xx, nil where that is not known.
    ///
    /// Returns what that changed.
    @discardableResult
    func ended(
        _ call: UInt64,
        isFailure: Bool?,
        wish: ProviderGate.Pause? = nil,
        isRepeated: Bool = false,
        at now: Moment
    ) -> Change? {
        var change: Change?
        turn(now) { state in
            if wish != nil, state.gate.pause(at: now.uptime) == nil { change = .paused }
            let wasClosed = state.gate.breaker.state == .closed
            if !isRepeated { state.budget.earned() }
            let turn = state.gate.ended(call, isFailure: isFailure, wish: wish, at: now.uptime)
            let isClosed = state.gate.breaker.state == .closed
            if wasClosed != isClosed { change = isClosed ? .closed : .opened }
            return turn
        }
        return change
    }

    /// The provider asks to be left alone; what cancels need is sent all the same.
    ///
    /// Returns what that changed.
    func pause(_ wish: ProviderGate.Pause, at now: Moment) -> Change? {
        var change: Change?
        turn(now) { state in
            if state.gate.pause(at: now.uptime) == nil { change = .paused }
            return state.gate.pause(wish, at: now.uptime)
        }
        return change
    }

    /// A cancel needs a call that may still wait.
    func hurry(_ call: UInt64) {
        state.withLock { $0.gate.hurry(call) }
    }

    /// Whether one more call may be made again; not while the provider is being left alone.
    func spendRetry() -> Bool {
        repeatsReads && state.withLock { $0.gate.breaker.state == .closed && $0.budget.spend() }
    }

    func standing(at now: Moment) -> Standing {
        state.withLock { state in
            Standing(
                circuit: state.gate.breaker.state,
                pause: state.gate.pause(at: now.uptime),
                callsUnderWay: state.gate.callsUnderWay,
                callsWaiting: state.gate.waitingCount
            )
        }
    }

    /// Lets something happen at the gate, and tells those who waited what became of them.
    ///
    /// One thread tells all: whoever brings others their turn while it does leaves them to it. So a thousand calls
    /// that end as soon as they are sent need no thousand calls within each other.
    private func turn(_ now: Moment, _ event: (inout State) -> ProviderGate.Turn) {
        let (tells, wake) = state.withLock { state -> (Bool, Duration?) in
            let turn = event(&state)
            state.take(turn)
            let tells = !state.isTelling && !state.untold.isEmpty
            if tells { state.isTelling = true }
            return (tells, state.nextWake(now.uptime))
        }
        set(wake)
        guard tells else { return }
        while let (body, turn) = state.withLock({ $0.nextUntold() }) { body(turn, now) }
    }

    private func set(_ wake: Duration?) {
        guard let wake else { return }
        timekeeper.wake(at: wake) { [weak self] in
            guard let self else { return }
            let now = timekeeper.now()
            turn(now) { state in
                if state.wakeAt == wake { state.wakeAt = nil }
                return state.gate.woken(at: now.uptime)
            }
        }
    }
}

extension ProviderDoor.State {
    fileprivate mutating func take(_ turn: ProviderGate.Turn) {
        for call in turn.started {
            if let body = waiting.removeValue(forKey: call) { untold.append((body, .go(call: call))) }
        }
        for (call, why) in turn.refused {
            if let body = waiting.removeValue(forKey: call) { untold.append((body, .refused(why))) }
        }
    }

    fileprivate mutating func nextUntold() -> (body: ProviderDoor.Body, turn: ProviderDoor.Turn)? {
        let next = untold.popFirst()
        if next == nil { isTelling = false }
        return next
    }

    /// When a timer must be set that is not set yet.
    ///
    /// One that is a moment later will do: nearly equal times come of a rate that does not divide a second.
    fileprivate mutating func nextWake(_ now: Duration) -> Duration? {
        guard let wake = gate.nextWake(now), wakeAt.map({ wake + .milliseconds(1) < $0 }) ?? true else { return nil }
        wakeAt = wake
        return wake
    }
}

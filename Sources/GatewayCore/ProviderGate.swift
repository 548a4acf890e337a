internal import DequeModule
package import TaskModel

/// How much of itself a provider may be asked to give, and how much of the gateway it may take.
package struct ProviderLimits: Sendable, Hashable {
    /// Calls under way at a time.
    package var calls: Int
    /// Calls that wait at a time, for one of those places or for the rate.
    package var waiting: Int
    /// The longest that a call waits for its place.
    package var waitingTime: Duration
    /// Nil sends as many as there are.
    package var rate: CallRate?
    package var breaker: BreakerRules
    /// Whether a status read that failed in a way that may pass is made once more.
    package var repeatsReads: Bool

    package init(
        calls: Int = 8_192,
        waiting: Int = 8_192,
        waitingTime: Duration = .seconds(10),
        rate: CallRate? = nil,
        breaker: BreakerRules = BreakerRules(),
        repeatsReads: Bool = true
    ) {
        self.calls = calls
        self.waiting = waiting
        self.waitingTime = waitingTime
        self.rate = rate
        self.breaker = breaker
        self.repeatsReads = repeatsReads
    }
}

/// The door to one provider: who may call now, who waits, and who is turned away.
///
/// What is slow or dead at one provider fills its own places and no others'. A value without a clock or I/O: calls are
/// numbers, instants are passed in, and whoever holds it starts the calls that it names.
struct ProviderGate: Sendable {
    enum Admission: Sendable, Hashable {
        /// Send it now.
        case go
        /// It is named later, by `ended` or `woken`.
        case wait
        case refused(Refusal)
    }

    enum Refusal: Sendable, Hashable {
        /// The provider asked to be left alone.
        case paused(Pause)
        /// The provider fails; it is tried again at this uptime.
        case circuitOpen(retryAt: Duration)
        /// As many wait as may.
        case full
        /// It waited as long as it may.
        case waitedTooLong
    }

    /// A time for which the provider asked to be left alone.
    struct Pause: Sendable, Hashable {
        let until: Duration
        /// What it answered when it asked.
        let code: ErrorCode
    }

    /// What becomes of those who waited.
    struct Turn: Sendable {
        var started: [UInt64] = []
        var refused: [(call: UInt64, why: Refusal)] = []
    }

    private struct Waiting: Sendable {
        let call: UInt64
        let until: Duration
    }

    let limits: ProviderLimits
    private(set) var breaker: CircuitBreaker
    private var bucket: TokenBucket?
    private(set) var callsUnderWay = 0
    private var pause: Pause?
    /// Those go before all others.
    private var urgent: Deque<Waiting> = []
    private var others: Deque<Waiting> = []

    init(_ limits: ProviderLimits, at now: Duration) {
        self.limits = limits
        breaker = CircuitBreaker(limits.breaker)
        bucket = limits.rate.map { TokenBucket($0, at: now) }
    }

    var waitingCount: Int { urgent.count + others.count }

    /// Until when the provider wants to be left alone, while that time is not over.
    func pause(at now: Duration) -> Pause? { pause.flatMap { now < $0.until ? $0 : nil } }

    /// A call wants to be sent; `isUrgent` where a cancel waits for it, which goes before all others and in a pause too.
    mutating func enter(_ call: UInt64, isUrgent: Bool, at now: Duration) -> Admission {
        if !isUrgent, let pause = pause(at: now) { return .refused(.paused(pause)) }
        // The trial keeps to the rate.
        if breaker.isTrialDue(now), let wait = bucket?.wait(at: now), wait > .zero {
            return .refused(.circuitOpen(retryAt: now + wait))
        }
        switch breaker.admits(call, at: now) {
        case .no(let retryAt): return .refused(.circuitOpen(retryAt: retryAt))
        case .asTrial:
            // It goes whatever is under way: places that calls without an answer hold must not keep the circuit open.
            _ = takeToken(now)
            callsUnderWay += 1
            return .go
        case .yes: break
        }
        let isFirst = isUrgent ? urgent.isEmpty : waitingCount == 0
        if isFirst, callsUnderWay < limits.calls, takeToken(now) {
            callsUnderWay += 1
            return .go
        }
        guard waitingCount < limits.waiting else { return .refused(.full) }
        let waiting = Waiting(call: call, until: now + limits.waitingTime)
        if isUrgent { urgent.append(waiting) } else { others.append(waiting) }
        return .wait
    }

    /// A cancel needs a call that waits, if it still does: it goes before those that no cancel waits for.
    mutating func hurry(_ call: UInt64) {
        guard let index = others.firstIndex(where: { $0.call == call }) else { return }
        let waiting = others.remove(at: index)
        urgent.insert(waiting, at: urgent.firstIndex { waiting.until < $0.until } ?? urgent.count)
    }

    /// The provider asks to be left alone: polls are refused meanwhile, those that wait too.
    ///
    /// What a cancel needs is not: it is a call or two, and stopping a task is worth trying. A wish does not shorten
    /// an earlier one.
    mutating func pause(_ wish: Pause, at now: Duration) -> Turn {
        obey(wish) ? woken(at: now) : Turn()
    }

    private mutating func obey(_ wish: Pause) -> Bool {
        guard wish.until >= (pause?.until ?? .zero) else { return false }
        pause = wish
        return true
    }

    /// A call that was sent ended; `isFailure` as the breaker wants it, `wish` if its answer says so.
    mutating func ended(_ call: UInt64, isFailure: Bool?, wish: Pause? = nil, at now: Duration) -> Turn {
        callsUnderWay -= 1
        if let wish { _ = obey(wish) }
        breaker.ended(call, isFailure: isFailure, at: now)
        return woken(at: now)
    }

    /// The time that `nextWake` named has come, or a place is free.
    mutating func woken(at now: Duration) -> Turn {
        guard waitingCount > 0 else { return Turn() }
        var turn = Turn()
        if let retryAt = breaker.retryAt(now) {
            refuse(&urgent, .circuitOpen(retryAt: retryAt), &turn)
            refuse(&others, .circuitOpen(retryAt: retryAt), &turn)
            return turn
        }
        if let pause = pause(at: now) { refuse(&others, .paused(pause), &turn) }
        refuseOverdue(&urgent, now, &turn)
        refuseOverdue(&others, now, &turn)
        while callsUnderWay < limits.calls, waitingCount > 0, takeToken(now) {
            guard let next = urgent.popFirst() ?? others.popFirst() else { break }
            callsUnderWay += 1
            turn.started.append(next.call)
        }
        return turn
    }

    /// When `woken` is due; nil while nobody waits.
    func nextWake(_ now: Duration) -> Duration? {
        guard let overdue = [urgent.first, others.first].compactMap({ $0?.until }).min() else { return nil }
        guard callsUnderWay < limits.calls, let bucket else { return overdue }
        return min(overdue, now + bucket.wait(at: now))
    }

    /// All wait equally long, so the first are overdue first.
    private func refuseOverdue(_ queue: inout Deque<Waiting>, _ now: Duration, _ turn: inout Turn) {
        while let first = queue.first, first.until <= now {
            turn.refused.append((first.call, .waitedTooLong))
            queue.removeFirst()
        }
    }

    private func refuse(_ queue: inout Deque<Waiting>, _ refusal: Refusal, _ turn: inout Turn) {
        for waiting in queue { turn.refused.append((waiting.call, refusal)) }
        queue.removeAll()
    }

    private mutating func takeToken(_ now: Duration) -> Bool {
        bucket?.take(at: now) ?? true
    }
}

internal import DequeModule
internal import TaskModel

/// How much of itself a provider may be asked to give, and how much of the gateway it may take.
package struct ProviderLimits: Sendable, Hashable {
    /// Calls under way at a time.
    package var calls: Int
    /// Calls that wait for one of those places, or for the rate, at a time.
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
        /// The provider asked to be left alone until this uptime.
        case paused(until: Duration)
        /// The provider fails; it is tried again at this uptime.
        case circuitOpen(retryAt: Duration)
        /// As many wait as may.
        case full
        /// It waited as long as it may.
        case waitedTooLong
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
    /// Cancels go before everything else.
    private var pausedUntil: Duration?
    private var cancels: Deque<Waiting> = []
    private var others: Deque<Waiting> = []

    init(_ limits: ProviderLimits, at now: Duration) {
        self.limits = limits
        breaker = CircuitBreaker(limits.breaker)
        bucket = limits.rate.map { TokenBucket($0, at: now) }
    }

    var waitingCount: Int { cancels.count + others.count }

    /// A call wants to be sent.
    mutating func enter(_ call: UInt64, isCancel: Bool, at now: Duration) -> Admission {
        switch breaker.admits(call, at: now) {
        case .no(let retryAt): return .refused(.circuitOpen(retryAt: retryAt))
        case .asTrial:
            // It goes whatever the limits: places that calls without an answer hold must not keep the circuit open.
            callsUnderWay += 1
            return .go
        case .yes: break
        }
        if !isCancel, let pausedUntil, now < pausedUntil { return .refused(.paused(until: pausedUntil)) }
        let isFirst = isCancel ? cancels.isEmpty : waitingCount == 0
        if isFirst, callsUnderWay < limits.calls, takeToken(now) {
            callsUnderWay += 1
            return .go
        }
        guard waitingCount < limits.waiting else { return .refused(.full) }
        let waiting = Waiting(call: call, until: now + limits.waitingTime)
        if isCancel { cancels.append(waiting) } else { others.append(waiting) }
        return .wait
    }

    /// The provider asks to be left alone until then: polls are refused meanwhile.
    ///
    /// Cancels are not: each is one call, and stopping a task is worth trying.
    mutating func pause(until uptime: Duration) {
        pausedUntil = max(pausedUntil ?? .zero, uptime)
    }

    /// A call that was sent ended; `isFailure` as the breaker wants it.
    mutating func ended(_ call: UInt64, isFailure: Bool?, at now: Duration) -> Turn {
        callsUnderWay -= 1
        breaker.ended(call, isFailure: isFailure, at: now)
        return woken(at: now)
    }

    /// The time that `nextWake` named has come, or a place is free.
    mutating func woken(at now: Duration) -> Turn {
        guard waitingCount > 0 else { return Turn() }
        var turn = Turn()
        if let retryAt = breaker.retryAt(now) {
            refuse(&cancels, .circuitOpen(retryAt: retryAt), &turn)
            refuse(&others, .circuitOpen(retryAt: retryAt), &turn)
            return turn
        }
        refuseOverdue(&cancels, now, &turn)
        refuseOverdue(&others, now, &turn)
        while callsUnderWay < limits.calls, waitingCount > 0, takeToken(now) {
            guard let next = cancels.popFirst() ?? others.popFirst() else { break }
            callsUnderWay += 1
            turn.started.append(next.call)
        }
        return turn
    }

    /// When `woken` is due; nil while nobody waits.
    func nextWake(_ now: Duration) -> Duration? {
        guard let overdue = [cancels.first, others.first].compactMap({ $0?.until }).min() else { return nil }
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

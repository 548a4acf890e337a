internal import TaskModel

/// When a provider is left alone, and when it is tried again.
package struct BreakerRules: Sendable, Hashable {
    /// The time that is looked back over.
    package var window: Duration
    /// Fewer calls than this in the window prove nothing.
    package var leastCalls: Int
    /// The share of failures that opens the circuit, from 0 to 1.
    package var share: Double
    /// How long the circuit stays open before one call is tried.
    package var pause: Duration

    package init(
        window: Duration = .seconds(10),
        leastCalls: Int = 20,
        share: Double = 0.5,
        pause: Duration = .seconds(5)
    ) {
        self.window = window
        self.leastCalls = leastCalls
        self.share = share
        self.pause = pause
    }
}

/// Stops calls to a provider that fails, and finds out with one call at a time whether it is back.
///
/// A value without a clock: instants are passed in as uptimes. Calls are numbers that only grow.
struct CircuitBreaker: Sendable {
    enum State: Sendable, Hashable {
        case closed
        /// Nothing is sent before this; the first call after it is the trial.
        case open(until: Duration)
        /// One call is under way as a trial; nothing else is sent.
        case trying(call: UInt64)
    }

    private let rules: BreakerRules
    private(set) var state = State.closed
    private var slots: [Slot]
    /// Calls before this one were sent before the circuit opened: what comes of them says nothing of now.
    private var firstCall: UInt64 = 0

    /// What happened in one tenth of the window.
    private struct Slot: Sendable {
        /// Counted in tenths of the window since uptime 0; tells a slot that is in use from an old one.
        var number: Int64 = -1
        var calls = 0
        var failures = 0
    }

    private static let slotCount: Int64 = 10

    init(_ rules: BreakerRules) {
        self.rules = rules
        slots = Array(repeating: Slot(), count: Int(Self.slotCount))
    }

    enum Admission: Sendable, Hashable {
        case yes
        /// It is the one call by which the provider is tried.
        case asTrial
        case no(retryAt: Duration)
    }

    /// Whether a call may be sent at once; the first one after the pause becomes the trial.
    mutating func admits(_ call: UInt64, at now: Duration) -> Admission {
        guard let retryAt = retryAt(now) else { return .yes }
        guard isTrialDue(now) else { return .no(retryAt: retryAt) }
        state = .trying(call: call)
        return .asTrial
    }

    /// Whether the next call becomes the trial.
    func isTrialDue(_ now: Duration) -> Bool {
        guard case .open(let until) = state else { return false }
        return until <= now
    }

    /// When it is worth asking again; nil while the circuit is closed.
    func retryAt(_ now: Duration) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let until): until
        // The trial tells soon.
        case .trying: now + .seconds(1)
        }
    }

    /// A call ended; `isFailure` by connection, by time or with a 5xx, nil where it says nothing of the provider.
    mutating func ended(_ call: UInt64, isFailure: Bool?, at now: Duration) {
        if case .trying(call) = state {
            switch isFailure {
            case true?: open(now)
            case false?: close(after: call)
            // The next call is the trial.
            case nil: state = .open(until: now)
            }
            return
        }
        guard case .closed = state, call >= firstCall, let isFailure else { return }
        let slot = slotNumber(now)
        let index = Int(slot % Self.slotCount)
        if slots[index].number != slot { slots[index] = Slot(number: slot) }
        slots[index].calls += 1
        if isFailure {
            slots[index].failures += 1
            if isTooBad(slot) { open(now) }
        }
    }

    private func isTooBad(_ current: Int64) -> Bool {
        var calls = 0
        var failures = 0
        for slot in slots where slot.number > current - Self.slotCount {
            calls += slot.calls
            failures += slot.failures
        }
        return calls >= rules.leastCalls && Double(failures) >= rules.share * Double(calls)
    }

    private mutating func open(_ now: Duration) {
        state = .open(until: now + rules.pause)
    }

    private mutating func close(after trial: UInt64) {
        state = .closed
        firstCall = trial
        for index in slots.indices { slots[index] = Slot() }
    }

    private func slotNumber(_ now: Duration) -> Int64 {
        now.nanoseconds / max(1, rules.window.nanoseconds / Self.slotCount)
    }
}

import Following
import GatewayCore
import Synchronization
import TaskModel
import TaskStorage

/// A task that is followed, with somebody who plays the store and the gateway by hand.
final class Followed {
    static let id = TaskID(provider: "qmail", native: "t1")
    private(set) var now = Moment(time: Timestamp(millisecondsSinceEpoch: 1_800_000_000_000), uptime: .seconds(1000))
    private var machine: FollowedTask
    /// What it wanted since it was asked last.
    private(set) var actions: [FollowedTask.Action] = []
    private let mayCancel: Flag

    /// `mayCancel` is whether clients' watches may still have the task cancelled.
    init(_ kept: KeptTask = KeptTask(id: id, streamedUntil: .max), mayCancel: Bool = true) {
        let numbers = Counter()
        let flag = Flag(mayCancel)
        self.mayCancel = flag
        var rules = FollowingRules(
            cancelHold: .seconds(3600),
            mayCancel: { _, _ in flag.isSet },
            newID: { "evt_\(numbers.next())" },
            randomness: { 0 }
        )
        rules.readsUntilLost = 3
        machine = FollowedTask(kept, rules)
        actions = machine.claimed(kept, at: now)
    }

    /// The configuration is read again, and says otherwise.
    func letCancel(_ mayCancel: Bool) { self.mayCancel.set(mayCancel) }

    func take() -> [FollowedTask.Action] {
        defer { actions = [] }
        return actions
    }

    /// The change that is to be kept now; nil where none is.
    func change() -> TaskChange? {
        for action in take() { if case .save(let change) = action { return change } }
        return nil
    }

    func claimed(_ kept: KeptTask) { actions += machine.claimed(kept, at: now) }

    func read(_ result: Result<TaskAnswer, GatewayError>) { actions += machine.read(result, at: now) }

    func read(_ status: TaskStatus, cancel: CancelRecord? = nil, startedAt: Timestamp? = nil) {
        read(.success(Self.answer(status, at: now, cancel: cancel, startedAt: startedAt)))
    }

    func cancelAnswered(_ result: Result<TaskAnswer, GatewayError>) {
        actions += machine.cancelAnswered(result, at: now)
    }

    func saved(_ saving: FollowedTask.Saving) { actions += machine.saved(saving, at: now) }

    /// Lets time pass, waking at each moment that was asked for.
    func wait(_ duration: Duration) {
        let end = now.uptime + duration
        while let wake = machine.nextWake(at: now), wake <= end {
            move(to: max(wake, now.uptime))
            let before = actions.count
            actions += machine.woken(at: now)
            if actions.count == before || isLeft { break }
        }
        move(to: end)
    }

    private func move(to uptime: Duration) {
        now = Moment(time: now.time.advanced(by: uptime - now.uptime), uptime: uptime)
    }

    /// Whether nothing more is to be done.
    private var isLeft: Bool { actions.contains { if case .leave = $0 { true } else { false } } }

    var nextWake: Duration? { machine.nextWake(at: now) }

    static func answer(
        _ status: TaskStatus,
        at now: Moment,
        cancel: CancelRecord? = nil,
        startedAt: Timestamp? = nil
    ) -> TaskAnswer {
        var snapshot = TaskSnapshot(id: id, status: status, providerStatus: status.rawValue, observedAt: now.time)
        snapshot.cancel = cancel
        snapshot.startedAt = startedAt
        return TaskAnswer(snapshot: snapshot, pollAfter: .seconds(2))
    }
}

final class Counter: Sendable {
    private let last = Atomic(0)
    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}

final class Flag: Sendable {
    private let value: Atomic<Bool>
    init(_ value: Bool) { self.value = Atomic(value) }
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set(_ value: Bool) { self.value.store(value, ordering: .relaxed) }
}

extension Timestamp {
    static let max = Timestamp(millisecondsSinceEpoch: .max)
}

package import Providers
package import TaskModel

/// The logic of all calls about one task, as a value: events come in, actions go out, the clock is passed in.
///
/// Whoever holds it carries out the actions and reports what came of them. It sends nothing, waits for nothing and
/// knows no thread, so each order of events can be played through in a test. What happens to a status read stands in
/// `TaskMachine+status.swift`, what happens to a cancel in `TaskMachine+cancel.swift`.
package struct TaskMachine: Sendable {
    /// What the holder is to do.
    package enum Action: Sendable {
        /// Read the status; answered by `statusRead`.
        case readStatus
        /// Send the cancel; answered by `cancelAnswered`.
        case sendCancel(reason: String?)
        /// Send the new title; answered by `renameAnswered` with the number of the caller.
        case sendRename(number: UInt64, title: String)
        /// Answer a caller; its number is not used again.
        case answer(number: UInt64, Result<TaskAnswer, GatewayError>)
    }

    /// A caller who has not been answered.
    struct Waiter: Sendable {
        let number: UInt64
        let kind: TaskQuestion.Kind
        let until: TaskQuestion.Until
        let view: TaskView
        /// Until when the caller would wait; nil takes what is true as soon as it is known.
        var deadline: Duration?
        /// What `until: change` compares with, once it is known.
        var baseline: Fingerprint?
        /// Whether a rename was taken, so that only the status is missing.
        var isRenamed = false

        var wantsCancel: Bool {
            if case .cancel = kind { true } else { false }
        }
    }

    /// What was seen of the task last.
    struct Observation: Sendable {
        /// Without the record of a cancel, which is kept beside it.
        var snapshot: TaskSnapshot
        /// Whether the provider says that the task is being stopped.
        var isBeingCancelled: Bool
        var seenAt: Duration
        /// How many reads in a row changed nothing.
        var unchangedReads: Int
        var pollHint: Duration?
        /// Whether something happened since that may have changed the task.
        var isOutdated = false
    }

    /// A read that is under way.
    enum Read: Sendable {
        case none
        case underWay
        /// It started before something happened that its answer may not show, so it must be repeated.
        case outdated
    }

    let policy: TaskPolicy
    var observation: Observation?
    var read = Read.none
    var waiters: [Waiter] = []
    var cancel: CancelCourse?
    /// When the status is read next, if somebody still waits then.
    var pollAt: Duration?
    /// How long the provider wants to be left alone.
    var pause: Duration?

    package init(policy: TaskPolicy) {
        self.policy = policy
    }

    // MARK: - Events

    /// A caller asks. `number` names it in the answer.
    package mutating func asked(_ question: TaskQuestion, number: UInt64, at now: Moment) -> [Action] {
        let waiter = Waiter(
            number: number,
            kind: question.kind,
            until: question.until,
            view: question.view,
            deadline: question.wait.flatMap { $0 > .zero ? now.uptime + $0 : nil }
        )
        var actions: [Action] = []
        switch question.kind {
        case .status:
            waiters.append(waiter)
            if hasObservation(noOlderThan: question.maximumAge, now) {
                answerStatusWaiters(&actions, now)
            } else {
                readStatus(&actions)
            }
        case .cancel(let reason):
            waiters.append(waiter)
            cancelAsked(by: question.caller, reason: reason, waiter, &actions, now)
        case .rename(let title):
            waiters.append(waiter)
            actions.append(.sendRename(number: number, title: title))
        }
        schedulePoll(now)
        return actions
    }

    /// A caller went away. What it started goes on; nothing is cancelled and nothing un-cancelled.
    package mutating func left(number: UInt64) {
        waiters.removeAll { $0.number == number }
    }

    /// A status read ended.
    package mutating func statusRead(_ result: Result<TaskReading, GatewayError>, at now: Moment) -> [Action] {
        var actions: [Action] = []
        if case .outdated = read {
            read = .none
            readStatus(&actions)
            return actions
        }
        read = .none
        switch result {
        case .success(let reading):
            pause = nil
            observe(reading, now)
            cancelSawStatus(&actions, now)
            answerStatusWaiters(&actions, now)
        case .failure(let error):
            pause = error.retryAfter
            cancelSawNoStatus(error, &actions, now)
            failStatusWaiters(error, &actions, now)
        }
        schedulePoll(now)
        return actions
    }

    /// The provider answered the cancel, or did not.
    package mutating func cancelAnswered(_ answer: CancelAnswer, at now: Moment) -> [Action] {
        var actions: [Action] = []
        takeCancelAnswer(answer, &actions, now)
        answerStatusWaiters(&actions, now)
        schedulePoll(now)
        return actions
    }

    /// The provider answered a rename.
    package mutating func renameAnswered(
        number: UInt64,
        _ result: Result<Void, GatewayError>,
        at now: Moment
    ) -> [Action] {
        var actions: [Action] = []
        switch result {
        case .success:
            outdate()
            guard let index = waiters.firstIndex(where: { $0.number == number }) else { return [] }
            waiters[index].isRenamed = true
            readStatus(&actions)
        case .failure(let error):
            fail({ $0.number == number }, error, &actions)
        }
        return actions
    }

    /// The time that `nextWake` named has come.
    package mutating func woken(at now: Moment) -> [Action] {
        var actions: [Action] = []
        var hasExpired = false
        for index in waiters.indices {
            guard let deadline = waiters[index].deadline, deadline <= now.uptime else { continue }
            waiters[index].deadline = nil
            hasExpired = true
        }
        endHopelessCancel(&actions, now)
        if hasExpired, hasObservation(noOlderThan: .zero, now) {
            answerCancelWaiters(&actions, now)
            answerStatusWaiters(&actions, now)
        }
        let isDue = pollAt.map { $0 <= now.uptime } ?? false
        if isDue { pollAt = nil }
        if !waiters.isEmpty || isTryingToCancel, isDue || hasExpired, isWaitingForStatus { readStatus(&actions) }
        schedulePoll(now)
        return actions
    }

    // MARK: - Reading from outside

    /// When this wants to be woken; nil while nobody waits.
    package var nextWake: Duration? {
        let tryUntil: Duration? = if case .trying = cancel?.phase { cancel?.tryUntil } else { nil }
        return ([pollAt, tryUntil] + waiters.map(\.deadline)).compactMap { $0 }.min()
    }

    /// Whether nothing is under way, so that forgetting this loses only what it remembers.
    package var isIdle: Bool {
        guard case .none = read, waiters.isEmpty, !isTryingToCancel else { return false }
        return true
    }

    /// Whether there is anything worth remembering.
    package func isWorthKeeping(at now: Moment) -> Bool {
        cancel != nil || observation.map { isFinal($0) || now.uptime - $0.seenAt < policy.poll.minimum } ?? false
    }

    /// The task as it was last seen, with what became of its cancel.
    package var lastKnown: TaskSnapshot? {
        guard let observation else { return nil }
        var snapshot = observation.snapshot
        snapshot.cancel =
            cancel?.record ?? (observation.isBeingCancelled ? CancelRecord(state: .accepted) : nil)
        return snapshot
    }
}

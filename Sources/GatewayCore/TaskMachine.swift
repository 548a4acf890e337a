package import Providers
package import TaskModel

/// The logic of all calls about one task, as a value: events come in, actions go out, the clock is passed in.
///
/// Whoever holds it carries out the actions and reports what came of them. It sends nothing, waits for nothing and
/// knows no thread, so each order of events can be played through in a test. What happens to a status read stands in
/// `TaskMachine+status.swift`, what happens to a cancel in `TaskMachine+cancel.swift` and `TaskMachine+decision.swift`.
package struct TaskMachine: Sendable {
    /// What the holder is to do.
    package enum Action: Sendable {
        /// Read the status; answered by `statusRead` or `readRefused`. Urgent where a cancel waits for it.
        case readStatus(isUrgent: Bool)
        /// A cancel has come to wait for the read that is under way.
        case hurryRead
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
        let question: TaskQuestion
        /// Until when the caller would wait; nil takes what is true as soon as it is known.
        var deadline: Duration?
        /// Whether the wait is over, so that what was seen last is answer enough.
        var hasWaited = false
        /// What `until: change` compares with, once it is known.
        var baseline: Fingerprint?
        /// Whether a rename was taken, so that only the status is missing.
        var isRenamed = false

        var kind: TaskQuestion.Kind { question.kind }

        var wantsCancel: Bool {
            if case .cancel = kind { true } else { false }
        }

        var wantsStatus: Bool { kind == .status }
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
        /// Whether it comes from the answer to a cancel, which says less than a status read.
        var isPartial = false
    }

    /// A read that is under way.
    enum Read: Sendable {
        case none
        case underWay
        /// It started before something happened that its answer may not show, so it must be repeated.
        case outdated
    }

    package var policy: TaskPolicy
    var observation: Observation?
    var read = Read.none
    /// Whether a cancel waits for the read that is under way, and the holder knows.
    var isReadHurried = false
    var waiters: [Waiter] = []
    var cancel: CancelCourse?
    /// When the status is read next, if somebody still waits then.
    var pollAt: Duration?
    /// Until when the provider wants to be left alone.
    var pausedUntil: Duration?
    /// When the status could not be read, if that was the last that came of a read.
    var failedAt: Duration?

    /// How much later than its time each poll comes, as a share of the largest number: tasks that began together are
    /// not polled together.
    let spread: UInt16

    package init(policy: TaskPolicy, spread: UInt16 = 0) {
        self.policy = policy
        self.spread = spread
    }

    // MARK: - Events

    /// A caller asks; `number` names it in the answer.
    package mutating func asked(_ question: TaskQuestion, number: UInt64, at now: Moment) -> [Action] {
        var actions: [Action] = []
        // A rename takes as long as it takes.
        let wait = question.kind.isRename ? nil : question.wait
        let deadline = wait.flatMap { $0 > .zero ? now.uptime + $0 : nil }
        endWaits(now)
        waiters.append(Waiter(number: number, question: question, deadline: deadline))
        switch question.kind {
        case .status:
            // Only this caller accepts what is this old.
            if hasObservation(noOlderThan: question.maximumAge, now) {
                answerStatusWaiters(&actions) { $0.number == number }
            } else {
                pollSoon(now)
            }
        case .cancel:
            cancelAsked(question, until: deadline, &actions, now)
            if case .accepted = cancel?.phase, !hasObservation(noOlderThan: .zero, now) { pollSoon(now) }
        case .rename(let title):
            actions.append(.sendRename(number: number, title: title))
        }
        attend(&actions, now)
        return actions
    }

    /// A caller went away: what it started goes on, nothing is cancelled and nothing un-cancelled.
    package mutating func left(number: UInt64) {
        waiters.removeAll { $0.number == number }
    }

    /// A status read ended.
    package mutating func statusRead(_ result: Result<TaskReading, GatewayError>, at now: Moment) -> [Action] {
        var actions: [Action] = []
        endWaits(now)
        let isUsable = if case .underWay = read { true } else { false }
        read = .none
        switch result {
        case .success(let reading) where isUsable:
            failedAt = nil
            observe(reading, now)
            cancelSawStatus(&actions, now)
            answerStatusWaiters(&actions)
        case .failure(let error) where isUsable:
            failedAt = now.uptime
            observation?.unchangedReads += 1
            noStatus(error, &actions, now)
        case .success, .failure: break
        }
        attend(&actions, now)
        return actions
    }

    /// The status was not read, and nothing was sent: the provider is left alone, or too many call it.
    package mutating func readRefused(_ error: GatewayError, at now: Moment) -> [Action] {
        var actions: [Action] = []
        endWaits(now)
        let isUsable = if case .underWay = read { true } else { false }
        read = .none
        // Asking again costs the provider nothing: there is no minimum interval to keep to.
        if isUsable { noStatus(error, &actions, now) }
        attend(&actions, now)
        return actions
    }

    private mutating func noStatus(_ error: GatewayError, _ actions: inout [Action], _ now: Moment) {
        pause(error, now)
        cancelSawNoStatus(error, &actions)
        failStatusWaiters(error, &actions)
    }

    /// The provider answered the cancel, or did not.
    package mutating func cancelAnswered(_ answer: CancelAnswer, at now: Moment) -> [Action] {
        var actions: [Action] = []
        endWaits(now)
        takeCancelAnswer(answer, &actions, now)
        attend(&actions, now)
        return actions
    }

    /// The provider answered a rename.
    package mutating func renameAnswered(
        number: UInt64,
        _ result: Result<Void, GatewayError>,
        at now: Moment
    ) -> [Action] {
        var actions: [Action] = []
        endWaits(now)
        // One without an answer may have been taken too.
        outdate()
        switch result {
        case .success:
            if let index = waiters.firstIndex(where: { $0.number == number }) { waiters[index].isRenamed = true }
        case .failure(let error):
            fail({ $0.number == number }, error, &actions)
        }
        attend(&actions, now)
        return actions
    }

    /// The time that `nextWake` named has come.
    package mutating func woken(at now: Moment) -> [Action] {
        var actions: [Action] = []
        endWaits(now)
        attend(&actions, now)
        return actions
    }

    // MARK: - After every event

    /// Those whose time is over wait no longer.
    private mutating func endWaits(_ now: Moment) {
        for index in waiters.indices {
            guard let deadline = waiters[index].deadline, deadline <= now.uptime else { continue }
            waiters[index].deadline = nil
            waiters[index].hasWaited = true
        }
        if let tryUntil = cancel?.tryUntil, tryUntil <= now.uptime { cancel?.tryUntil = nil }
    }

    /// Answers whom it can, and sees to it that whatever is still missing will come.
    private mutating func attend(_ actions: inout [Action], _ now: Moment) {
        attendToCancel(&actions, now)
        attendToStatus(&actions, now)
        if isReadDue(now) { readStatus(&actions) }
        schedulePoll(now)
        hurryRead(&actions)
    }

    // MARK: - Reading from outside

    /// When this wants to be woken; nil while nobody waits for the time to pass.
    package var nextWake: Duration? {
        var earliest = isHoldingCancel ? cancel?.tryUntil : nil
        if let pollAt, isPollWanted { earliest = min(earliest ?? pollAt, pollAt) }
        for waiter in waiters {
            if let deadline = waiter.deadline { earliest = min(earliest ?? deadline, deadline) }
        }
        return earliest
    }

    /// Whether nothing is under way, so that forgetting this loses only what it remembers.
    package var isIdle: Bool {
        guard case .none = read else { return false }
        return waiters.isEmpty && !isHoldingCancel && cancel?.isOnItsWay != true
    }

    /// Whether there is anything worth remembering.
    package func isWorthKeeping(at now: Moment) -> Bool {
        cancel != nil || observation != nil || hasJustFailed(now)
    }

    /// The task as it was last seen, with what became of its cancel.
    package var lastKnown: TaskSnapshot? {
        guard let observation else { return nil }
        var snapshot = observation.snapshot
        let record = cancel?.record ?? (observation.isBeingCancelled ? CancelRecord(state: .accepted) : nil)
        // What is over was seen before the provider took the cancel: where ids can start again, that is another run.
        guard let record, !(snapshot.isDone && record.state == .accepted) else { return snapshot }
        snapshot.cancel = record
        return snapshot
    }
}

internal import Providers
internal import TaskModel

// A cancel: send, doubt, read, decide, wait, send again. It is confirmed, never assumed. What a status read means for it
// stands in `TaskMachine+decision.swift`.
extension TaskMachine {
    /// Whether a cancel is held until something can be done about it.
    var isHoldingCancel: Bool {
        switch cancel?.phase {
        case .trying: true
        case .unsettled: cancel?.tryUntil != nil
        case .reading, .sending, .confirming, .settling, .accepted, .over, nil: false
        }
    }

    // MARK: - Asked

    mutating func cancelAsked(
        _ question: TaskQuestion,
        until deadline: Duration?,
        _ actions: inout [Action],
        _ now: Moment
    ) {
        if cancel?.isOnItsWay != true, let observation, observation.snapshot.isDone,
            isFinal(observation) || hasObservation(noOlderThan: .zero, now)
        {
            if cancel?.hasEnded != true {
                cancel = CancelCourse(question, now)
            }
            return finishCancel(&actions, now)
        }
        switch cancel?.phase {
        case .reading, .sending, .confirming, .settling, .accepted:
            // Joins what is on its way, or what the provider has already: nothing is sent again.
            wait(until: deadline)
        case .trying:
            wait(until: deadline)
            if !isPaused(now) { decideFromMemory(&actions, now) }
        case .unsettled(let refusal):
            if cancel?.tryUntil == nil {
                // Nobody waits for that one any more: this is another request, which settles the matter first.
                let attempts = cancel?.attempts ?? 0
                cancel = CancelCourse(question, now)
                cancel?.attempts = attempts
            }
            wait(until: deadline)
            cancel?.phase = .settling(refusal)
        case .over, nil:
            cancel = CancelCourse(question, now)
            wait(until: deadline)
            begin(&actions, now)
        }
    }

    private mutating func wait(until deadline: Duration?) {
        let latest = [deadline, cancel?.tryUntil].compactMap { $0 }.max()
        cancel?.tryUntil = latest
    }

    private mutating func begin(_ actions: inout [Action], _ now: Moment) {
        // Where somebody else has cancelled it already, as far as is known, there may be nothing to send.
        if !mustReadFirst, observation?.isBeingCancelled != true { return send(&actions, now) }
        demandRead()
        decideFromMemory(&actions, now)
    }

    /// Decides by what was seen lately; but where a stop could harm, nothing is sent without a read that was made for it.
    private mutating func decideFromMemory(_ actions: inout [Action], _ now: Moment) {
        guard let observation, hasObservation(noOlderThan: .zero, now) else { return }
        if mustReadFirst, canStop(observation), !observation.isBeingCancelled {
            demandRead()
        } else {
            decide(&actions, now)
        }
    }

    /// Has the status read for the cancel: one that is under way may have been answered before the cancel was asked for.
    private mutating func demandRead() {
        cancel?.phase = .reading
        if mustReadFirst, case .underWay = read { read = .outdated }
    }

    /// Whether nothing may be sent before a status read that was made for it: a stop could harm a task that is over, be meant
    /// for a run that is, or have been sent already by a process that ended before it had the answer.
    private var mustReadFirst: Bool {
        policy.cancel?.readsFirst == true || cancel?.isAskedAgain == true
    }

    mutating func send(_ actions: inout [Action], _ now: Moment) {
        if cancel?.execution == nil, hasObservation(noOlderThan: .zero, now) {
            cancel?.execution = observation.map { Execution($0.snapshot) }
        }
        cancel?.phase = .sending
        cancel?.attempts += 1
        actions.append(.sendCancel(reason: cancel?.reason))
    }

    // MARK: - Answered

    mutating func takeCancelAnswer(_ answer: CancelAnswer, _ actions: inout [Action], _ now: Moment) {
        guard case .sending = cancel?.phase else { return }
        // It was seen to end while the cancel was on its way.
        if observation.map(isFinal) == true { return finishCancel(&actions, now) }
        switch answer {
        case .read(.accepted(let reading)):
            outdate()
            cancel?.outcome = .accepted
            if policy.cancel?.belief == .final, let reading, reading.snapshot.isDone {
                observeEnd(reading, now)
                finishCancel(&actions, now)
            } else {
                cancel?.phase = .confirming
            }
        case .lost(let error):
            settle(.init(error: error, isLost: true))
        case .read(.refused(let error)):
            settle(.init(error: error, isLost: false))
        case .refused(let error):
            if error.code.isPlainRefusal {
                refused(error, &actions, now)
            } else {
                settle(.init(error: error, isLost: false))
            }
        case .notSent(let error):
            cancel?.attempts -= 1
            refused(error, &actions, now)
        }
    }

    /// Whatever the provider did with it, what was seen before may not be true any more.
    private mutating func settle(_ refusal: CancelCourse.Refusal) {
        outdate()
        cancel?.phase = .settling(refusal)
    }

    /// Nothing happened at the provider, and a status read would not say why.
    mutating func refused(_ error: GatewayError, _ actions: inout [Action], _ now: Moment) {
        pause(error, now)
        if error.code.mayPass, cancel?.tryUntil != nil {
            keepTrying(error, &actions)
        } else {
            failCancel(error, &actions)
        }
    }

    // MARK: - After every event

    /// Answers whom it can of those who want the cancel.
    mutating func attendToCancel(_ actions: inout [Action], _ now: Moment) {
        let isAllThatIsKnown = hasObservation(noOlderThan: .zero, now) || hasJustFailed(now)
        switch cancel?.phase {
        case .accepted:
            if isAllThatIsKnown { tellAccepted(&actions) }
        case .trying(let error):
            // Without callers it is over when its time is; with them a last read decides, if one is possible.
            let isWanted = waiters.contains(where: \.wantsCancel)
            if isAllThatIsKnown || isPaused(now) || !isWanted { keepTrying(error, &actions) }
        case .reading, .sending, .confirming, .settling, .unsettled, .over, nil: break
        }
    }

    /// Answers those who want the cancel and do not wait for the end.
    mutating func tellAccepted(_ actions: inout [Action]) {
        answerCancelWaiters(&actions) { $0.deadline == nil }
    }

    private mutating func answerCancelWaiters(_ actions: inout [Action], where isMeant: (Waiter) -> Bool) {
        guard let lastKnown, lastKnown.cancel != nil else { return }
        for waiter in waiters where waiter.wantsCancel && isMeant(waiter) {
            actions.append(.answer(number: waiter.number, .success(answer(lastKnown))))
        }
        waiters.removeAll { $0.wantsCancel && isMeant($0) }
    }

    // MARK: - Ends

    /// The task is over: confirmed where it was cancelled, too late where it ended otherwise.
    mutating func finishCancel(_ actions: inout [Action], _ now: Moment) {
        guard let status = observation?.snapshot.status else { return }
        if cancel?.hasEnded != true {
            cancel?.outcome = status == .cancelled ? .confirmed : .tooLate
            cancel?.confirmedAt = status == .cancelled ? now.time : nil
            cancel?.detail = nil
        }
        cancel?.phase = .over
        cancel?.tryUntil = nil
        answerCancelWaiters(&actions) { _ in true }
    }

    mutating func failCancel(_ error: GatewayError, _ actions: inout [Action]) {
        cancel?.phase = .over
        cancel?.outcome = .failed
        cancel?.detail = error.detail
        cancel?.tryUntil = nil
        fail(\.wantsCancel, error, &actions)
    }

    /// Takes in a final answer to a cancel: what it does not say is as it was seen before.
    private mutating func observeEnd(_ reading: TaskReading, _ now: Moment) {
        var reading = reading
        if let before = observation?.snapshot, !policy.restarts {
            reading.snapshot.fillGaps(from: before)
        }
        observe(reading, now)
        // A status read may say more; only, it does not say that the task goes on.
        observation?.isPartial = true
    }
}

extension ErrorCode {
    /// Whether a refusal says all there is to say; what any other means is settled by a status read.
    fileprivate var isPlainRefusal: Bool {
        switch self {
        case .providerAuthFailed, .taskNotFound, .providerRateLimited, .invalidTaskID, .unsupportedOperation: true
        default: false
        }
    }
}

extension TaskSnapshot {
    /// Takes from an earlier snapshot what this one does not say and what an end does not change.
    fileprivate mutating func fillGaps(from before: TaskSnapshot) {
        progress = progress ?? before.progress
        title = title ?? before.title
        message = message ?? before.message
        createdAt = createdAt ?? before.createdAt
        startedAt = startedAt ?? before.startedAt
        updatedAt = updatedAt ?? before.updatedAt
        finishedAt = finishedAt ?? before.finishedAt
        durationSeconds = durationSeconds ?? before.durationSeconds
    }
}

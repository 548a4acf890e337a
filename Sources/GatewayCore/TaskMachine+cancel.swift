internal import Providers
internal import TaskModel

// A cancel: send, doubt, read, decide, wait, send again. It is confirmed, never assumed.
extension TaskMachine {
    /// How often a cancel is sent again after a status read said that the task still runs.
    private static let mostRepeats = 1

    /// Whether a cancel is held until it can be sent, or is on its way.
    var isTryingToCancel: Bool {
        switch cancel?.phase {
        case .reading, .sending, .confirming, .settling, .trying: true
        case .unsettled, .accepted, .over, nil: false
        }
    }

    // MARK: - Asked

    mutating func cancelAsked(
        by caller: String?,
        reason: String?,
        _ waiter: Waiter,
        _ actions: inout [Action],
        _ now: Moment
    ) {
        let tryUntil = [waiter.deadline, cancel?.tryUntil].compactMap { $0 }.max()
        switch cancel?.phase {
        case .reading, .sending, .confirming, .settling:
            // Joins what is on its way.
            cancel?.tryUntil = tryUntil
        case .trying:
            cancel?.tryUntil = tryUntil
            if hasObservation(noOlderThan: .zero, now) { decide(&actions, now) } else { readStatus(&actions) }
        case .accepted:
            // The provider has it already: nothing is sent again, and the status tells how far it came.
            if hasObservation(noOlderThan: .zero, now) {
                answerCancelWaiters(&actions, now)
            } else {
                readStatus(&actions)
            }
        case .over where observation.map(isFinal) == true, nil where observation.map(isFinal) == true:
            if cancel?.outcome == nil || cancel?.outcome == .failed {
                cancel = CancelCourse(requestedAt: now.time, requestedBy: caller, reason: reason)
            }
            finishCancel(&actions, now)
        case .unsettled, .over, nil:
            begin(caller, reason, tryUntil: waiter.deadline, &actions, now)
        }
    }

    private mutating func begin(
        _ caller: String?,
        _ reason: String?,
        tryUntil: Duration?,
        _ actions: inout [Action],
        _ now: Moment
    ) {
        // One whose fate is open is settled before it is sent again, whoever asks.
        let open = cancel.flatMap { if case .unsettled(let refusal) = $0.phase { refusal } else { nil } }
        cancel = CancelCourse(requestedAt: now.time, requestedBy: caller, reason: reason)
        cancel?.tryUntil = tryUntil
        if let open {
            cancel?.phase = .settling(open)
            outdate()
            readStatus(&actions)
        } else if policy.cancel?.readsFirst == true {
            if hasObservation(noOlderThan: .zero, now) { decide(&actions, now) } else { readStatus(&actions) }
        } else {
            send(&actions)
        }
    }

    private mutating func send(_ actions: inout [Action]) {
        if cancel?.execution == nil { cancel?.execution = observation.map { Execution($0.snapshot) } }
        cancel?.phase = .sending
        cancel?.attempts += 1
        actions.append(.sendCancel(reason: cancel?.reason))
    }

    // MARK: - Answered

    mutating func takeCancelAnswer(_ answer: CancelAnswer, _ actions: inout [Action], _ now: Moment) {
        guard case .sending = cancel?.phase else { return }
        // Whatever the provider did, what was seen before may not be true any more.
        outdate()
        switch answer {
        case .read(.accepted(let reading)):
            cancel?.outcome = .accepted
            if policy.cancel?.belief == .final, let reading, reading.snapshot.isDone {
                observeEnd(reading, now)
                finishCancel(&actions, now)
            } else {
                cancel?.phase = .confirming
                readStatus(&actions)
            }
        case .read(.refused(let error)):
            settle(.init(error: error, allowsAnother: error.code == .providerRejected, isOpen: false), &actions)
        case .lost(let error):
            settle(.init(error: error, allowsAnother: true, isOpen: true), &actions)
        case .refused(let error), .notSent(let error):
            if error.code.mayPass, isAnybodyPatient(now) {
                pause = error.retryAfter
                keepTrying(error, &actions, now)
            } else {
                failCancel(error, &actions)
            }
        }
    }

    private mutating func settle(_ refusal: CancelCourse.Refusal, _ actions: inout [Action]) {
        cancel?.phase = .settling(refusal)
        readStatus(&actions)
    }

    // MARK: - Status read

    /// A status was read: what does it mean for the cancel?
    mutating func cancelSawStatus(_ actions: inout [Action], _ now: Moment) {
        guard let cancel, let observation else { return }
        if startedAgain(cancel, observation) {
            // It was asked for a run that is over. Who waits for it is told; the new run is left alone.
            self.cancel = nil
            let error = GatewayError(
                .taskNotCancellable,
                "The task ended and started again under the same id; the cancel was for the run before.",
                provider: observation.snapshot.id.provider,
                retryAfter: policy.poll.first
            )
            return fail(\.wantsCancel, error, &actions)
        }
        if cancel.execution == nil { self.cancel?.execution = Execution(observation.snapshot) }
        switch cancel.phase {
        case .reading, .trying:
            decide(&actions, now)
        case .confirming, .accepted:
            self.cancel?.phase = .accepted
            if observation.snapshot.isDone { finishCancel(&actions, now) } else { answerCancelWaiters(&actions, now) }
        case .settling(let refusal):
            settled(refusal, observation, &actions, now)
        case .unsettled:
            // Nobody asks for it now, so nothing is sent; but the task may show what became of it.
            if observation.snapshot.isDone || observation.isBeingCancelled { tookEffect(observation, &actions, now) }
        case .sending, .over:
            break
        }
    }

    private func startedAgain(_ cancel: CancelCourse, _ observation: Observation) -> Bool {
        guard policy.restarts else { return false }
        if let execution = cancel.execution, execution.differs(from: Execution(observation.snapshot)) { return true }
        let hasEnded = cancel.outcome == .confirmed || cancel.outcome == .tooLate
        return hasEnded && !observation.snapshot.isDone
    }

    private mutating func settled(
        _ refusal: CancelCourse.Refusal,
        _ observation: Observation,
        _ actions: inout [Action],
        _ now: Moment
    ) {
        if observation.snapshot.isDone || observation.isBeingCancelled {
            tookEffect(observation, &actions, now)
        } else if !canStop(observation) {
            decide(&actions, now)
        } else if refusal.allowsAnother, (cancel?.repeats ?? 0) < Self.mostRepeats {
            cancel?.repeats += 1
            send(&actions)
        } else {
            failCancel(refusal.error, &actions)
        }
    }

    /// The task is over, or is being stopped: there is nothing to send.
    private mutating func tookEffect(_ observation: Observation, _ actions: inout [Action], _ now: Moment) {
        if observation.snapshot.isDone { return finishCancel(&actions, now) }
        cancel?.outcome = .accepted
        cancel?.phase = .accepted
        answerCancelWaiters(&actions, now)
    }

    /// Nothing is on its way: send it, say that it is over, or that it cannot be yet.
    private mutating func decide(_ actions: inout [Action], _ now: Moment) {
        guard let observation else { return }
        if observation.snapshot.isDone || observation.isBeingCancelled { return tookEffect(observation, &actions, now) }
        if canStop(observation) { return send(&actions) }
        let error = GatewayError(
            .taskNotCancellable,
            "The provider cannot stop a task that is \(observation.snapshot.status.rawValue); it can once it is "
                + "\((policy.cancel?.from ?? []).map(\.rawValue).joined(separator: " or ")).",
            provider: observation.snapshot.id.provider,
            retryAfter: interval
        )
        keepTrying(error, &actions, now)
    }

    private func canStop(_ observation: Observation) -> Bool {
        policy.cancel?.from.contains(observation.snapshot.status) == true
    }

    /// Holds the cancel for those who wait, and tells the others that it cannot be sent yet.
    private mutating func keepTrying(_ error: GatewayError, _ actions: inout [Action], _ now: Moment) {
        fail({ $0.wantsCancel && $0.deadline == nil }, error, &actions)
        if isAnybodyPatient(now) {
            cancel?.phase = .trying(error)
        } else {
            cancel = nil
        }
    }

    private func isAnybodyPatient(_ now: Moment) -> Bool {
        cancel?.tryUntil.map { $0 > now.uptime } ?? false
    }

    /// The status could not be read: what does that mean for the cancel?
    mutating func cancelSawNoStatus(_ error: GatewayError, _ actions: inout [Action], _ now: Moment) {
        guard let cancel else { return }
        switch cancel.phase {
        case .reading, .trying:
            if error.code.mayPass, isAnybodyPatient(now) {
                keepTrying(error, &actions, now)
            } else {
                self.cancel = nil
                fail(\.wantsCancel, error, &actions)
            }
        case .confirming, .accepted:
            self.cancel?.phase = .accepted
            acceptedButUnread(error, &actions)
        case .settling(let refusal):
            // Its fate stays open: the next cancel reads before it sends.
            fail(\.wantsCancel, refusal.isOpen ? refusal.error : error, &actions)
            if refusal.isOpen { self.cancel?.phase = .unsettled(refusal) } else { self.cancel = nil }
        case .sending, .unsettled, .over:
            break
        }
    }

    /// The provider has the cancel, and the status cannot be read: who waits goes on waiting, the others get what is known.
    private mutating func acceptedButUnread(_ error: GatewayError, _ actions: inout [Action]) {
        guard let lastKnown else {
            var error = error
            error.detail = "The provider took the cancel, but its status cannot be read. " + error.detail
            let mayPass = error.code.mayPass
            return fail({ $0.wantsCancel && ($0.deadline == nil || !mayPass) }, error, &actions)
        }
        for waiter in waiters where waiter.wantsCancel && waiter.deadline == nil {
            actions.append(.answer(number: waiter.number, .success(answer(lastKnown))))
        }
        waiters.removeAll { $0.wantsCancel && $0.deadline == nil }
    }

    // MARK: - Ends

    /// Answers every caller who wants the cancel and need not wait any longer.
    mutating func answerCancelWaiters(_ actions: inout [Action], _ now: Moment) {
        guard case .accepted = cancel?.phase, let lastKnown, observation?.isOutdated == false else { return }
        for waiter in waiters where waiter.wantsCancel && (waiter.deadline == nil || lastKnown.isDone) {
            actions.append(.answer(number: waiter.number, .success(answer(lastKnown))))
        }
        waiters.removeAll { $0.wantsCancel && ($0.deadline == nil || lastKnown.isDone) }
    }

    /// The task is over: confirmed where it was cancelled, too late where it ended otherwise.
    private mutating func finishCancel(_ actions: inout [Action], _ now: Moment) {
        guard let status = observation?.snapshot.status else { return }
        if cancel?.outcome != .confirmed, cancel?.outcome != .tooLate {
            cancel?.outcome = status == .cancelled ? .confirmed : .tooLate
            cancel?.confirmedAt = status == .cancelled ? now.time : nil
        }
        cancel?.phase = .accepted
        answerCancelWaiters(&actions, now)
        cancel?.phase = .over
        cancel?.tryUntil = nil
    }

    private mutating func failCancel(_ error: GatewayError, _ actions: inout [Action]) {
        cancel?.phase = .over
        cancel?.outcome = .failed
        cancel?.detail = error.detail
        cancel?.tryUntil = nil
        fail(\.wantsCancel, error, &actions)
    }

    /// The time of those who wait for a cancel that could not be sent may be over.
    mutating func endHopelessCancel(_ actions: inout [Action], _ now: Moment) {
        guard case .trying(let error) = cancel?.phase else { return }
        keepTrying(error, &actions, now)
    }

    /// Takes in a final answer to a cancel: what it does not say is as it was seen before.
    private mutating func observeEnd(_ reading: TaskReading, _ now: Moment) {
        var reading = reading
        if let before = observation?.snapshot {
            reading.snapshot.fillGaps(from: before)
        }
        observe(reading, now)
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

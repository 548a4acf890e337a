internal import Providers
internal import TaskModel

// What a status read, or its failure, means for a cancel.
extension TaskMachine {
    /// How often a cancel is sent again after a status read said that the task still runs.
    private static let mostRepeats = 1

    /// A status was read: decides what it means for the cancel.
    mutating func cancelSawStatus(_ actions: inout [Action], _ now: Moment) {
        guard let cancel, let observation else { return }
        if case .sending = cancel.phase { return }
        if startedAgain(cancel, observation) { return dropCancel(observation, &actions) }
        let execution = Execution(observation.snapshot)
        self.cancel?.execution = cancel.execution?.completed(by: execution) ?? execution
        let isStopping = observation.snapshot.isDone || observation.isBeingCancelled
        switch cancel.phase {
        case .reading:
            decide(&actions, now)
        case .trying:
            if isStopping || !isPaused(now) { decide(&actions, now) }
        case .confirming, .accepted:
            tookEffect(observation, &actions, now)
        case .settling(let refusal):
            settled(refusal, observation, &actions, now)
        case .unsettled(let refusal):
            if cancel.tryUntil != nil || waiters.contains(where: \.wantsCancel) {
                settled(refusal, observation, &actions, now)
            } else if isStopping {
                // Nobody asks for it now, so nothing is sent; but the task shows what became of it.
                tookEffect(observation, &actions, now)
            }
        case .over:
            let hasWorked = observation.snapshot.status == .cancelled || observation.isBeingCancelled
            if cancel.outcome == .failed, hasWorked { tookEffect(observation, &actions, now) }
        case .sending: break
        }
    }

    private func startedAgain(_ cancel: CancelCourse, _ observation: Observation) -> Bool {
        guard policy.restarts else { return false }
        if let execution = cancel.execution, execution.differs(from: Execution(observation.snapshot)) { return true }
        return switch cancel.outcome {
        case .confirmed: observation.snapshot.status != .cancelled
        case .tooLate: !observation.snapshot.isDone || observation.snapshot.status == .cancelled
        case .accepted, .deferred, .failed, nil: false
        }
    }

    /// It was asked for a run that is over: who waits for it is told, and the new run is left alone.
    private mutating func dropCancel(_ observation: Observation, _ actions: inout [Action]) {
        cancel = nil
        let error = GatewayError(
            .taskNotCancellable,
            "The task ended and started again under the same id; the cancel was for the run before.",
            provider: observation.snapshot.id.provider,
            retryAfter: policy.poll.first
        )
        fail(\.wantsCancel, error, &actions)
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
            send(&actions, now)
        } else if refusal.error.code == .taskNotCancellable {
            keepTrying(refusal.error, &actions)
        } else {
            failCancel(refusal.error, &actions)
        }
    }

    /// The task is over, or the provider has the cancel: there is nothing to send.
    private mutating func tookEffect(_ observation: Observation, _ actions: inout [Action], _ now: Moment) {
        if observation.snapshot.isDone { return finishCancel(&actions, now) }
        cancel?.outcome = .accepted
        cancel?.detail = nil
        cancel?.phase = .accepted
        tellAccepted(&actions)
    }

    /// Nothing is on its way: send it, say that it is over, or that it cannot be yet.
    mutating func decide(_ actions: inout [Action], _ now: Moment) {
        guard let observation else { return }
        if observation.snapshot.isDone || observation.isBeingCancelled { return tookEffect(observation, &actions, now) }
        if canStop(observation) { return send(&actions, now) }
        let error = GatewayError(
            .taskNotCancellable,
            "The provider cannot stop a task that is \(observation.snapshot.status.rawValue); it can once it is "
                + "\((policy.cancel?.from ?? []).map(\.rawValue).joined(separator: " or ")).",
            provider: observation.snapshot.id.provider
        )
        keepTrying(error, &actions)
    }

    func canStop(_ observation: Observation) -> Bool {
        policy.cancel?.from.contains(observation.snapshot.status) == true
    }

    /// Holds the cancel for those who wait, and tells the others that it cannot be done yet.
    mutating func keepTrying(_ error: GatewayError, _ actions: inout [Action]) {
        var error = error
        error.retryAfter = error.retryAfter ?? interval
        error.canBeHeld = error.code == .taskNotCancellable
        cancel?.phase = .trying(error)
        fail({ $0.wantsCancel && $0.deadline == nil }, error, &actions)
        if cancel?.tryUntil == nil { cancel = nil }
    }

    /// The status could not be read: decides what that means for the cancel.
    mutating func cancelSawNoStatus(_ error: GatewayError, _ actions: inout [Action]) {
        guard let cancel else { return }
        let goesOn = error.code.mayPass && cancel.tryUntil != nil
        switch cancel.phase {
        case .reading, .trying:
            if goesOn { return keepTrying(error, &actions) }
            self.cancel = nil
            fail(\.wantsCancel, error, &actions)
        case .confirming, .accepted:
            self.cancel?.phase = .accepted
            acceptedButUnread(error, &actions)
        case .settling(let refusal), .unsettled(let refusal):
            self.cancel?.phase = .unsettled(refusal)
            if !goesOn { self.cancel?.tryUntil = nil }
            fail(
                { $0.wantsCancel && ($0.deadline == nil || !goesOn) },
                refusal.isLost ? refusal.error : error,
                &actions
            )
        case .sending, .over:
            break
        }
    }

    /// The provider has the cancel, but the status cannot be read: who waits goes on waiting for what may pass, the others
    /// get what is known.
    private mutating func acceptedButUnread(_ error: GatewayError, _ actions: inout [Action]) {
        let mayPass = error.code.mayPass
        if mayPass { tellAccepted(&actions) }
        var error = error
        error.detail = "The provider took the cancel, but the status of the task cannot be read. " + error.detail
        fail({ $0.wantsCancel && ($0.deadline == nil || !mayPass) }, error, &actions)
    }
}

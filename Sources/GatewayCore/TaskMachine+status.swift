internal import Providers
internal import TaskModel

// What is seen of a task, and who is told.
extension TaskMachine {
    /// Whether there is an observation that a caller can be given who accepts this age. The provider's minimum interval
    /// always counts as young enough; an end that is final does not age.
    func hasObservation(noOlderThan maximumAge: Duration, _ now: Moment) -> Bool {
        guard let observation, !observation.isOutdated else { return false }
        return isFinal(observation) || now.uptime - observation.seenAt < max(maximumAge, policy.poll.minimum)
    }

    func isFinal(_ observation: Observation) -> Bool {
        observation.snapshot.isDone && !policy.restarts
    }

    /// Reads the status, unless a read is under way that will do.
    mutating func readStatus(_ actions: inout [Action]) {
        guard case .none = read else { return }
        read = .underWay
        pollAt = nil
        actions.append(.readStatus)
    }

    /// What was seen before, or is being read now, may not be true any more.
    mutating func outdate() {
        observation?.isOutdated = true
        observation?.unchangedReads = 0
        if case .underWay = read { read = .outdated }
    }

    /// Takes in what a status read, or a final answer to a cancel, says.
    mutating func observe(_ reading: TaskReading, _ now: Moment) {
        if let observation, isFinal(observation), observation.snapshot.status != reading.snapshot.status {
            // A late contradiction does not move an end back.
            self.observation?.isOutdated = false
            return
        }
        let isUnchanged =
            observation.map { $0.snapshot.fingerprint(of: .brief) == reading.snapshot.fingerprint(of: .brief) } ?? false
        observation = Observation(
            snapshot: reading.snapshot,
            isBeingCancelled: reading.isBeingCancelled,
            seenAt: now.uptime,
            unchangedReads: isUnchanged ? (observation?.unchangedReads ?? 0) + 1 : 0,
            pollHint: reading.pollHint
        )
    }

    // MARK: - Answers

    /// Answers every caller about the status, and every renamer, who need not wait any longer.
    mutating func answerStatusWaiters(_ actions: inout [Action], _ now: Moment) {
        guard let lastKnown, observation?.isOutdated == false else { return }
        var left: [Waiter] = []
        for var waiter in waiters {
            if isSatisfied(&waiter, lastKnown) {
                var snapshot = lastKnown
                if case .rename(let title) = waiter.kind { snapshot.title = snapshot.title ?? title }
                actions.append(.answer(number: waiter.number, .success(answer(snapshot))))
            } else {
                left.append(waiter)
            }
        }
        waiters = left
    }

    private func isSatisfied(_ waiter: inout Waiter, _ snapshot: TaskSnapshot) -> Bool {
        switch waiter.kind {
        case .cancel: return false
        case .rename: return waiter.isRenamed
        case .status: break
        }
        guard waiter.deadline != nil, !snapshot.isDone else { return true }
        switch waiter.until {
        case .done: return false
        case .change(let seen):
            let fingerprint = snapshot.fingerprint(of: waiter.view)
            guard let baseline = seen ?? waiter.baseline else {
                waiter.baseline = fingerprint
                return false
            }
            return fingerprint != baseline
        }
    }

    /// Tells callers about the status that it cannot be read. One who waits is told only what waiting cannot mend, or
    /// when nothing was seen before.
    mutating func failStatusWaiters(_ error: GatewayError, _ actions: inout [Action], _ now: Moment) {
        let lastKnown = lastKnown
        var left: [Waiter] = []
        for waiter in waiters {
            guard !waiter.wantsCancel else {
                left.append(waiter)
                continue
            }
            if case .rename = waiter.kind, !waiter.isRenamed {
                left.append(waiter)
            } else if waiter.deadline != nil, lastKnown != nil, error.code.mayPass {
                left.append(waiter)
            } else {
                var error = error
                if waiter.isRenamed {
                    error.detail = "The task was renamed, but its status cannot be read. " + error.detail
                }
                actions.append(.answer(number: waiter.number, .failure(error.with(lastKnown))))
            }
        }
        waiters = left
        observation?.unchangedReads += 1
    }

    func answer(_ snapshot: TaskSnapshot) -> TaskAnswer {
        TaskAnswer(snapshot: snapshot, pollAfter: snapshot.isDone ? nil : interval)
    }

    /// Tells callers of a kind that it did not work.
    mutating func fail(_ isMeant: (Waiter) -> Bool, _ error: GatewayError, _ actions: inout [Action]) {
        let error = error.with(lastKnown)
        for waiter in waiters where isMeant(waiter) {
            actions.append(.answer(number: waiter.number, .failure(error)))
        }
        waiters.removeAll(where: isMeant)
    }

    // MARK: - Polling

    /// How long until asking again is worth it: half as long again after each read that changed nothing.
    var interval: Duration {
        let poll = policy.poll
        if let hint = observation?.pollHint { return min(max(hint, poll.minimum), max(poll.maximum, poll.minimum)) }
        var interval = poll.first
        for _ in 0..<min(observation?.unchangedReads ?? 0, 16) where interval < poll.maximum {
            interval = interval * 3 / 2
        }
        return min(interval, poll.maximum)
    }

    /// Whether somebody waits for a status read, rather than for the answer to something that is on its way.
    var isWaitingForStatus: Bool {
        guard cancel?.isOnItsWay != true else { return waiters.contains { !$0.wantsCancel } }
        return true
    }

    /// Sets the next read, as long as somebody waits for one.
    mutating func schedulePoll(_ now: Moment) {
        let isWaited = isTryingToCancel || waiters.contains { $0.deadline != nil }
        guard isWaited, isWaitingForStatus, case .none = read else {
            pollAt = nil
            return
        }
        if pollAt == nil { pollAt = now.uptime + max(interval, pause ?? .zero) }
    }
}

extension ErrorCode {
    /// Whether the same call may succeed a little later.
    var mayPass: Bool {
        switch self {
        case .providerError, .providerBadResponse, .providerRateLimited, .providerUnavailable, .providerTimeout,
            .overloaded:
            true
        default: false
        }
    }
}

extension GatewayError {
    /// The same error with the task as it was last seen.
    func with(_ lastKnown: TaskSnapshot?) -> GatewayError {
        var error = self
        error.lastKnown = lastKnown
        return error
    }
}

internal import Providers
package import TaskModel

// What is seen of a task, and who is told.
extension TaskMachine {
    /// Whether there is an observation that a caller can be given who accepts this age.
    ///
    /// The provider's minimum interval always counts as young enough; an end that is final does not age.
    func hasObservation(noOlderThan maximumAge: Duration, _ now: Moment) -> Bool {
        guard let observation, !observation.isOutdated else { return false }
        if isFinal(observation), !observation.isPartial { return true }
        return now.uptime - observation.seenAt < max(maximumAge, policy.poll.minimum)
    }

    /// Whether the status could not be read so lately that it is too early for another read.
    func hasJustFailed(_ now: Moment) -> Bool {
        failedAt.map { now.uptime - $0 < pauseAfterFailure } ?? false
    }

    /// How long a provider whose answer was of no use is left alone: callers wait for that, so it is short.
    private var pauseAfterFailure: Duration { min(policy.poll.minimum, .seconds(1)) }

    func isFinal(_ observation: Observation) -> Bool {
        observation.snapshot.isDone && !policy.restarts
    }

    /// Reads the status, unless a read is under way that will do.
    mutating func readStatus(_ actions: inout [Action]) {
        guard case .none = read else { return }
        read = .underWay
        pollAt = nil
        isReadHurried = cancel?.demandsRead == true
        actions.append(.readStatus(isUrgent: isReadHurried))
    }

    /// Says that a cancel has come to wait for the read that is under way.
    mutating func hurryRead(_ actions: inout [Action]) {
        guard !isReadHurried, isReadUrgent else { return }
        isReadHurried = true
        actions.append(.hurryRead)
    }

    /// Whether a cancel waits for the read that is under way.
    package var isReadUrgent: Bool {
        guard cancel?.demandsRead == true else { return false }
        if case .none = read { return false }
        return true
    }

    /// Whether anybody is served by what the read that is under way will say.
    package var isReadWanted: Bool {
        guard case .underWay = read else { return false }
        return cancel?.demandsRead == true || isPollWanted
    }

    /// What was seen before, or is being read now, may not be true any more.
    mutating func outdate() {
        observation?.isOutdated = true
        observation?.unchangedReads = 0
        failedAt = nil
        if case .underWay = read { read = .outdated }
    }

    /// Takes in what a status read, or a final answer to a cancel, says.
    mutating func observe(_ reading: TaskReading, _ now: Moment) {
        if let observation, isFinal(observation), observation.snapshot.status != reading.snapshot.status {
            // A late contradiction does not move an end back.
            self.observation?.isOutdated = false
            self.observation?.isPartial = false
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

    /// Answers those callers about the status, and renamers, who need not wait any longer.
    mutating func answerStatusWaiters(_ actions: inout [Action], where isMeant: (Waiter) -> Bool = { _ in true }) {
        guard !waiters.isEmpty, let lastKnown else { return }
        var left: [Waiter] = []
        // However many wait for a change, each view is looked through once.
        var fingerprints: [TaskView: Fingerprint] = [:]
        for var waiter in waiters {
            if isMeant(waiter), isSatisfied(&waiter, lastKnown, &fingerprints) {
                var snapshot = lastKnown
                if case .rename(let title) = waiter.kind { snapshot.title = snapshot.title ?? title }
                actions.append(.answer(number: waiter.number, .success(answer(snapshot))))
            } else {
                left.append(waiter)
            }
        }
        waiters = left
    }

    /// Answers from what is known, as far as it is young enough.
    mutating func attendToStatus(_ actions: inout [Action], _ now: Moment) {
        if hasObservation(noOlderThan: .zero, now) {
            answerStatusWaiters(&actions)
        } else if hasJustFailed(now) {
            answerStatusWaiters(&actions, where: \.hasWaited)
        }
    }

    private func isSatisfied(
        _ waiter: inout Waiter,
        _ snapshot: TaskSnapshot,
        _ fingerprints: inout [TaskView: Fingerprint]
    ) -> Bool {
        switch waiter.kind {
        case .cancel: return false
        case .rename: return waiter.isRenamed
        case .status: break
        }
        guard waiter.deadline != nil, !snapshot.isDone else { return true }
        switch waiter.question.until {
        case .done: return false
        case .change(let seen):
            let view = waiter.question.view
            let fingerprint = fingerprints[view] ?? snapshot.fingerprint(of: view)
            fingerprints[view] = fingerprint
            guard let baseline = seen ?? waiter.baseline else {
                waiter.baseline = fingerprint
                return false
            }
            return fingerprint != baseline
        }
    }

    /// The status cannot be read.
    ///
    /// One who waits is told only what waiting cannot mend, or when nothing was seen before;
    /// one who has waited gets what was seen before, and so does everybody if that was an end for good.
    mutating func failStatusWaiters(_ error: GatewayError, _ actions: inout [Action]) {
        if observation.map(isFinal) == true { answerStatusWaiters(&actions) { !$0.isRenamed } }
        let isBridged = observation != nil && error.code.mayPass
        if isBridged { answerStatusWaiters(&actions, where: \.hasWaited) }
        fail({ $0.wantsStatus && !(isBridged && $0.deadline != nil) }, error, &actions)
        var error = error
        error.detail = "The task was renamed, but its status cannot be read. " + error.detail
        fail(\.isRenamed, error, &actions)
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

    /// How long until asking again is worth it: twice as long after each read that changed nothing.
    var interval: Duration {
        let poll = policy.poll
        if let hint = observation?.pollHint { return min(max(hint, poll.minimum), max(poll.maximum, poll.minimum)) }
        var interval = max(poll.first, poll.minimum)
        for _ in 0..<min(observation?.unchangedReads ?? 0, 16) where interval < poll.maximum {
            interval = min(interval * 2, poll.maximum)
        }
        return interval
    }

    /// The longest that a provider's wish to be left alone is obeyed.
    ///
    /// One that asks for days has made a mistake, or the gateway would be useless for days by one header.
    static let longestPause = Duration.seconds(300)

    mutating func pause(_ error: GatewayError, _ now: Moment) {
        guard let retryAfter = error.retryAfter else { return }
        pausedUntil = max(pausedUntil ?? .zero, now.uptime + min(retryAfter, Self.longestPause))
        pollAt = nil
    }

    func isPaused(_ now: Moment) -> Bool {
        pausedUntil.map { now.uptime < $0 } ?? false
    }

    /// Whether a caller would be answered by a status read, and does not want to wait.
    private func isMissingStatus(_ waiter: Waiter) -> Bool {
        guard waiter.deadline == nil else { return false }
        return switch waiter.kind {
        case .status: true
        case .cancel: cancel?.isOnItsWay != true
        case .rename: waiter.isRenamed
        }
    }

    /// Whether anybody is served by reading the status now or later.
    var isPollWanted: Bool {
        if isHoldingCancel { return true }
        let isSending = if case .sending = cancel?.phase { true } else { false }
        for waiter in waiters
        where isMissingStatus(waiter) || (waiter.deadline != nil && !(waiter.wantsCancel && isSending)) {
            return true
        }
        return false
    }

    private var isAnyMissingStatus: Bool {
        for waiter in waiters where isMissingStatus(waiter) { return true }
        return false
    }

    /// Whether the status is to be read at once.
    func isReadDue(_ now: Moment) -> Bool {
        if cancel?.demandsRead == true { return true }
        if let pollAt, pollAt <= now.uptime, isPollWanted { return true }
        return !hasJustFailed(now) && isAnyMissingStatus
    }

    /// Sets the next read as early as the minimum interval allows, which is now unless a read has just failed.
    mutating func pollSoon(_ now: Moment) {
        pollAt = max(now.uptime, (failedAt ?? .zero) + pauseAfterFailure)
    }

    /// Sets the next read, as long as somebody waits for one.
    mutating func schedulePoll(_ now: Moment) {
        guard case .none = read, isPollWanted else {
            pollAt = nil
            return
        }
        if isAnyMissingStatus {
            pollSoon(now)
        } else if pollAt == nil {
            let interval = interval
            pollAt = max(now.uptime + interval, pausedUntil ?? .zero) + jitter(of: interval)
        }
    }

    /// Up to an eighth of an interval, the same share for the whole life of a task.
    private func jitter(of interval: Duration) -> Duration {
        .nanoseconds((interval.nanoseconds >> 16) * Int64(spread) >> 3)
    }
}

extension ErrorCode {
    /// Whether the same call may succeed a little later.
    package var mayPass: Bool {
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

package import GatewayCore
internal import TaskJSON
package import TaskModel
package import TaskStorage

/// What is done about one task that is followed, as a value: events come in, actions go out, the clock is passed in.
///
/// It knows what the store keeps of the task, and what was read of it since. Whatever differs becomes a change, one at a
/// time, and counts only once it is kept: a process that ends in between repeats it, and nothing was said twice. Whoever
/// holds it carries out the actions and reports what came of them.
package struct FollowedTask: Sendable {
    /// What the holder is to do.
    package enum Action: Sendable {
        /// Read the status: answered by `read`.
        ///
        /// At once where `from` is nil, else when it has changed from there or a while has passed.
        case read(from: Fingerprint?)
        /// Ask for the cancel, and wait a while for what becomes of it: answered by `cancelAnswered`.
        case cancel(HeldCancel)
        /// Keep this: answered by `saved`.
        case save(TaskChange)
        /// Nothing more is to be done; it is forgotten.
        case leave
    }

    /// What becomes of a change.
    package enum Saving: Sendable {
        case kept
        /// Somebody else follows the task now.
        case notOwn
        /// It is not known whether it was kept.
        case failed
    }

    /// What the store keeps, as far as it is known here.
    private(set) var kept: KeptTask
    private let rules: FollowingRules
    private var lastRead: TaskAnswer?
    /// Whether a read is under way.
    private var isReading = false
    /// Whether a cancel is under way.
    private var isCancelling = false
    /// The change that is on its way into the store.
    private var saving: TaskChange?
    /// When a change that was perhaps not kept is tried again.
    private var saveAt: Duration?
    private var failedSaves = 0
    /// How many reads in a row found that the provider does not know the task.
    private var missingReads = 0
    private var failedReads = 0
    /// No read before this.
    private var readAt = Duration.zero
    private var failedCancels = 0
    private var cancelAt = Duration.zero
    /// Whether the provider has the held cancel, or the task is over.
    private var isCancelTaken = false
    /// Why the held cancel is given up, once that is so.
    private var cancelFailure: String?

    package init(_ kept: KeptTask, _ rules: FollowingRules) {
        self.kept = kept
        self.rules = rules
    }

    // MARK: - Events

    /// It was claimed, or somebody changed what is wanted of it.
    package mutating func claimed(_ kept: KeptTask, at now: Moment) -> [Action] {
        // What is on its way is newer than what the store had then.
        self.kept = kept
        return step(now)
    }

    /// A read ended.
    package mutating func read(_ result: Result<TaskAnswer, GatewayError>, at now: Moment) -> [Action] {
        isReading = false
        switch result {
        case .success(let answer):
            lastRead = answer
            missingReads = 0
            failedReads = 0
        case .failure(let error):
            failedReads += 1
            missingReads = error.code == .taskNotFound ? missingReads + 1 : 0
            let isHopeless = error.code == .unknownProvider || error.code == .unsupportedOperation
            let pause = isHopeless ? rules.longestPause : rules.pause(after: failedReads)
            let isMissing = missingReads > 0
            readAt = now.uptime + max(pause, error.retryAfter ?? .zero, isMissing ? rules.missingPause : .zero)
        }
        return step(now)
    }

    /// The gateway answered a cancel.
    package mutating func cancelAnswered(_ result: Result<TaskAnswer, GatewayError>, at now: Moment) -> [Action] {
        isCancelling = false
        guard let held = kept.heldCancel else { return step(now) }
        switch result {
        case .success(let answer):
            failedCancels = 0
            // The provider has it, or the task is over; what it shows from here on is read.
            lastRead = answer
            isCancelTaken = true
        case .failure(let error):
            failedCancels += 1
            // Before the first read this is all that is known of it, and what is told of the cancel shows it.
            if lastRead == nil, let seen = error.lastKnown {
                lastRead = TaskAnswer(snapshot: seen, pollAfter: error.retryAfter)
            }
            cancelAt = now.uptime + max(rules.pause(after: failedCancels), error.retryAfter ?? .zero)
            if let execution = held.execution, let seen = error.lastKnown, execution.differs(from: Execution(seen)) {
                cancelFailure = "The task ended and started again under the same id; the cancel was for the run before."
            } else if held.until <= now.time || !error.code.isWorthAnother {
                cancelFailure = error.detail
            }
        }
        return step(now)
    }

    /// A change was kept, or not.
    package mutating func saved(_ saving: Saving, at now: Moment) -> [Action] {
        guard let change = self.saving else { return [] }
        switch saving {
        case .kept:
            self.saving = nil
            saveAt = nil
            failedSaves = 0
            apply(change, at: now.time)
            return step(now)
        case .notOwn:
            return [.leave]
        case .failed:
            failedSaves += 1
            saveAt = now.uptime + rules.pause(after: failedSaves)
            return []
        }
    }

    /// The store answers again, after it did not: what could not be kept is not made to wait any longer.
    package mutating func storeAnswers(at now: Moment) -> [Action] {
        if saveAt != nil { saveAt = now.uptime }
        return step(now)
    }

    /// The time that `nextWake` named has come.
    package mutating func woken(at now: Moment) -> [Action] {
        step(now)
    }

    /// When this wants to be woken; nil while it waits for an answer only.
    package func nextWake(at now: Moment) -> Duration? {
        if saving != nil { return saveAt }
        var wakes: [Duration] = []
        if !isReading { wakes.append(readAt) }
        if kept.heldCancel != nil, !isCancelling { wakes.append(cancelAt) }
        if kept.seen != nil || lastRead != nil {
            for watch in kept.watches {
                if let time = watch.firesAt, now.time < time || fires(watch, now) {
                    wakes.append(now.uptime + time.since(now.time))
                }
            }
        }
        if kept.watches.isEmpty, kept.heldCancel == nil, let streamedUntil = kept.streamedUntil {
            wakes.append(now.uptime + streamedUntil.since(now.time))
        }
        return wakes.min()
    }

    // MARK: - After every event

    /// Keeps what differs, and sees to it that whatever is still missing will come.
    private mutating func step(_ now: Moment) -> [Action] {
        if let saving {
            // What came of it is not known: the same change again, whose events the store knows by their ids.
            guard let saveAt, saveAt <= now.uptime else { return [] }
            self.saveAt = nil
            return [.save(saving)]
        }
        guard kept.isWanted(at: now.time) else { return [.leave] }
        if let change = change(now) {
            saving = change
            return [.save(change)]
        }
        var actions: [Action] = []
        if let held = kept.heldCancel, !isCancelling, cancelAt <= now.uptime {
            isCancelling = true
            actions.append(.cancel(held))
        }
        if !isReading, readAt <= now.uptime {
            isReading = true
            actions.append(.read(from: lastRead?.snapshot.fingerprint(of: .brief)))
        }
        return actions
    }

    /// What is to be kept now; nil where everything is.
    private mutating func change(_ now: Moment) -> TaskChange? {
        var change = TaskChange(task: kept.id)
        let isOver = lastRead?.snapshot.isDone == true
        let isLost = missingReads >= rules.readsUntilLost
        var held = kept.heldCancel
        if isCancelTaken || isOver || isLost { held = nil }
        isCancelTaken = false
        if let cancelFailure, let given = held {
            self.cancelFailure = nil
            held = nil
            if let document = document(with: .failed(given, cancelFailure), now) {
                change.events.append(NewEvent(id: rules.newID(), type: .cancelFailed, document: document))
            }
        }
        if !isOver, !isLost { fire(&held, &change, now) }
        if held != kept.heldCancel { change.heldCancel = .replaced(held) }
        see(held, &change, now)
        if isLost, !isOver {
            change.ending = .lost
            let document = kept.seen?.document ?? Array("null".utf8)
            change.events.append(NewEvent(id: rules.newID(), type: .lost, document: document))
        }
        return change == TaskChange(task: kept.id) ? nil : change
    }

    /// Whether a watch's time has come, and its client may still have the task stopped.
    private func fires(_ watch: Watch, _ now: Moment) -> Bool {
        watch.firesAt.map { $0 <= now.time } == true && rules.mayCancel(watch.client, kept.id)
    }

    /// Takes up the cancel for watches whose time has come.
    private mutating func fire(_ held: inout HeldCancel?, _ change: inout TaskChange, _ now: Moment) {
        guard let document = document(with: nil, now) else { return }
        for watch in kept.watches where fires(watch, now) {
            let audience = NewEvent.Audience(client: watch.client)
            change.fired.append(audience)
            change.events.append(
                NewEvent(id: rules.newID(), type: .deadlinePassed, audience: audience, document: document)
            )
            held =
                held
                ?? HeldCancel(
                    requestedAt: now.time,
                    requestedBy: watch.client,
                    reason: watch.deadline.map { $0 <= now.time } == true ? "deadline" : "lease",
                    until: now.time.advanced(by: rules.cancelHold),
                    execution: watch.execution
                )
            cancelAt = now.uptime
        }
    }

    /// Takes in what was read, as far as it shows something else than what is kept.
    private func see(_ held: HeldCancel?, _ change: inout TaskChange, _ now: Moment) {
        guard let lastRead else { return }
        let snapshot = lastRead.snapshot.showing(held)
        let fingerprint = snapshot.fingerprint(of: .brief)
        if fingerprint != kept.seen?.fingerprint {
            let document = TaskRendering.bytes(snapshot, pollAfter: lastRead.pollAfter, view: .brief)
            change.seen = SeenTask(
                status: snapshot.status,
                fingerprint: fingerprint,
                document: document,
                at: snapshot.observedAt
            )
            // What is seen for the first time has not changed.
            if snapshot.isDone {
                change.events.append(NewEvent(id: rules.newID(), type: .done, document: document))
            } else if kept.seen != nil {
                change.events.append(NewEvent(id: rules.newID(), type: .updated, document: document))
            }
        }
        if snapshot.isDone { change.ending = .done }
    }

    /// What happened, as the store has it now.
    private mutating func apply(_ change: TaskChange, at now: Timestamp) {
        if let seen = change.seen { kept.seen = seen }
        if case .replaced(let held) = change.heldCancel { kept.heldCancel = held }
        for index in kept.watches.indices
        where change.fired.contains(NewEvent.Audience(client: kept.watches[index].client)) {
            kept.watches[index].firedAt = now
        }
        if change.ending != nil { kept.endedAt = now }
    }

    /// The JSON of the task as it is known; nil before it was seen.
    private func document(with cancel: CancelRecord?, _ now: Moment) -> [UInt8]? {
        guard let lastRead else { return kept.seen?.document }
        var snapshot = lastRead.snapshot.showing(kept.heldCancel)
        if let cancel { snapshot.cancel = cancel }
        return TaskRendering.bytes(snapshot, pollAfter: lastRead.pollAfter, view: .brief)
    }
}

extension Watch {
    /// When its task is to be stopped; nil where that was done, or is never to be.
    fileprivate var firesAt: Timestamp? {
        guard firedAt == nil, endedAt == nil else { return nil }
        return [deadline, lease?.endsAt].compactMap { $0 }.min()
    }
}

extension CancelRecord {
    fileprivate static func failed(_ held: HeldCancel, _ detail: String) -> CancelRecord {
        CancelRecord(
            state: .failed,
            requestedAt: held.requestedAt,
            requestedBy: held.requestedBy,
            reason: held.reason,
            detail: detail
        )
    }
}

extension ErrorCode {
    /// Whether asking for the cancel again later can bring more than asking now.
    fileprivate var isWorthAnother: Bool {
        switch self {
        case .unsupportedOperation, .invalidTaskID, .forbidden, .invalidRequest: false
        default: true
        }
    }
}

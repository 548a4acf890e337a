package import GatewayCore
package import Logging
internal import Synchronization
internal import TaskModel
package import TaskStorage

/// Follows every task that somebody wants followed and that no other gateway follows.
///
/// What is decided about a task stands in `FollowedTask`; here is what it needs of the world: the store that says what is
/// wanted, the gateway that reads and cancels, and the time. Tasks are claimed for a while and claimed anew before it is
/// over, so that those of a gateway that ended are soon somebody else's.
package actor Follower {
    /// How often the store is looked at, and what is claimed from it.
    package struct Pace: Sendable {
        /// Between two looks at the store, where nothing says that there is news.
        package var look = Duration.seconds(1)
        /// Between two looks at least, however much news there is.
        package var pause = Duration.milliseconds(50)
        /// How long it takes at most until a clock that was set is noticed by those that wait for a time of it.
        package var clock = Duration.seconds(10)
        /// How long a claim holds; it is renewed three times in that.
        package var claim = Duration.seconds(30)
        /// How many tasks are claimed at a look at most, so that gateways share them, and providers are not met by all at once.
        package var claimed = 200
        /// How long nothing new is taken after the store was away: others that were cut off from it, too, prolong their
        /// claims first.
        package var courtesy = Duration.seconds(3)
        /// How many changes are kept in one transaction.
        package var changes = 500
        /// How long a read waits for a change.
        package var wait = Duration.seconds(600)
        /// How long a held cancel is tried before the store is asked whether it is still wanted.
        package var cancelWait = Duration.seconds(60)

        package init() {}
    }

    private struct Tickets {
        var read: TaskTicket?
        var cancel: TaskTicket?
    }

    private let store: any TaskStore
    private let owner: String
    private let rules: FollowingRules
    private let pace: Pace
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let metrics: FollowingMetrics
    private let gateway: Mutex<any TaskAnswering>
    /// Those that are followed here.
    private var tasks: [TaskID: FollowedTask] = [:]
    /// With which a read or a cancel that is not wanted any more is given up.
    private var tickets: [TaskID: Tickets] = [:]
    private var unsaved: [TaskChange] = []
    private var isSaving = false
    private var isLooking = false
    private var lookedAt = Duration.zero
    private var renewAt = Duration.zero
    private var alarm = Alarm()
    /// Whether there may be news that came during a look.
    private var looksAgain = false
    /// When the first of the tasks wants to be woken, as far as is known; nil where none does.
    private var dueAt: Duration?
    private var askedAllAt = Duration.zero
    /// Nothing new is taken before this.
    private var takeAt = Duration.zero
    private var storeIsAway = false
    /// Whether an answer of the store's may have been missed, and with it what others changed of the tasks.
    private var hasMissedAnswer = false
    private var isStopping = false

    /// `owner` is a name that no other gateway has, now or before.
    package init(
        _ store: any TaskStore,
        owner: String,
        gateway: any TaskAnswering,
        rules: FollowingRules,
        pace: Pace = Pace(),
        timekeeper: any Timekeeper,
        metrics: FollowingMetrics = FollowingMetrics(),
        logger: Logger
    ) {
        self.store = store
        self.owner = owner
        self.gateway = Mutex(gateway)
        self.rules = rules
        self.pace = pace
        self.timekeeper = timekeeper
        self.metrics = metrics
        self.logger = logger
    }

    /// How many tasks are followed here.
    package var count: Int { tasks.count }

    /// Asks another gateway from now on: the configuration was read again.
    package nonisolated func use(_ gateway: any TaskAnswering) {
        self.gateway.withLock { $0 = gateway }
    }

    /// There may be news in the store: looks at it as soon as it may be looked at again.
    package func lookSoon() {
        wake(at: max(timekeeper.now().uptime, lookedAt + pace.pause))
    }

    /// Gives everything back, so that others follow it at once.
    package func stop() async {
        isStopping = true
        for task in Array(tasks.keys) { forget(task) }
        do throws(StoreProblem) {
            try await store.release(nil, of: owner)
        } catch {
            logger.warning("The tasks that were followed are free only when the claims on them are over: \(error).")
        }
    }

    // MARK: - Looking

    /// Claims what is wanted, renews what is claimed, wakes what is due; then again after a while.
    package func look() async {
        guard !isStopping else { return }
        guard !isLooking else {
            looksAgain = true
            return
        }
        isLooking = true
        looksAgain = false
        lookedAt = timekeeper.now().uptime
        do throws(StoreProblem) {
            try await renew()
            if storeIsAway { takeAt = lookedAt + pace.courtesy }
            try await claim()
            if storeIsAway {
                logger.notice("The store of watches answers again.")
                for id in Array(tasks.keys) { handle(id) { $0.storeAnswers(at: $1) } }
            }
            storeIsAway = false
        } catch {
            // It may have done what it was asked, and its answer was lost.
            hasMissedAnswer = true
            if !storeIsAway { logger.error("The store of watches does not answer; it is tried again: \(error).") }
            storeIsAway = true
        }
        wakeDue()
        metrics.follows(tasks.count)
        isLooking = false
        wake(at: lookedAt + (looksAgain ? pace.pause : pace.look))
    }

    private func claim() async throws(StoreProblem) {
        let now = timekeeper.now()
        let until = now.time.advanced(by: pace.claim)
        let claimed = try await store.claim(
            for: owner,
            until: until,
            limit: takeAt <= now.uptime ? pace.claimed : 0,
            anew: hasMissedAnswer,
            at: now.time
        )
        hasMissedAnswer = false
        // There are more: the next look is soon, and meanwhile others may take theirs.
        if claimed.count >= pace.claimed { wake(at: now.uptime + pace.pause) }
        for kept in claimed where !isStopping {
            var task = tasks[kept.id] ?? FollowedTask(kept, rules)
            let actions = task.claimed(kept, at: timekeeper.now())
            tasks[kept.id] = task
            carryOut(actions, of: kept.id)
            noteWake(of: kept.id)
        }
    }

    private func renew() async throws(StoreProblem) {
        let now = timekeeper.now()
        guard renewAt <= now.uptime else { return }
        let own = try await store.renew(for: owner, until: now.time.advanced(by: pace.claim), at: now.time)
        renewAt = now.uptime + pace.claim / 3
        for task in Array(tasks.keys) where !own.contains(task) { forget(task) }
        // Those that were left and could not be given back: nobody would follow them as long as this gateway is there.
        let unknown = own.subtracting(tasks.keys)
        if !unknown.isEmpty { try await store.release(Array(unknown), of: owner) }
    }

    /// Wakes what is due.
    ///
    /// There are many tasks and many looks, so that the tasks are not asked at each.
    private func wakeDue() {
        let now = timekeeper.now()
        if dueAt.map({ $0 <= now.uptime }) ?? false || askedAllAt + pace.clock <= now.uptime {
            askedAllAt = now.uptime
            dueAt = nil
            for id in Array(tasks.keys) {
                guard let wake = tasks[id]?.nextWake(at: now) else { continue }
                if wake <= now.uptime { handle(id) { $0.woken(at: $1) } } else { dueAt = min(dueAt ?? wake, wake) }
            }
        }
        if let dueAt { wake(at: max(dueAt, lookedAt + pace.pause)) }
    }

    private func noteWake(of id: TaskID) {
        guard let wake = tasks[id]?.nextWake(at: timekeeper.now()) else { return }
        dueAt = min(dueAt ?? wake, wake)
    }

    /// Sees to it that somebody looks at that time, if nobody does before.
    private func wake(at uptime: Duration) {
        guard !isStopping, alarm.set(uptime) else { return }
        timekeeper.wake(at: uptime) { [weak self] in Task { await self?.woken(for: uptime) } }
    }

    private func woken(for uptime: Duration) async {
        if alarm.comes(uptime) { await look() }
    }

    // MARK: - Tasks

    private func handle(_ id: TaskID, _ event: (inout FollowedTask, Moment) -> [FollowedTask.Action]) {
        guard var task = tasks[id] else { return }
        let now = timekeeper.now()
        let actions = event(&task, now)
        tasks[id] = task
        carryOut(actions, of: id)
        noteWake(of: id)
        if let dueAt { wake(at: max(dueAt, lookedAt + pace.pause)) }
    }

    private func carryOut(_ actions: [FollowedTask.Action], of id: TaskID) {
        for action in actions {
            switch action {
            case .read(let fingerprint): read(id, from: fingerprint)
            case .cancel(let held): cancel(id, held)
            case .save(let change):
                unsaved.append(change)
                if !isSaving {
                    isSaving = true
                    Task { await save() }
                }
            case .leave:
                forget(id)
                Task { try? await store.release([id], of: owner) }
            }
        }
    }

    private func forget(_ id: TaskID) {
        tasks[id] = nil
        guard let given = tickets.removeValue(forKey: id) else { return }
        let gateway = gateway.withLock { $0 }
        for ticket in [given.read, given.cancel] { if let ticket { gateway.forget(ticket) } }
    }

    private func read(_ id: TaskID, from fingerprint: Fingerprint?) {
        let question = TaskQuestion(
            .status,
            about: id,
            wait: fingerprint == nil ? nil : pace.wait,
            until: .change(from: fingerprint)
        )
        tickets[id, default: Tickets()].read = ask(question) { $0.read($1, at: $2) }
    }

    private func cancel(_ id: TaskID, _ held: HeldCancel) {
        let question = TaskQuestion(
            .cancel(reason: held.reason),
            about: id,
            caller: held.requestedBy,
            wait: pace.cancelWait,
            requestedAt: held.requestedAt,
            execution: held.execution
        )
        tickets[id, default: Tickets()].cancel = ask(question) { $0.cancelAnswered($1, at: $2) }
    }

    private func ask(
        _ question: TaskQuestion,
        _ event:
            @escaping @Sendable (inout FollowedTask, Result<TaskAnswer, GatewayError>, Moment) -> [FollowedTask.Action]
    ) -> TaskTicket {
        let id = question.task
        return gateway.withLock { $0 }
            .ask(question) { [weak self] result, _ in
                Task { await self?.handle(id) { event(&$0, result, $1) } }
            }
    }

    // MARK: - Saving

    /// Keeps what is to be kept, as much as there is in one transaction.
    private func save() async {
        while !unsaved.isEmpty, !isStopping {
            let changes = Array(unsaved.prefix(pace.changes))
            unsaved.removeFirst(changes.count)
            var saving = FollowedTask.Saving.kept
            var lost: Set<TaskID> = []
            do throws(StoreProblem) {
                lost = try await store.record(changes, by: owner, at: timekeeper.now().time)
            } catch {
                saving = .failed
                logger.error("What happened to \(changes.count) tasks could not be kept; it is tried again: \(error).")
            }
            for change in changes {
                let saving = lost.contains(change.task) ? .notOwn : saving
                if saving == .kept { for event in change.events { metrics.kept(event.type) } }
                handle(change.task) { $0.saved(saving, at: $1) }
            }
        }
        isSaving = false
    }
}

package import GatewayCore
package import Logging
internal import Synchronization
package import TaskStorage
package import Webhooks

/// Everything of following that runs by itself: it claims and follows, tells streams, sends webhooks, and keeps the store
/// small.
package actor FollowingEngine {
    /// How often things are done that nothing else brings about.
    package struct Pace: Sendable {
        package var tick = Duration.seconds(1)
        package var heldCancels = Duration.seconds(5)
        package var streams = Duration.seconds(15)
        package var prune = Duration.seconds(60)
        /// After which silence of all gateways leases count as not renewable meanwhile.
        package var silence = Duration.seconds(10)

        package init() {}
    }

    private let store: any TaskStore
    private let isShared: Bool
    private let follower: Follower
    private let hub: EventHub
    private let dispatcher: WebhookDispatcher
    private let holds: HeldCancels
    private let audit: AuditKeeper
    private let retention: Retention
    private let pace: Pace
    private let timekeeper: any Timekeeper
    private let metrics: FollowingMetrics
    private let logger: Logger
    private var holdsAt = Duration.zero
    private var streamsAt = Duration.zero
    private var pruneAt = Duration.zero
    private var hasBeaten = false
    private var isAway = false
    private var isStopping = false

    /// `isShared` says whether other gateways may use the store at the same time.
    package init(
        _ store: any TaskStore,
        isShared: Bool,
        _ follower: Follower,
        _ hub: EventHub,
        _ dispatcher: WebhookDispatcher,
        _ holds: HeldCancels,
        _ audit: AuditKeeper,
        retention: Retention,
        pace: Pace = Pace(),
        timekeeper: any Timekeeper,
        metrics: FollowingMetrics = FollowingMetrics(),
        logger: Logger
    ) {
        self.store = store
        self.isShared = isShared
        self.follower = follower
        self.hub = hub
        self.dispatcher = dispatcher
        self.holds = holds
        self.audit = audit
        self.retention = retention
        self.pace = pace
        self.timekeeper = timekeeper
        self.metrics = metrics
        self.logger = logger
    }

    /// There may be news in the store.
    package nonisolated func storeChanged() {
        Task {
            await follower.lookSoon()
            await dispatcher.lookSoon()
            await hub.lookSoon()
        }
    }

    /// Begins, and goes on until `stop`.
    package func start() async {
        if !isShared { await takeOver() }
        await tick()
        await follower.look()
        await dispatcher.look()
    }

    /// Takes what a gateway before this one followed and sent when it ended, and does not wait until its claims are over.
    private func takeOver() async {
        do throws(StoreProblem) {
            try await store.releaseAll()
        } catch {
            logger.error("What was followed before is followed again only when the claims on it are over: \(error).")
        }
    }

    /// Ends in good order: streams first, then what is followed is given back, then the store is closed.
    package func stop() async {
        isStopping = true
        await hub.stop()
        await dispatcher.stop()
        await follower.stop()
        await audit.flush()
        await store.close()
    }

    private func tick() async {
        guard !isStopping else { return }
        let now = timekeeper.now()
        do throws(StoreProblem) {
            // A store of our own was used by nobody while we were not there.
            let gap = hasBeaten || isShared ? pace.silence : .zero
            if try await store.beat(at: now.time, gap: gap) {
                logger.notice("Leases were given a whole term: nobody could renew them meanwhile.")
            }
            hasBeaten = true
            if holdsAt <= now.uptime {
                try await holds.look()
                holdsAt = now.uptime + pace.heldCancels
            }
            if pruneAt <= now.uptime {
                _ = try await store.prune(retention, at: now.time)
                pruneAt = now.uptime + pace.prune
            }
            isAway = false
        } catch {
            if !isAway { logger.error("The store does not answer: \(error).") }
            isAway = true
        }
        metrics.storeAnswers(!isAway)
        metrics.holds(holds.count)
        await hub.look()
        if streamsAt <= now.uptime {
            await hub.prolong()
            streamsAt = now.uptime + pace.streams
        }
        guard !isStopping else { return }
        timekeeper.wake(at: now.uptime + pace.tick) { [weak self] in Task { await self?.tick() } }
    }
}

/// Says that there may be news in a store to whoever is told to listen, which may be after the store was made.
package final class StoreSignal: Sendable {
    /// A closure of its own in a `Mutex` would be wrapped once more by each look at it, and be slower each time.
    private struct Listener: Sendable {
        let tell: @Sendable () -> Void
    }

    private let listener = Mutex<Listener?>(nil)

    package init() {}

    package func listen(_ listener: @escaping @Sendable () -> Void) {
        self.listener.withLock { $0 = Listener(tell: listener) }
    }

    package func fire() {
        listener.withLock { $0 }?.tell()
    }
}

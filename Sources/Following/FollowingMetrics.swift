package import Metrics
internal import Synchronization
internal import TaskStorage

/// What is counted of following.
package final class FollowingMetrics: MetricsSource {
    private let followed = Atomic(0)
    private let held = Atomic(0)
    private let isStoreUp = Atomic(true)
    private let events = TaskEventType.allCases.map { ($0, Counter()) }

    package init() {}

    /// So many tasks are followed by this gateway.
    func follows(_ count: Int) { followed.store(count, ordering: .relaxed) }

    /// So many cancels are known to be held.
    func holds(_ count: Int) { held.store(count, ordering: .relaxed) }

    /// Whether the store answered when it was asked last.
    func storeAnswers(_ isUp: Bool) { isStoreUp.store(isUp, ordering: .relaxed) }

    /// This gateway has kept that something happened.
    func kept(_ type: TaskEventType) {
        for (counted, counter) in events where counted == type { counter.add() }
    }

    package func write(to text: inout MetricsText) {
        text.single(
            "taskgate_followed_tasks",
            .gauge,
            "Tasks that this gateway follows, for watches, streams and held cancels.",
            followed.load(ordering: .relaxed)
        )
        text.single(
            "taskgate_held_cancels",
            .gauge,
            "Cancels that are held until the provider can take them, by all gateways that share the store.",
            held.load(ordering: .relaxed)
        )
        text.single(
            "taskgate_store_up",
            .gauge,
            "1, or 0 where the store did not answer when it was asked last.",
            isStoreUp.load(ordering: .relaxed) ? 1 : 0
        )
        text.family("taskgate_events_total", .counter, "What this gateway saw happen to tasks that it follows.")
        for (type, counter) in events { text.sample(["type": type.rawValue], counter.value) }
    }
}

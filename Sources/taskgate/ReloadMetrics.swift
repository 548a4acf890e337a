internal import Metrics
internal import Synchronization
internal import TaskModel

/// How often the files were read again, and when they were taken last.
final class ReloadMetrics: MetricsSource {
    private let taken = Counter()
    private let refused = Counter()
    private let lastTaken: Atomic<Int64>

    /// A start takes the files for the first time.
    init(startedAt time: Timestamp) {
        lastTaken = Atomic(time.millisecondsSinceEpoch)
    }

    /// The files were read again, and taken, or refused for their mistakes.
    func ended(isTaken: Bool, at time: Timestamp) {
        (isTaken ? taken : refused).add()
        if isTaken { lastTaken.store(time.millisecondsSinceEpoch, ordering: .relaxed) }
    }

    func write(to text: inout MetricsText) {
        text.family("taskgate_config_reloads_total", .counter, "How often the files were read again.")
        text.sample(["result": "success"], taken.value)
        text.sample(["result": "failure"], refused.value)
        text.family(
            "taskgate_config_last_reload_success_timestamp_seconds",
            .gauge,
            "When the files were taken last, by a reload or by the start."
        )
        text.sample([:], Double(lastTaken.load(ordering: .relaxed)) / 1000)
    }
}

package import Metrics
internal import Synchronization
internal import TaskStorage

/// What is counted of deliveries.
package final class WebhookMetrics: MetricsSource {
    private let delivered = Counter()
    private let retried = Counter()
    private let failed = Counter()
    private let gone = Counter()
    private let underWay = Atomic(0)

    package init() {}

    /// An attempt ended.
    func ended(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .delivered: delivered.add()
        case .retry: retried.add()
        case .failed: failed.add()
        case .gone: gone.add()
        }
    }

    /// So many deliveries are sent, or wait for their turn at their receiver.
    func holds(_ count: Int) { underWay.store(count, ordering: .relaxed) }

    package func write(to text: inout MetricsText) {
        text.family(
            "taskgate_webhook_attempts_total",
            .counter,
            "Attempts to deliver an event, by what came of them: delivered, tried again later, given up, gone for good."
        )
        text.sample(["outcome": "delivered"], delivered.value)
        text.sample(["outcome": "retry"], retried.value)
        text.sample(["outcome": "failed"], failed.value)
        text.sample(["outcome": "gone"], gone.value)
        text.single(
            "taskgate_webhook_deliveries_in_flight",
            .gauge,
            "Deliveries that are being sent or wait for their turn at their receiver.",
            underWay.load(ordering: .relaxed)
        )
    }
}

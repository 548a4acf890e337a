internal import TaskModel
internal import TaskStorage

/// When a delivery that was not taken is sent again.
package struct DeliverySchedule: Sendable {
    /// How long it is tried.
    package var giveUp: Duration

    package init(giveUp: Duration = .seconds(86_400)) {
        self.giveUp = giveUp
    }

    private static let pauses: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200),
        .seconds(14_400), .seconds(28_800),
    ]

    /// What an attempt means, after `attempts` that failed, this one among them; `share` is between 0 and 1.
    ///
    /// A receiver's `Retry-After` is obeyed where it is longer than our own pause, up to the end of the trying.
    func outcome(
        of attempt: DeliveryAttempt,
        retryAfter: Duration?,
        attempts: Int,
        since createdAt: Timestamp,
        share: Double
    ) -> DeliveryOutcome {
        if attempt.problem == nil { return .delivered }
        if attempt.status == 410 { return .gone }
        let pause = Self.pauses[min(max(attempts - 1, 0), Self.pauses.count - 1)]
        // Up to a tenth more, so that what failed together does not come back together.
        let next = attempt.at.advanced(by: max(pause + pause / 10 * share, retryAfter ?? .zero))
        return next > createdAt.advanced(by: giveUp) ? .failed : .retry(at: next)
    }
}

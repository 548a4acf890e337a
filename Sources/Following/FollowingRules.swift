package import TaskModel

/// How tasks are followed.
package struct FollowingRules: Sendable {
    /// How long a cancel that cannot be sent is held.
    package var cancelHold: Duration
    /// After how many reads in a row that did not find it a task counts as lost.
    package var readsUntilLost = 3
    /// The least time between two such reads: what was just begun may be known a moment later.
    package var missingPause = Duration.seconds(5)
    /// The longest pause between two tries of what fails.
    package var longestPause = Duration.seconds(60)
    /// Whether what a client's watch asks for, the cancel of a task, is still done for it.
    package var mayCancel: @Sendable (_ client: String?, _ task: TaskID) -> Bool
    /// Makes ids of events, none twice.
    package var newID: @Sendable () -> String
    /// For pauses that differ, so that what failed together does not come back together.
    package var randomness: @Sendable () -> UInt64

    package init(
        cancelHold: Duration,
        mayCancel: @escaping @Sendable (_ client: String?, _ task: TaskID) -> Bool,
        newID: @escaping @Sendable () -> String,
        randomness: @escaping @Sendable () -> UInt64
    ) {
        self.cancelHold = cancelHold
        self.mayCancel = mayCancel
        self.newID = newID
        self.randomness = randomness
    }

    /// How long to wait after so many failures in a row: from a second, doubling, between half and the whole of that.
    package func pause(after failures: Int) -> Duration {
        let longest = min(Duration.seconds(1 << min(max(failures - 1, 0), 16)), longestPause)
        let share = Double(randomness() >> 11) / Double(1 << 53)
        return longest / 2 + (longest / 2) * share
    }
}

package import TaskModel

/// One instant, as people write it and as waits are counted.
package struct Moment: Sendable, Hashable {
    /// For what is shown: the wall clock, which can be set back and forth.
    package let time: Timestamp
    /// For what is waited for: since some start, never backwards.
    package let uptime: Duration

    package init(time: Timestamp, uptime: Duration) {
        self.time = time
        self.uptime = uptime
    }
}

/// Tells the time, and wakes.
///
/// It is the only clock that the calls know, so that tests wait for nothing.
package protocol Timekeeper: Sendable {
    func now() -> Moment

    /// Runs `body` once when `uptime` is reached, on any thread; it must not block. There is no taking back: one who
    /// no longer needs to be woken ignores it.
    func wake(at uptime: Duration, _ body: @escaping @Sendable () -> Void)
}

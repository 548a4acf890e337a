package import GatewayCore
internal import Synchronization
package import TaskModel

/// A clock that stands still until a test moves it.
package final class ManualTimekeeper: Timekeeper {
    private struct Wake {
        let uptime: Duration
        let order: Int
        let body: @Sendable () -> Void
    }

    private struct State {
        var uptime = Duration.seconds(1000)
        var order = 0
        var wakes: [Wake] = []
    }

    /// What the wall clock says when nothing has been waited for.
    private let start: Timestamp
    private let state = Mutex(State())

    package init(start: Timestamp = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)) {
        self.start = start
    }

    package func now() -> Moment {
        let uptime = state.withLock { $0.uptime }
        let milliseconds = (uptime - .seconds(1000)).nanoseconds / 1_000_000
        return Moment(
            time: Timestamp(millisecondsSinceEpoch: start.millisecondsSinceEpoch + milliseconds),
            uptime: uptime
        )
    }

    package func wake(at uptime: Duration, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.order += 1
            state.wakes.append(Wake(uptime: uptime, order: state.order, body: body))
        }
    }

    /// How many wakes have been asked for and have not come.
    package var wakeCount: Int { state.withLock { $0.wakes.count } }

    /// Moves the clock, stopping at each wake on the way and running it there.
    package func advance(by duration: Duration) {
        let end = state.withLock { $0.uptime + duration }
        while let wake = nextWake(upTo: end) { wake.body() }
        state.withLock { $0.uptime = max($0.uptime, end) }
    }

    private func nextWake(upTo end: Duration) -> Wake? {
        state.withLock { state in
            let first = state.wakes.indices.min { left, right in
                (state.wakes[left].uptime, state.wakes[left].order)
                    < (state.wakes[right].uptime, state.wakes[right].order)
            }
            guard let first, state.wakes[first].uptime <= end else { return nil }
            let wake = state.wakes.remove(at: first)
            state.uptime = max(state.uptime, wake.uptime)
            return wake
        }
    }
}

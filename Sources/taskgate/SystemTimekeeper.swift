internal import GatewayCore
internal import Glibc
internal import NIOCore
internal import TaskModel

/// The machine's clocks, and an event loop that wakes.
struct SystemTimekeeper: Timekeeper {
    let loop: any EventLoop

    func now() -> Moment {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return Moment(
            time: Timestamp(millisecondsSinceEpoch: Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000),
            uptime: .nanoseconds(Self.uptimeNanoseconds)
        )
    }

    /// The wall clock to a few milliseconds, for what shows seconds: read without asking the processor.
    static func roughTime() -> Timestamp {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &wall)
        return Timestamp(millisecondsSinceEpoch: Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000)
    }

    func wake(at uptime: Duration, _ body: @escaping @Sendable () -> Void) {
        let left = uptime.nanoseconds - Self.uptimeNanoseconds
        loop.scheduleTask(in: .nanoseconds(max(0, left)), body)
    }

    private static var uptimeNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

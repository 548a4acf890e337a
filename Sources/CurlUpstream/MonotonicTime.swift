internal import Glibc

/// Nanoseconds of the machine's monotonic clock: what deadlines are made of.
struct MonotonicTime: Comparable {
    private let nanoseconds: Int64

    static func now() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    func advanced(byMilliseconds milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds + Int64(milliseconds) * 1_000_000)
    }

    /// Rounded up, so that whoever sleeps that long does not wake too early.
    ///
    /// Zero when `later` has passed.
    func milliseconds(until later: MonotonicTime) -> Int {
        guard later > self else { return 0 }
        return Int((later.nanoseconds - nanoseconds + 999_999) / 1_000_000)
    }
}

/// The time at which a loop last looked at the clock: exact enough for what is measured in seconds.
///
/// Used on the loop's thread alone.
final class LoopClock {
    private(set) var now = MonotonicTime.now()

    func update() {
        now = .now()
    }
}

extension Duration {
    /// Whole milliseconds, rounded up and at least 1: libcurl takes 0 for "no limit".
    var limitMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        // Beyond this a limit is none, and a sum of limits must not overflow.
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        let milliseconds = Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        return max(1, milliseconds)
    }

    /// Whole seconds, rounded up and at least 1.
    var limitSeconds: Int { (limitMilliseconds + 999) / 1_000 }
}

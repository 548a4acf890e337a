internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The clock that simulated tasks live by: the real time, sped up if wanted, or one that only moves when told to.
package final class SimulatorClock: Sendable {
    private let beginning: SimulatorTime
    private let started: ContinuousClock.Instant
    /// Simulated seconds per real second; zero for a clock that is moved by hand.
    private let scale: Double
    private let advanced = Atomic<Int64>(0)

    private init(beginning: SimulatorTime, scale: Double) {
        self.beginning = beginning
        self.scale = scale
        started = .now
    }

    /// Runs from the present, `scale` simulated seconds in each real second.
    package static func real(scale: Double = 1) -> SimulatorClock {
        // Whole seconds will do: simulated tasks are compared with each other, not with the world.
        let present = SimulatorTime(microseconds: Int64(time(nil)) * 1_000_000)
        return SimulatorClock(beginning: present, scale: scale)
    }

    /// Stands still until it is advanced.
    package static func manual(startingAt beginning: SimulatorTime = .beginning) -> SimulatorClock {
        SimulatorClock(beginning: beginning, scale: 0)
    }

    /// The present instant of the simulated world; at the end of time it stands still.
    package var now: SimulatorTime {
        let elapsed = advanced.load(ordering: .sequentiallyConsistent) + run
        return SimulatorTime(microseconds: beginning.microseconds + min(elapsed, longest))
    }

    /// Lets simulated time pass at once, for a real clock as for a manual one, up to the end of time.
    ///
    /// False, and nothing passes, where the end would come before.
    @discardableResult
    package func advance(by duration: Duration) -> Bool {
        guard .zero ... .microseconds(longest) ~= duration else { return false }
        var known = advanced.load(ordering: .sequentiallyConsistent)
        while true {
            let wanted = known + duration.wholeMicroseconds
            guard wanted + run <= longest else { return false }
            let (exchanged, original) = advanced.compareExchange(
                expected: known,
                desired: wanted,
                ordering: .sequentiallyConsistent
            )
            if exchanged { return true }
            known = original
        }
    }

    /// The microseconds from the beginning to the end of time.
    private var longest: Int64 { SimulatorTime.end.microseconds - beginning.microseconds }

    /// The microseconds that passed by themselves.
    private var run: Int64 {
        guard scale > 0 else { return 0 }
        let passed = Double((ContinuousClock.now - started).wholeMicroseconds) * scale
        return passed < Double(longest) ? Int64(passed) : longest
    }
}

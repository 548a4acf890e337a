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

    /// The present instant of the simulated world.
    package var now: SimulatorTime {
        var elapsed = advanced.load(ordering: .sequentiallyConsistent)
        if scale > 0 {
            elapsed += Int64(Double((ContinuousClock.now - started).wholeMicroseconds) * scale)
        }
        return SimulatorTime(microseconds: beginning.microseconds + elapsed)
    }

    /// Lets simulated time pass at once, for a real clock as for a manual one.
    package func advance(by duration: Duration) {
        advanced.wrappingAdd(duration.wholeMicroseconds, ordering: .sequentiallyConsistent)
    }
}

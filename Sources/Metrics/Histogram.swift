internal import Synchronization

/// How long things took, counted in fixed buckets, for many threads.
///
/// Adding one costs a few comparisons and three relaxed additions: no lock, no allocation.
package final class Histogram: Sendable {
    /// What a reader sees of a histogram.
    package struct Reading: Sendable, Hashable {
        /// How many were at most as long as each bound, then all of them.
        package let cumulative: [Int]
        /// The sum of all, in seconds.
        package let sum: Double
        package var count: Int { cumulative.last ?? 0 }
    }

    private static let nanoseconds: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 75_000_000,
        100_000_000, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 7_500_000_000,
        10_000_000_000, 30_000_000_000, 60_000_000_000,
    ]

    /// The upper ends of the buckets in seconds, without the last, which has none.
    ///
    /// From 5 ms to 10 s they are those of OpenTelemetry's HTTP conventions; those below are for answers from memory,
    /// those above for callers who wait.
    package static let bounds: [Double] = nanoseconds.map { Double($0) / 1_000_000_000 }

    // Safety: made here, freed when nobody has the histogram any more, and touched by atomic operations alone.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<Int64>>
    private let sum = Atomic<Int64>(0)

    package init() {
        cells = .allocate(capacity: Self.nanoseconds.count + 1)
        for index in 0...Self.nanoseconds.count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Self.nanoseconds.count + 1)
        cells.deallocate()
    }

    /// Counts one that took so many nanoseconds; a time before its start counts as none.
    package func add(nanoseconds: Int64) {
        var index = 0
        Self.nanoseconds.withUnsafeBufferPointer { bounds in
            while index < bounds.count, nanoseconds > bounds[index] { index += 1 }
        }
        cells[index].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(max(0, nanoseconds), ordering: .relaxed)
    }

    /// What was counted until now; what is added meanwhile may be in it or not, but no bucket is above the next.
    package func read() -> Reading {
        var total = 0
        let cumulative = (0...Self.nanoseconds.count)
            .map { index in
                total += Int(cells[index].load(ordering: .relaxed))
                return total
            }
        return Reading(cumulative: cumulative, sum: Double(sum.load(ordering: .relaxed)) / 1_000_000_000)
    }
}

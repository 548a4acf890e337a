internal import Synchronization

/// Metrics of one kind, found by a small number; each is made when it is needed first.
///
/// A label's values become the number by multiplication, so that no text is looked up where something is counted, and a
/// combination that never occurs takes no memory and no line.
package final class MetricTable<Metric: AnyObject & Sendable>: Sendable {
    package let count: Int
    private let make: @Sendable () -> Metric
    /// Where each metric is, as a number; zero where none was needed.
    ///
    /// An `AtomicLazyReference` looks its type up at each load, which costs more than all else that counting does.
    // Safety: made here, freed when nobody has the table any more, and touched by atomic operations alone.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<UInt>>

    /// A table for the numbers below `count`.
    package init(count: Int, make: @escaping @Sendable () -> Metric) {
        self.count = count
        self.make = make
        cells = .allocate(capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        for (_, metric) in needed { Unmanaged.passUnretained(metric).release() }
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    /// The metric of a number.
    package subscript(index: Int) -> Metric {
        precondition(0 <= index && index < count)
        return metric(index) ?? add(index)
    }

    private func metric(_ index: Int) -> Metric? {
        let address = cells[index].load(ordering: .acquiring)
        return address == 0 ? nil : unsafeBitCast(address, to: Metric.self)
    }

    /// Makes a metric, and keeps it unless another thread was faster.
    @inline(never)
    private func add(_ index: Int) -> Metric {
        let made = Unmanaged.passRetained(make())
        let (isFirst, other) = cells[index]
            .compareExchange(
                expected: 0,
                desired: UInt(bitPattern: made.toOpaque()),
                ordering: .acquiringAndReleasing
            )
        guard !isFirst else { return made.takeUnretainedValue() }
        made.release()
        return unsafeBitCast(other, to: Metric.self)
    }

    /// Every metric that was needed, in the order of the numbers.
    package var needed: [(number: Int, metric: Metric)] {
        (0..<count).compactMap { index in metric(index).map { (index, $0) } }
    }
}

internal import Synchronization

/// Metrics of one kind, found by a small number; each is made when it is needed first.
///
/// A label's values become the number by multiplication, so that no text is looked up where something is counted, and a
/// combination that never occurs takes no memory and no line.
package final class MetricTable<Metric: AnyObject & Sendable>: Sendable {
    package let count: Int
    private let make: @Sendable () -> Metric
    // Safety: made here, freed when nobody has the table any more, and touched by atomic operations alone.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<AtomicLazyReference<Metric>>

    /// A table for the numbers below `count`.
    package init(count: Int, make: @escaping @Sendable () -> Metric) {
        self.count = count
        self.make = make
        cells = .allocate(capacity: count)
        for index in 0..<count { (cells + index).initialize(to: AtomicLazyReference()) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    /// The metric of a number.
    package subscript(index: Int) -> Metric {
        precondition(0 <= index && index < count)
        return cells[index].load() ?? cells[index].storeIfNil(make())
    }

    /// Every metric that was needed, in the order of the numbers.
    package var needed: [(number: Int, metric: Metric)] {
        (0..<count).compactMap { index in cells[index].load().map { (index, $0) } }
    }
}

internal import Synchronization

/// A number that only grows, for many threads.
package final class Counter: Sendable {
    private let cell = Atomic(0)

    package init() {}

    package var value: Int { cell.load(ordering: .relaxed) }

    package func add(_ count: Int = 1) {
        cell.wrappingAdd(count, ordering: .relaxed)
    }
}

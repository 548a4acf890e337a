internal import Synchronization

/// Counts how often a store said that there may be news.
package final class News: Sendable {
    private let count = Atomic(0)

    package init() {}

    package func add() {
        count.wrappingAdd(1, ordering: .relaxed)
    }

    package var calls: Int { count.load(ordering: .relaxed) }

    /// Whether news came since there were `before`, or comes soon: a store may gather what it says.
    package func came(since before: Int) async throws -> Bool {
        for _ in 0..<1000 where calls == before { try await Task.sleep(for: .milliseconds(10)) }
        return calls > before
    }
}

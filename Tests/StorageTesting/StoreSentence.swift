package import TaskStorage
internal import Testing

/// Makes a store that is empty, and calls the closure when there may be news.
package typealias StoreMaker = @Sendable (_ changed: @escaping @Sendable () -> Void) async throws -> any TaskStore

/// A sentence that is true of every store, and how it is tried.
package struct StoreSentence: Sendable, CustomTestStringConvertible {
    let text: String
    private let trial: @Sendable (any TaskStore, News) async throws -> Void

    init(_ text: String, _ trial: @escaping @Sendable (any TaskStore, News) async throws -> Void) {
        self.text = text
        self.trial = trial
    }

    package var testDescription: String { text }

    /// Tries it on a store of its own.
    package func holds(of make: StoreMaker) async throws {
        let news = News()
        let store = try await make { news.add() }
        do {
            try await trial(store, news)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Everything that `TaskStore` promises.
    package static let all =
        watches + renewals + claims + holds + records + firings + beats + readings + deliveries + redeliveries
        + retention + audits + news + crowds
}

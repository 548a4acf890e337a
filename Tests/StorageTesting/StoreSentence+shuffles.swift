internal import TaskStorage
internal import Testing

extension StoreSentence {
    /// That a database does in any order of questions what the store in memory does, beside `all`.
    ///
    /// A run that went wrong is repeated by its seed.
    package static let shuffles: [StoreSentence] = (1...10 as ClosedRange<UInt64>).map { seed in
        StoreSentence("What is asked in any order is answered as by the store in memory, seed \(seed)") { store, _ in
            var run = RandomStoreRun(seed: seed)
            let difference = try await run.difference(between: MemoryStore {}, and: store, questions: 120)
            if let difference { Issue.record("\(difference)") }
        }
    }
}

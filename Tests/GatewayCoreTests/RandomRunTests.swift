import Foundation
import Testing

@Suite struct `Any order of events` {
    /// How many orders are played through: `RANDOM_RUNS=100000 swift test --filter RandomRunTests` plays more of them.
    private static let runs = ProcessInfo.processInfo.environment["RANDOM_RUNS"].flatMap { UInt64($0) } ?? 2000

    /// A run that went wrong is repeated by its seed alone: `RandomRun(seed:)`.
    @Test(arguments: 0..<10)
    func `leaves every caller answered with what is true`(part: UInt64) async {
        for seed in stride(from: part, to: Self.runs, by: 10) {
            // Other tests have their turn.
            await Task.yield()
            var run = RandomRun(seed: seed)
            run.play()
            guard let first = run.violations.first else { continue }
            Issue.record("seed \(seed): \(first), and \(run.violations.count - 1) more")
            return
        }
    }
}

import Testing

@Suite struct `Any order of events` {
    /// A run that went wrong is repeated by its seed alone: `RandomRun(seed:)`.
    @Test(arguments: 0..<8)
    func `leaves every caller answered with what is true`(part: UInt64) {
        for seed in part * 2500..<(part + 1) * 2500 {
            var run = RandomRun(seed: seed)
            run.play()
            guard let first = run.violations.first else { continue }
            Issue.record("seed \(seed): \(first), and \(run.violations.count - 1) more")
            return
        }
    }
}

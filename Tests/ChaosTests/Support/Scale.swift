import Foundation

/// How much of everything runs.
enum Scale {
    /// Whether everything runs, for minutes, or the part that every change has to pass.
    static let isWhole = ProcessInfo.processInfo.environment["TASKGATE_CHAOS"] == "all"
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}

extension [Duration] {
    /// The value below which that share of all lies.
    func percentile(_ share: Double) -> Duration {
        guard !isEmpty else { return .zero }
        return sorted()[Swift.min(count - 1, Int(Double(count) * share))]
    }
}

/// Does something for each number, so many at a time, and returns what came of it.
func forEach<Value: Sendable>(
    _ count: Int,
    atOnce: Int = .max,
    _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        var values: [Value] = []
        for number in 0..<count {
            if number >= atOnce, let value = try await group.next() { values.append(value) }
            group.addTask { try await body(number) }
        }
        for try await value in group { values.append(value) }
        return values
    }
}

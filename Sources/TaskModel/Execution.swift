/// What tells one run of a task from the next under the same id.
package struct Execution: Sendable, Hashable {
    package let createdAt: Timestamp?
    package let startedAt: Timestamp?

    package init(_ snapshot: TaskSnapshot) {
        createdAt = snapshot.createdAt
        startedAt = snapshot.startedAt
    }

    package init(createdAt: Timestamp?, startedAt: Timestamp?) {
        self.createdAt = createdAt
        self.startedAt = startedAt
    }

    /// Whether two observations are certainly of different runs: a task that has started meanwhile is the same run.
    package func differs(from other: Execution) -> Bool {
        func differ(_ left: Timestamp?, _ right: Timestamp?) -> Bool {
            guard let left, let right else { return false }
            return left != right
        }
        return differ(createdAt, other.createdAt) || differ(startedAt, other.startedAt)
    }

    /// The same run, with what a later observation says beside.
    package func completed(by other: Execution) -> Execution {
        Execution(createdAt: createdAt ?? other.createdAt, startedAt: startedAt ?? other.startedAt)
    }
}

/// The life of a task, as states in its provider's own words and how long each lasts.
package struct SimulatedScript: Sendable, Equatable {
    /// One state on the way.
    package struct Step: Sendable, Equatable {
        /// The provider's word for it.
        package var state: String
        /// Nil for a state that lasts until something happens to the task.
        package var length: Duration?

        /// A state of this length, or the last one.
        package init(_ state: String, for length: Duration? = nil) {
            self.state = state
            self.length = length
        }
    }

    /// The states in their order; what follows one without a length is never reached.
    package var steps: [Step]

    /// A life in these steps, of which there is at least one.
    package init(_ steps: [Step]) {
        precondition(!steps.isEmpty, "a task is always in some state")
        self.steps = steps
    }

    /// A task that stays as it is.
    package static func staying(in state: String) -> SimulatedScript {
        SimulatedScript([Step(state)])
    }

    /// The ordinary way of a task: queued, at work, and an end, which is success unless another word is given.
    package static func run(
        of provider: SimulatedProvider,
        queued: Duration = .seconds(2),
        working: Duration = .seconds(30),
        endingAs end: String? = nil
    ) -> SimulatedScript {
        let vocabulary = provider.dialect.vocabulary
        var steps: [Step] = []
        if let word = vocabulary.queued {
            steps.append(Step(word, for: queued))
        }
        steps.append(Step(vocabulary.working[0], for: working))
        steps.append(Step(end ?? vocabulary.succeeded))
        return SimulatedScript(steps)
    }
}

/// A provider's own words for where a task is.
struct SimulatedVocabulary: Sendable {
    /// The word for a task that waits for its turn; nil for a provider that has none.
    var queued: String?
    /// The words for a task at work, the usual one first.
    var working: [String]
    var succeeded: String
    /// Every word for a task that has ended.
    var finished: [String]

    func isFinished(_ state: String) -> Bool { finished.contains(state) }
    func isWorking(_ state: String) -> Bool { working.contains(state) }
}

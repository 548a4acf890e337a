package import TaskModel

/// A provider's file, compiled: everything in which the provider differs from the others.
///
/// `docs/provider-format.md` says what each part means.
package struct ProviderDefinition: Sendable {
    /// The file's name without its ending.
    package let name: String
    /// The file itself, as it was read.
    let source: [UInt8]
    package let title: String
    package let documentation: String
    package let variables: [Variable]
    /// Nil where the provider wants no key.
    package let credential: CredentialRule?
    /// An id in the gateway's spelling, without the provider's name.
    package let exampleID: String
    /// Whether a task that ended can run again under the same id.
    package let restarts: Bool
    /// Nil where the provider cannot cancel.
    package let cancelRules: CancelRules?
    package let poll: PollRules
    /// How many calls the provider takes; nil where it does not say.
    package let rate: CallRate?

    /// Origin and mount prefix, with holes for variables.
    let baseURL: TextTemplate
    let headers: [(name: String, value: TextTemplate)]
    let parts: [IDPart]
    let words: Vocabulary
    let numericTimes: TimeUnit?
    let operations: [Operation: OperationDefinition]
    let answers: [AnswerRule]
    let messages: Source?
    let pollHint: Source?

    /// The names of the id's parts.
    package var partNames: [String] { parts.map(\.name) }

    package func can(_ operation: Operation) -> Bool { operations[operation] != nil }
}

/// Something that differs from one installation of a provider to the next.
package struct Variable: Sendable {
    package let name: String
    package let description: String
    package let pattern: Pattern
    package let example: String
    /// Nil where the configuration must give it.
    package let fallback: String?
}

/// How a provider's key is sent, and what it looks like.
package struct CredentialRule: Sendable {
    enum Carrier: Sendable {
        case header(name: String, prefix: String)
        /// HTTP Basic, the key as user name and an empty password.
        case basicUserName
        case query(name: String)
    }

    let carrier: Carrier
    /// Nil where the provider does not say what a key looks like.
    package let pattern: Pattern?
}

/// How a provider's cancel behaves.
package struct CancelRules: Sendable {
    package enum Belief: String, Sendable, CaseIterable {
        /// An answer that says cancelled is the end.
        case final
        /// Only a status read is believed.
        case promise
    }

    package let belief: Belief
    /// The statuses in which the provider can stop a task.
    package let from: [TaskStatus]
    /// Whether the status must be read before anything is sent.
    package let readsFirst: Bool
}

/// How often a task's status is read.
package struct PollRules: Sendable, Hashable {
    /// Never oftener than this.
    package var minimum: Duration
    /// The first interval while somebody waits.
    package var first: Duration
    /// The longest interval while nothing changes.
    package var maximum: Duration

    package init(
        minimum: Duration = .seconds(1),
        first: Duration = .seconds(2),
        maximum: Duration = .seconds(30)
    ) {
        self.minimum = minimum
        self.first = first
        self.maximum = maximum
    }
}

/// One call of a provider's interface: its request, and how its answer is read.
struct OperationDefinition: Sendable {
    let method: String
    let target: TextTemplate
    let headers: [(name: String, value: TextTemplate)]
    let body: BodyTemplate?
    let contentType: String
    /// Nil where the answer says nothing of where the task stands.
    let word: Source?
    /// Nil where the answer uses the file's vocabulary.
    let words: Vocabulary?
    let fields: FieldSources
    let answers: [AnswerRule]
}

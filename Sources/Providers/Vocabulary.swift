internal import JSON
internal import TaskModel

/// What a provider's words mean: rules in their order, the first that matches wins.
struct Vocabulary: Sendable {
    struct Rule: Sendable {
        /// In lower case, without surrounding space; nil matches every word.
        let words: [String]?
        let conditions: [Condition]
        let meaning: Meaning
    }

    struct Meaning: Sendable {
        let status: TaskStatus
        let reason: String?
        /// Whether the task is being stopped, whoever asked.
        let isBeingCancelled: Bool
    }

    private let rules: [String: [Rule]]
    private let rulesForAnyWord: [Rule]

    /// The words that rules name, each in lower case.
    var words: [String] { rules.keys.sorted() }

    init(_ rules: [Rule]) {
        var table: [String: [Rule]] = [:]
        for word in Set(rules.flatMap { $0.words ?? [] }) {
            table[word] = rules.filter { $0.words?.contains(word) ?? true }
        }
        self.rules = table
        rulesForAnyWord = rules.filter { $0.words == nil }
    }

    /// What a word means in an answer, or nil for a word that no rule has.
    func meaning(of word: String, in root: JSONElement) -> Meaning? {
        (rules[word.trimmedAndLowercased] ?? rulesForAnyWord).first { $0.conditions.hold(in: root) }?.meaning
    }
}

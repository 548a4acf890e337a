internal import JSON
internal import TaskModel

/// What a provider's words mean: rules in their order, the first that matches wins.
struct Vocabulary: Sendable {
    final class Rule: Sendable {
        /// In lower case, without surrounding space; nil matches every word.
        let words: [String]?
        let conditions: [Condition]
        let meaning: Meaning

        init(words: [String]?, conditions: [Condition], meaning: Meaning) {
            self.words = words
            self.conditions = conditions
            self.meaning = meaning
        }
    }

    struct Meaning: Sendable {
        let status: TaskStatus
        let reason: String?
        /// Whether the task is being stopped, whoever asked.
        let isBeingCancelled: Bool
    }

    /// The words that rules name, each in lower case.
    let words: [String]
    private let table: WordTable
    /// For each word the rules that take it, and behind them those that take any word.
    private let rules: [[Rule]]

    init(_ rules: [Rule]) {
        words = Set(rules.flatMap { $0.words ?? [] }).sorted()
        table = WordTable(words)
        self.rules =
            words.map { word in rules.filter { $0.words?.contains(word) ?? true } } + [rules.filter { $0.words == nil }]
    }

    /// What a word means in an answer, or nil for a word that no rule has.
    func meaning(of word: String, in root: JSONElement) -> Meaning? {
        for rule in rules[table.index(ofWord: word) ?? words.count] where rule.conditions.hold(in: root) {
            return rule.meaning
        }
        return nil
    }
}

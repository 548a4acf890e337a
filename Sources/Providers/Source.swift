internal import JSON
internal import TaskModel

/// Where in an answer a field stands, and where else if it does not stand there.
///
/// An object, so that going through the fields of an answer copies no places and conditions.
final class Source: Sendable {
    struct Option: Sendable {
        let place: JSONPointer
        let conditions: [Condition]
        /// What the field is where the place has nothing.
        let fallback: String?
    }

    private let option: Option
    private let next: Source?

    /// Nil for no options; they come in the order of preference.
    init?(options: some Collection<Option>) {
        guard let first = options.first else { return nil }
        option = first
        next = Source(options: Array(options.dropFirst()))
    }

    /// The first value that is there and not null.
    func value(in root: JSONElement) -> JSONElement? {
        first(in: root) { $0 }
    }

    /// The first value that says something, as text for a person.
    func text(in root: JSONElement) -> String? {
        first(in: root) { $0.shownText }
    }

    /// The first value that is a time.
    func timestamp(in root: JSONElement, _ unit: TimeUnit?) -> Timestamp? {
        first(in: root) { $0.timestamp(unit) }
    }

    /// The first value that `read` can make something of.
    func first<Value>(in root: JSONElement, _ read: (JSONElement) -> Value?) -> Value? {
        if option.conditions.isEmpty || option.conditions.hold(in: root),
            let element = root.value(at: option.place), let value = read(element)
        {
            return value
        }
        return next?.first(in: root, read)
    }

    /// The provider's word: text, or a number, true or false as they are written; else the fallback.
    func word(in root: JSONElement) -> String? {
        first(in: root) { $0.writtenScalar } ?? fallback(in: root)
    }

    private func fallback(in root: JSONElement) -> String? {
        if let fallback = option.fallback, option.conditions.hold(in: root) { return fallback }
        return next?.fallback(in: root)
    }
}

/// What numbers mean that are written for a time or a duration.
enum TimeUnit: String, Sendable, CaseIterable {
    case seconds
    case milliseconds

    var perSecond: Double {
        switch self {
        case .seconds: 1
        case .milliseconds: 1000
        }
    }
}

/// Where progress stands, and in which form.
enum ProgressSource: Sendable {
    /// A number of which `whole` means all.
    case share(Source, whole: Double)
    /// Counts of what is done and of all there is, each summed.
    case counts(done: [JSONPointer], total: [JSONPointer])
}

/// Where a length of time stands, and what its numbers count.
struct DurationSource: Sendable {
    let source: Source
    let unit: TimeUnit
}

/// Where the fields of a task stand in one kind of answer.
struct FieldSources: Sendable {
    var title: Source?
    var message: Source?
    var reason: Source?
    var error: Source?
    var errorCode: Source?
    var result: Source?
    var createdAt: Source?
    var startedAt: Source?
    var updatedAt: Source?
    var finishedAt: Source?
    var duration: DurationSource?
    var progress: ProgressSource?
    /// The provider's own flag for an end.
    var done: Source?
}

extension JSONElement {
    /// A string, or a number, true or false as they are written.
    var writtenScalar: String? {
        switch kind {
        case .string: string
        case .number: digits
        case .bool: bool == true ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

internal import TaskModel

/// The query parameters that some path knows, by their names.
enum QueryParameter: String, Sendable, CaseIterable {
    case wait
    case until
    case maxAge = "max_age"
    case view
    case provider
    case awaited = "for"
    case ids
    case status
    case done
    case watched
    case task
    case state
    case limit
    case cursor

    /// Whether several of this name are one list.
    var isRepeatable: Bool { self == .ids || self == .status }
}

/// The query of a request, read strictly: a parameter that is unknown, given twice or of a wrong value is refused, for
/// passing over it would answer another question than the caller asked.
struct QueryParameters: Sendable {
    enum Until: String, Sendable, CaseIterable {
        case done
        case change
    }

    /// Which of several tasks a wait is for.
    enum Awaited: String, Sendable, CaseIterable {
        case all
        case any
    }

    /// The longest wait there is; longer ones are cut to it.
    static let maximumWait = Duration.seconds(60)

    var wait: Duration?
    var until = Until.done
    var maximumAge = Duration.zero
    var view = TaskView.brief
    var provider: String?
    var awaited = Awaited.all
    /// What lists are asked for by, as it was given: see `ListParameters`.
    var given: [(parameter: QueryParameter, value: Substring)] = []

    init() {}

    init(_ query: Substring?, known: [QueryParameter]) throws(GatewayError) {
        guard let query, !query.isEmpty else { return }
        var seen: Set<QueryParameter> = []
        for piece in query.split(separator: "&") {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decode(pair[0]),
                let value = pair.count == 2 ? PercentDecoding.decode(pair[1]) : ""
            else {
                throw GatewayError(.invalidRequest, "The query has an escape that is not percent-encoded UTF-8 text.")
            }
            guard let parameter = QueryParameter(rawValue: name), known.contains(parameter) else {
                throw Self.unknown(name, known: known)
            }
            guard seen.insert(parameter).inserted || parameter.isRepeatable else {
                throw GatewayError(.invalidRequest, "The query parameter \(name) is given more than once.")
            }
            try set(parameter, to: value, raw: pair.count == 2 ? pair[1] : "")
        }
    }

    private mutating func set(
        _ parameter: QueryParameter,
        to value: String,
        raw: Substring
    ) throws(GatewayError) {
        switch parameter {
        case .wait: wait = min(try Self.duration(value, of: parameter), Self.maximumWait)
        case .maxAge: maximumAge = try Self.duration(value, of: parameter)
        case .until: until = try Self.choice(value, of: parameter, in: Until.allCases.map(\.rawValue))
        case .view: view = try Self.choice(value, of: parameter, in: TaskView.allCases.map(\.rawValue))
        case .awaited: awaited = try Self.choice(value, of: parameter, in: Awaited.allCases.map(\.rawValue))
        case .provider:
            guard TaskID.isProviderName(value) else {
                throw GatewayError(
                    .invalidRequest,
                    "provider must be a provider's name: a lower-case letter, then up to 31 letters, digits or hyphens."
                )
            }
            provider = value
        case .ids, .status, .done, .watched, .task, .state, .limit, .cursor: given.append((parameter, raw))
        }
    }

    private static func duration(_ value: String, of parameter: QueryParameter) throws(GatewayError) -> Duration {
        guard let duration = Duration(text: value) else {
            throw GatewayError(
                .invalidRequest,
                "\(parameter.rawValue) must be a duration such as 30s, 500ms or 1m; a bare number is seconds."
            )
        }
        return duration
    }

    static func choice<Choice: RawRepresentable<String>>(
        _ value: String,
        of parameter: QueryParameter,
        in choices: [String]
    ) throws(GatewayError) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            throw GatewayError(
                .invalidRequest,
                "\(parameter.rawValue) must be \(choices.joined(separator: " or "))."
            )
        }
        return choice
    }

    private static func unknown(_ name: String, known: [QueryParameter]) -> GatewayError {
        let list = known.isEmpty ? "none" : known.map(\.rawValue).joined(separator: ", ")
        return GatewayError(
            .invalidRequest,
            "The query parameter \"\(name.prefix(64))\" is unknown here; known: \(list)."
        )
    }
}

internal import TaskModel

/// The query parameters that some path knows, by their names.
enum QueryParameter: String, Sendable, CaseIterable {
    case wait
    case until
    case maxAge = "max_age"
    case view
    case provider
}

/// The query of a request about a task, read strictly: a parameter that is unknown, given twice or of a wrong value
/// is refused, for passing over it would answer another question than the caller asked.
struct QueryParameters: Sendable {
    enum Until: String, Sendable, CaseIterable {
        case done
        case change
    }

    /// The longest wait there is; longer ones are cut to it.
    static let maximumWait = Duration.seconds(60)

    var wait: Duration?
    var until = Until.done
    var maximumAge = Duration.zero
    var view = TaskView.brief
    var provider: String?

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
            guard seen.insert(parameter).inserted else {
                throw GatewayError(.invalidRequest, "The query parameter \(name) is given more than once.")
            }
            try set(parameter, to: value)
        }
    }

    private mutating func set(_ parameter: QueryParameter, to value: String) throws(GatewayError) {
        switch parameter {
        case .wait: wait = min(try Self.duration(value, of: parameter), Self.maximumWait)
        case .maxAge: maximumAge = try Self.duration(value, of: parameter)
        case .until: until = try Self.choice(value, of: parameter, in: Until.allCases.map(\.rawValue))
        case .view: view = try Self.choice(value, of: parameter, in: TaskView.allCases.map(\.rawValue))
        case .provider:
            guard TaskID.isProviderName(value) else {
                throw GatewayError(
                    .invalidRequest,
                    "provider must be a provider's name: a lower-case letter, then up to 31 letters, digits or hyphens."
                )
            }
            provider = value
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

    private static func choice<Choice: RawRepresentable<String>>(
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

internal import TaskModel
internal import TaskStorage

/// What lists are asked for by, read from a query.
extension QueryParameters {
    static let defaultLimit = 100
    static let limits = 1...1000

    /// How many entries an answer has at most.
    var limit: Int {
        get throws(GatewayError) {
            guard let text = single(.limit) else { return Self.defaultLimit }
            guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let limit = Int(text),
                Self.limits.contains(limit)
            else {
                throw GatewayError(.invalidRequest, "limit must be a whole number from 1 to \(Self.limits.upperBound).")
            }
            return limit
        }
    }

    /// The ids of a list, in their order; a comma within an id is written as `%2C`.
    var ids: [String] {
        get throws(GatewayError) { try list(.ids) }
    }

    /// Nil is every status.
    var statuses: Set<TaskStatus>? {
        get throws(GatewayError) {
            let words = try list(.status)
            guard !words.isEmpty else { return nil }
            var statuses: Set<TaskStatus> = []
            for word in words {
                statuses.insert(try Self.choice(word, of: .status, in: TaskStatus.allCases.map(\.rawValue)))
            }
            return statuses
        }
    }

    /// Nil is both.
    var isDone: Bool? {
        get throws(GatewayError) {
            guard let text = single(.done) else { return nil }
            switch text {
            case "true": return true
            case "false": return false
            default: throw GatewayError(.invalidRequest, "done must be true or false.")
            }
        }
    }

    /// Whether only tasks that the client watches are asked for.
    var isWatched: Bool {
        get throws(GatewayError) {
            guard let text = single(.watched) else { return false }
            guard text == "true" else {
                throw GatewayError(.invalidRequest, "watched must be true; without it, all tasks are listed.")
            }
            return true
        }
    }

    /// Nil is every state.
    var state: Delivery.State? {
        get throws(GatewayError) {
            guard let text = single(.state) else { return nil }
            return try Self.choice(text, of: .state, in: Delivery.State.allCases.map(\.rawValue))
        }
    }

    /// The text that names a task.
    var task: String? { single(.task) }

    /// Where the list goes on; nil is its beginning.
    var cursor: PageCursor? {
        get throws(GatewayError) {
            guard let text = single(.cursor) else { return nil }
            guard let cursor = PageCursor(text) else {
                throw GatewayError(.invalidRequest, "cursor must be the \"next\" of an earlier answer.")
            }
            return cursor
        }
    }

    /// The number below which the list goes on; nil is its beginning.
    var numberCursor: Int64? {
        get throws(GatewayError) {
            switch try cursor {
            case nil: return nil
            case .below(let number): return number
            case .after: throw GatewayError(.invalidRequest, "cursor must be the \"next\" of an answer of this list.")
            }
        }
    }

    private func single(_ parameter: QueryParameter) -> String? {
        given.first { $0.parameter == parameter }.flatMap { PercentDecoding.decode($0.value) }
    }

    /// The entries between commas, which are no part of an entry unless they are escaped.
    private func list(_ parameter: QueryParameter) throws(GatewayError) -> [String] {
        var entries: [String] = []
        for (_, value) in given.filter({ $0.parameter == parameter }) {
            for piece in value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let entry = PercentDecoding.decode(piece) else {
                    throw GatewayError(.invalidRequest, "\(parameter.rawValue) has an escape that is not UTF-8 text.")
                }
                entries.append(entry)
            }
        }
        return entries
    }
}

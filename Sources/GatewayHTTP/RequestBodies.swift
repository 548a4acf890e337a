internal import GatewayCore
internal import JSON
internal import TaskModel

/// The bodies that requests may have, read strictly.
enum RequestBodies {
    static let maximumReasonLength = 500
    static let titleLengths = 1...200

    /// What a `PATCH` of a task asks for; a cancel wins over a title.
    static func change(in request: ReceivedRequest) throws(GatewayError) -> TaskQuestion.Kind {
        guard !request.body.isEmpty else {
            throw GatewayError(.invalidRequest, "A body is needed: {\"action\": \"cancel\"} or {\"title\": \"…\"}.")
        }
        let members = try object(in: request, keys: ["action", "title"], allowsNull: false)
        var isCancel = false
        if let action = members["action"] {
            guard let word = action.string, word == "cancel" || word == "stop" else {
                throw GatewayError(.invalidRequest, "action must be \"cancel\" or \"stop\".")
            }
            isCancel = true
        }
        var title: String?
        if let given = members["title"] {
            guard let text = given.string, titleLengths.contains(text.unicodeScalars.count) else {
                throw GatewayError(.invalidRequest, "title must be a string of 1 to 200 characters.")
            }
            title = text
        }
        if isCancel { return .cancel(reason: nil) }
        guard let title else {
            throw GatewayError(.invalidRequest, "Nothing to do: give action (\"cancel\" or \"stop\") or title.")
        }
        return .rename(title: title)
    }

    /// The reason in the body of a cancel, which may be missing altogether.
    static func reason(in request: ReceivedRequest) throws(GatewayError) -> String? {
        guard !request.body.isEmpty else { return nil }
        return try reason(object(in: request, keys: ["reason"], allowsNull: true))
    }

    private static func reason(_ members: [String: JSONElement]) throws(GatewayError) -> String? {
        guard let reason = members["reason"], !reason.isNull else { return nil }
        guard let text = reason.string, text.unicodeScalars.count <= maximumReasonLength else {
            throw GatewayError(
                .invalidRequest,
                "reason must be a string of at most \(maximumReasonLength) characters, or null."
            )
        }
        return text
    }

    /// The ids and the reason in the body of a question about many tasks.
    static func batch(
        in request: ReceivedRequest,
        takesReason: Bool
    ) throws(GatewayError) -> (ids: [String], reason: String?) {
        let members = try object(in: request, keys: takesReason ? ["ids", "reason"] : ["ids"], allowsNull: false)
        guard let list = members["ids"], list.kind == .array,
            (1...BatchQuestion.maximumCount).contains(list.elements.count)
        else {
            throw GatewayError(
                .invalidRequest,
                "ids must be a list of 1 to \(BatchQuestion.maximumCount) task ids."
            )
        }
        var ids: [String] = []
        for (index, element) in list.elements.enumerated() {
            guard let id = element.string else {
                throw GatewayError(.invalidRequest, "ids[\(index)] must be a string, and is \(element.kind.rawValue).")
            }
            ids.append(id)
        }
        return (ids, try reason(members))
    }

    /// The members of the body, which is an object with these keys only, or null where that is as good as empty.
    static func object(
        in request: ReceivedRequest,
        keys: [String],
        allowsNull: Bool
    ) throws(GatewayError) -> [String: JSONElement] {
        try requireJSON(request.fields.contentType)
        let root: JSONElement
        do throws(JSONError) {
            root = try JSONDocument(request.body, depth: 16).root
        } catch {
            throw GatewayError(.invalidRequest, "The body is not JSON: \(error).")
        }
        if root.isNull, allowsNull { return [:] }
        guard root.kind == .object else {
            throw GatewayError(.invalidRequest, "The body must be a JSON object, and is \(root.kind.rawValue).")
        }
        return try members(of: root, keys: keys, at: "The body")
    }

    /// The members of an object with these keys only; `place` names it.
    static func members(
        of object: JSONElement,
        keys: [String],
        at place: String
    ) throws(GatewayError) -> [String: JSONElement] {
        var members: [String: JSONElement] = [:]
        for (key, value) in object.members {
            guard keys.contains(key) else {
                let known = keys.isEmpty ? "none" : keys.joined(separator: ", ")
                throw GatewayError(
                    .invalidRequest,
                    "\(place) has the unknown key \"\(key.prefix(64))\"; known: \(known)."
                )
            }
            members[key] = value
        }
        return members
    }

    /// Takes `application/json` and every `+json`, with any parameters.
    private static func requireJSON(_ contentType: String?) throws(GatewayError) {
        let type = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard type == "application/json" || (type.hasSuffix("+json") && type.contains("/")) else {
            throw GatewayError(.unsupportedMediaType, "The body must be JSON, with Content-Type: application/json.")
        }
    }
}

internal import Following
internal import JSON
internal import TaskModel
internal import TaskStorage

/// The body of a watch.
extension RequestBodies {
    static let maximumURLLength = 2048

    /// What a client wants of a watch; whether it makes sense is for others to say.
    static func watch(
        in request: ReceivedRequest,
        of client: String?,
        on task: TaskID
    ) throws(GatewayError) -> WatchWish {
        guard !request.body.isEmpty else { throw nothingWanted }
        let members = try object(in: request, keys: ["webhook", "deadline", "lease"], allowsNull: false)
            .filter { !$0.value.isNull }
        guard !members.isEmpty else { throw nothingWanted }
        return WatchWish(
            client: client,
            task: task,
            webhook: try webhook(members["webhook"]),
            deadline: try deadline(members["deadline"]),
            lease: try lease(members["lease"])
        )
    }

    /// Throws `invalid_request` for a body where none means anything, but for one that says nothing.
    static func requireNone(in request: ReceivedRequest) throws(GatewayError) {
        guard !request.body.isEmpty else { return }
        _ = try object(in: request, keys: [], allowsNull: true)
    }

    private static func webhook(_ element: JSONElement?) throws(GatewayError) -> WatchWish.Webhook? {
        guard let element else { return nil }
        guard element.kind == .object else {
            throw GatewayError(.invalidRequest, "webhook must be an object, and is \(element.kind.rawValue).")
        }
        let members = try members(of: element, keys: ["url", "events"], at: "webhook")
        guard let url = members["url"]?.string, (1...maximumURLLength).contains(url.utf8.count) else {
            throw GatewayError(
                .invalidRequest,
                "webhook.url must be a URL of at most \(maximumURLLength) bytes."
            )
        }
        return WatchWish.Webhook(url: url, events: try events(members["events"]))
    }

    private static func events(_ element: JSONElement?) throws(GatewayError) -> Set<TaskEventType>? {
        guard let element, !element.isNull else { return nil }
        guard element.kind == .array, !element.elements.isEmpty else {
            throw GatewayError(
                .invalidRequest,
                "webhook.events must be a list of at least one event; without it, all are sent."
            )
        }
        var events: Set<TaskEventType> = []
        for (index, entry) in element.elements.enumerated() {
            guard let event = entry.string.flatMap(TaskEventType.init) else {
                let known = TaskEventType.allCases.map(\.rawValue).joined(separator: ", ")
                throw GatewayError(.invalidRequest, "webhook.events[\(index)] must be one of \(known).")
            }
            events.insert(event)
        }
        return events
    }

    private static func deadline(_ element: JSONElement?) throws(GatewayError) -> WatchWish.Deadline? {
        guard let element else { return nil }
        if let duration = duration(element) { return .after(duration) }
        if let text = element.string, let time = Timestamp(text) { return .at(time) }
        throw GatewayError(
            .invalidRequest,
            "deadline must be a duration such as 15m, a number of seconds, or a time such as 2030-01-31T12:00:00Z."
        )
    }

    private static func lease(_ element: JSONElement?) throws(GatewayError) -> Duration? {
        guard let element else { return nil }
        guard let term = duration(element), term > .zero else {
            throw GatewayError(
                .invalidRequest,
                "lease must be a duration of more than nothing, such as 60s, or a number of seconds."
            )
        }
        return term
    }

    private static func duration(_ element: JSONElement) -> Duration? {
        element.string.flatMap { Duration(text: $0) } ?? element.double.flatMap { Duration(seconds: $0) }
    }

    private static var nothingWanted: GatewayError {
        GatewayError(
            .invalidRequest,
            "Say what the watch is for: {\"webhook\": {\"url\": …}}, {\"deadline\": \"15m\"}, {\"lease\": \"60s\"}, or several of them."
        )
    }
}

internal import Clients
internal import Following
internal import TaskModel

/// Streams of events.
extension RequestInterpreter {
    /// The stream of one task.
    func events(
        of segment: Substring,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let task = try locate(segment, query, admission)
        request.subject.task = task
        let wish = EventStreamWish(
            following: following,
            tasks: [task],
            isSingle: true,
            after: try lastEvent(request),
            account: admission?.account,
            instance: target.path
        )
        return stream(wish, request)
    }

    /// One stream of many tasks; those that cannot be followed are told of in it, unless there is no other.
    func events(
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let ids = try query.ids
        guard (1...EventStreamWish.maximumCount).contains(ids.count) else {
            throw GatewayError(
                .invalidRequest,
                "ids must name 1 to \(EventStreamWish.maximumCount) tasks, with commas between them."
            )
        }
        request.subject.taskCount = ids.count
        var tasks: [TaskID] = []
        var known: Set<TaskID> = []
        var refused: [(id: String, error: GatewayError)] = []
        for id in ids {
            do throws(GatewayError) {
                let task = try locate(named: id, provider: query.provider, among: admission?.client.providers)
                if known.insert(task).inserted { tasks.append(task) }
            } catch {
                refused.append((id, error))
            }
        }
        if tasks.isEmpty, let first = refused.first { throw first.error }
        let wish = EventStreamWish(
            following: following,
            tasks: tasks,
            refused: refused,
            isSingle: tasks.count == 1 && refused.isEmpty,
            after: try lastEvent(request),
            account: admission?.account,
            instance: target.path
        )
        return stream(wish, request)
    }

    func requireFollowing() throws(GatewayError) -> any TaskFollowing {
        guard let following else {
            throw GatewayError(.unsupportedOperation, "This gateway follows no tasks: it was started without a store.")
        }
        return following
    }

    /// A `HEAD` has the head of a stream, and opens none.
    private func stream(_ wish: EventStreamWish, _ request: ReceivedRequest) -> Decision {
        request.method == .head ? .answer(HTTPAnswer(200, .events, .never)) : .stream(wish)
    }

    /// The last event that the reader has; nil where it has none.
    private func lastEvent(_ request: ReceivedRequest) throws(GatewayError) -> Int64? {
        guard let text = request.fields.lastEventID, !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let sequence = Int64(text) else {
            throw GatewayError(.invalidRequest, "Last-Event-ID must be the id of an event of a stream.")
        }
        return sequence
    }
}

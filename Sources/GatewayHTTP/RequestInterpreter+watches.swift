internal import Clients
internal import Following
internal import TaskModel
internal import TaskStorage

/// What is kept of tasks: watches, and the tasks that are or were followed.
extension RequestInterpreter {
    func watch(
        _ route: Route,
        of segment: Substring,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let task = try locate(segment, query, admission)
        request.subject.task = task
        let client = admission?.client.name
        switch route {
        case .putWatch: return try putWatch(on: task, following, request, target, admission)
        case .removeWatch:
            try RequestBodies.requireNone(in: request)
            return later(request, target) { () async throws(GatewayError) in
                guard try await following.removeWatch(of: client, on: task) else { throw Self.noWatch }
                return HTTPAnswer(204, .none, .never)
            }
        case .renewLease:
            try RequestBodies.requireNone(in: request)
            return later(request, target) { () async throws(GatewayError) in
                WatchRendering.one(try await following.renewLease(of: client, on: task))
            }
        default:
            return later(request, target) { () async throws(GatewayError) in
                guard let watch = try await following.watch(of: client, on: task) else { throw Self.noWatch }
                return WatchRendering.one(watch)
            }
        }
    }

    private func putWatch(
        on task: TaskID,
        _ following: any TaskFollowing,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let client = admission?.client.name
        let wish = try RequestBodies.watch(in: request, of: client, on: task)
        if wish.deadline != nil || wish.lease != nil { try admission?.require(.cancel) }
        return later(request, target) { () async throws(GatewayError) in
            let isNew = try await following.watch(of: client, on: task) == nil
            return WatchRendering.one(try await following.watch(wish), status: isNew ? 201 : 200)
        }
    }

    func watches(
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let (limit, task) = (try query.limit, try query.taskCursor)
        let client = admission?.client
        return later(request, target) { () async throws(GatewayError) in
            let watches = try await following.watches(of: client?.name, after: task, limit: limit + 1)
            let page = Page(watches, limit: limit) { .after($0.task) }
            return WatchRendering.list(page.filter { client?.mayUse($0.task.provider) ?? true })
        }
    }

    func tasks(
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let client = admission?.client
        if let provider = query.provider, client?.mayUse(provider) == false {
            throw GatewayError(.forbidden, "This client may not use \(provider); /providers lists those that it may.")
        }
        let filter = TaskFilter(
            providers: query.provider.map { [$0] } ?? client?.providers,
            statuses: try query.statuses,
            isEnded: try query.isDone,
            watchedBy: try query.isWatched ? NewEvent.Audience(client: client?.name) : nil
        )
        let (limit, task) = (try query.limit, try query.taskCursor)
        return later(request, target) { () async throws(GatewayError) in
            let tasks = try await following.tasks(filter, after: task, limit: limit + 1)
            return KeptTaskRendering.list(Page(tasks, limit: limit) { .after($0.id) })
        }
    }

    func later(
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ make: @escaping @Sendable () async throws(GatewayError) -> HTTPAnswer
    ) -> Decision {
        .later(LaterAnswer(to: request, at: target.path, make))
    }

    private static var noWatch: GatewayError {
        GatewayError(.notFound, "There is no watch of this client on the task.")
    }
}

extension QueryParameters {
    /// The task behind which the list goes on.
    fileprivate var taskCursor: TaskID? {
        get throws(GatewayError) {
            switch try cursor {
            case nil: return nil
            case .after(let task): return task
            case .below: throw GatewayError(.invalidRequest, "cursor must be the \"next\" of an answer of this list.")
            }
        }
    }
}

internal import Clients
internal import GatewayCore
internal import TaskModel

/// Questions about many tasks.
extension RequestInterpreter {
    func batch(
        _ route: Route,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let isCancel = route == .cancelTasks
        let (ids, reason) = try RequestBodies.batch(in: request, takesReason: isCancel)
        request.subject.taskCount = ids.count
        request.subject.call = isCancel ? .cancel : .status
        let (wait, preference) = wait(query, request)
        return .askAll(
            BatchQuestion(
                ids: ids,
                kind: isCancel ? .cancel(reason: reason) : .status,
                provider: query.provider,
                allowed: admission?.client.providers,
                caller: admission?.client.name,
                providerKey: try providerKey(request),
                requestID: request.id,
                traceParent: request.trace?.text,
                wait: wait,
                awaited: query.awaited,
                maximumAge: query.maximumAge,
                view: query.view,
                preferenceApplied: preference
            )
        )
    }
}

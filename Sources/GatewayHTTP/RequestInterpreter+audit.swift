internal import Clients
internal import Following
internal import JSON
internal import TaskModel
internal import TaskStorage

/// The audit: who wanted to change what, and what was sent for it.
extension RequestInterpreter {
    func audit(
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let client = admission?.client
        var task: TaskID?
        if let text = query.task {
            task = try locate(named: text, provider: nil, among: client?.providers)
            request.subject.task = task
        }
        let (limit, number) = (try query.limit, try query.numberCursor)
        return later(request, target) { [task] () async throws(GatewayError) in
            let records = try await following.audit(of: task, below: number, limit: limit + 1)
            return Page(records, limit: limit) { .below($0.number) }
                .filter { client?.mayUse($0.record.task.provider) ?? true }
                .answer("records") { $1.raw($0.record.document) }
        }
    }
}

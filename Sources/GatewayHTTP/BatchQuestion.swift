internal import Clients
internal import GatewayCore
internal import JSON
internal import TaskJSON
internal import TaskModel

/// One question about many tasks, as it came: each task is looked up and asked about by itself.
struct BatchQuestion: Sendable {
    static let maximumCount = 1000

    /// As the caller wrote them.
    var ids: [String]
    var kind: TaskQuestion.Kind
    /// Whose tasks they are, where the ids do not say it.
    var provider: String?
    /// The providers that the caller may use; nil is all of them.
    var allowed: Set<String>?
    var caller: String?
    var providerKey: Secret?
    var requestID: RequestID
    var traceParent: String?
    var wait: Duration?
    /// Which of the tasks the wait is for.
    var awaited: QueryParameters.Awaited
    var maximumAge: Duration
    var view: TaskView
    /// The seconds of the `Prefer: wait` that are honoured.
    var preferenceApplied: Int?
    /// What the client's rate left it when it asked.
    var rate: RateStanding?

    /// The question about one of the tasks; `wait` is what is left of the caller's.
    func question(about task: TaskID, wait: Duration?, maximumAge: Duration) -> TaskQuestion {
        TaskQuestion(
            kind,
            about: task,
            caller: caller,
            providerKey: providerKey,
            requestID: kind == .status ? nil : requestID.description,
            traceParent: traceParent,
            wait: wait,
            maximumAge: maximumAge,
            view: view
        )
    }

    /// The answer, of the results in the order of the ids.
    func answer(_ results: [[UInt8]]) -> HTTPAnswer {
        var writer = JSONWriter(capacity: results.reduce(32) { $0 + $1.count + 1 })
        writer.beginObject()
        writer.key("results")
        writer.beginArray()
        for result in results { writer.raw(result) }
        writer.endArray()
        writer.endObject()
        var answer = HTTPAnswer(200, .json, .task, body: writer.bytes)
        answer.preferenceApplied = preferenceApplied
        answer.rate = rate
        return answer
    }
}

/// What became of one of many.
enum BatchResult {
    static func task(_ id: String, _ answer: TaskAnswer, view: TaskView) -> [UInt8] {
        let source = view == .full ? answer.snapshot.source?.response.count ?? 0 : 0
        var writer = JSONWriter(capacity: 800 + 2 * source)
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("task")
        TaskRendering.write(answer.snapshot, pollAfter: answer.pollAfter, view: view, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// `problem` is the answer that the same error would be by itself.
    static func error(_ id: String, _ problem: HTTPAnswer) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + id.utf8.count + problem.body.count)
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("error")
        writer.raw(problem.body)
        writer.endObject()
        return writer.bytes
    }
}

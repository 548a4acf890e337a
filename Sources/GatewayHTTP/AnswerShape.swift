internal import Clients
internal import GatewayCore
internal import TaskJSON
internal import TaskModel

/// What the gateway's reply to one request is made into.
struct AnswerShape: Sendable {
    /// What was asked for, as far as answers differ by it.
    enum Call: Sendable {
        case status
        case cancel
        case rename
    }

    var call: Call
    var view: TaskView
    var condition: EntityTagCondition?
    /// The seconds of the `Prefer: wait` that are honoured.
    var preferenceApplied: Int?
    var instance: Substring
    var requestID: RequestID
    /// What the client's rate left it when it asked.
    var rate: RateStanding?

    func answer(_ reply: Result<TaskAnswer, GatewayError>) -> HTTPAnswer {
        var answer = shaped(reply)
        if let rate { answer.rate = rate }
        return answer
    }

    private func shaped(_ reply: Result<TaskAnswer, GatewayError>) -> HTTPAnswer {
        switch reply {
        case .success(let answer): return task(answer)
        case .failure(let error):
            var answer = ProblemRendering.answer(error, instance: instance, requestID: requestID)
            answer.preferenceApplied = preferenceApplied
            return answer
        }
    }

    private func task(_ reply: TaskAnswer) -> HTTPAnswer {
        let tag = call == .status ? EntityTag(view: view, fingerprint: reply.snapshot.fingerprint(of: view)) : nil
        if let tag, let condition, condition.matches(tag) {
            var answer = HTTPAnswer(304, .none, .task)
            answer.entityTag = tag
            answer.preferenceApplied = preferenceApplied
            return answer
        }
        let body = TaskRendering.bytes(reply.snapshot, pollAfter: reply.pollAfter, view: view)
        var answer = HTTPAnswer(200, .json, .task, body: body)
        answer.entityTag = tag
        answer.preferenceApplied = preferenceApplied
        if call == .cancel, let state = reply.snapshot.cancel?.state, state == .accepted || state == .deferred {
            answer.status = 202
            answer.retryAfter = max(1, reply.pollAfter?.secondsRoundedUp ?? 1)
        }
        return answer
    }
}

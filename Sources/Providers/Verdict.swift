internal import JSON
internal import TaskModel

/// What an answer means for a call.
enum Verdict: Sendable, Hashable {
    case accept
    /// Read the status: the refusal can mean more than one thing.
    case settle
    case fail(ErrorCode)
}

/// One rule of what answers mean.
final class AnswerRule: Sendable {
    /// Nil matches every HTTP status.
    let statuses: [ClosedRange<Int>]?
    let conditions: [Condition]
    let verdict: Verdict
    /// For the caller, beside what the code says.
    let detail: String?

    init(statuses: [ClosedRange<Int>]?, conditions: [Condition], verdict: Verdict, detail: String?) {
        self.statuses = statuses
        self.conditions = conditions
        self.verdict = verdict
        self.detail = detail
    }

    func matches(_ status: Int, _ root: JSONElement?) -> Bool {
        (statuses?.contains { $0.contains(status) } ?? true) && conditions.hold(in: root)
    }

    /// What is true of every provider unless its file says otherwise.
    static func standard(_ status: Int, for operation: Operation) -> Verdict {
        switch status {
        case 200...299: .accept
        case 401, 403: .fail(.providerAuthFailed)
        case 404: .fail(.taskNotFound)
        case 429: .fail(.providerRateLimited)
        case _ where operation == .cancel: .settle
        case 400...499: .fail(.providerRejected)
        case 500...599: .fail(.providerError)
        default: .fail(.providerBadResponse)
        }
    }
}

/// What a provider can be asked to do with a task.
package enum Operation: String, Sendable, CaseIterable {
    case status
    case cancel
    case rename
}

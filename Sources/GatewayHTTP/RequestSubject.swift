internal import Clients
internal import TaskModel

/// What a request turned out to be about, for the log and the metrics; nothing of it before it is known.
struct RequestSubject: Sendable {
    var route: Route?
    /// Whose key it brought.
    var client: String?
    var task: TaskID?
    var call: AnswerShape.Call?
    /// How many tasks, where it is about several.
    var taskCount: Int?
}

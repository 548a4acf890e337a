internal import JSON
internal import TaskJSON
internal import TaskModel
internal import TaskStorage

/// The JSON of tasks that are or were followed.
enum KeptTaskRendering {
    static func list(_ page: Page<KeptTask>) -> HTTPAnswer { page.answer("tasks") { write($0, to: &$1) } }

    private static func write(_ task: KeptTask, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(task.id.provider, colon: task.id.native)
        writer.key("task")
        if let seen = task.seen { writer.raw(seen.document) } else { writer.null() }
        writer.key("ended_at")
        writer.time(task.endedAt)
        writer.key("lost")
        writer.bool(task.isLost)
        writer.endObject()
    }
}

internal import JSON
internal import TaskJSON
internal import TaskModel
internal import TaskStorage

/// The JSON of watches.
enum WatchRendering {
    static func one(_ watch: Watch, status: Int = 200) -> HTTPAnswer {
        var writer = JSONWriter()
        write(watch, to: &writer)
        return HTTPAnswer(status, .json, .never, body: writer.bytes)
    }

    static func list(_ page: Page<Watch>) -> HTTPAnswer { page.answer("watches") { write($0, to: &$1) } }

    private static func write(_ watch: Watch, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task")
        writer.string(watch.task.provider, colon: watch.task.native)
        writer.key("webhook")
        write(watch.webhook, to: &writer)
        writer.key("deadline")
        writer.time(watch.deadline)
        writer.key("lease")
        if let lease = watch.lease {
            writer.beginObject()
            writer.key("seconds")
            writer.number(lease.term.seconds)
            writer.key("ends_at")
            writer.time(lease.endsAt)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.key("created_at")
        writer.time(watch.createdAt)
        writer.key("fired_at")
        writer.time(watch.firedAt)
        writer.key("ended_at")
        writer.time(watch.endedAt)
        writer.endObject()
    }

    private static func write(_ webhook: Watch.Webhook?, to writer: inout JSONWriter) {
        guard let webhook else { return writer.null() }
        writer.beginObject()
        writer.key("url")
        writer.string(webhook.url)
        writer.key("events")
        writer.beginArray()
        for type in TaskEventType.allCases where webhook.events.contains(type) { writer.string(type.rawValue) }
        writer.endArray()
        writer.key("disabled_at")
        writer.time(webhook.disabledAt)
        writer.endObject()
    }
}

extension Duration {
    /// In seconds, to the millisecond.
    var seconds: Double { Double(nanoseconds / 1_000_000) / 1000 }
}

package import JSON
package import TaskModel

/// The JSON of a task: every key is always there, in this order.
package enum TaskRendering {
    /// The whole document of a task.
    package static func bytes(_ snapshot: TaskSnapshot, pollAfter: Duration?, view: TaskView) -> [UInt8] {
        let source = view == .full ? snapshot.source?.response.count ?? 0 : 0
        var writer = JSONWriter(capacity: 640 + 2 * source)
        write(snapshot, pollAfter: pollAfter, view: view, to: &writer)
        return writer.bytes
    }

    /// Writes a task as a value of a larger document.
    package static func write(
        _ snapshot: TaskSnapshot,
        pollAfter: Duration?,
        view: TaskView,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("id")
        writer.string(snapshot.id.provider, colon: snapshot.id.native)
        writer.key("provider")
        writer.string(snapshot.id.provider)
        writer.key("status")
        writer.string(snapshot.status.rawValue)
        writer.key("done")
        writer.bool(snapshot.isDone)
        writer.key("reason")
        writer.string(snapshot.reason)
        writer.key("provider_status")
        writer.string(snapshot.providerStatus)
        writer.key("progress")
        writer.number(snapshot.progress)
        writer.key("title")
        writer.string(snapshot.title)
        writer.key("message")
        writer.string(snapshot.message)
        writer.key("error")
        write(snapshot.error, to: &writer)
        writer.key("created_at")
        writer.time(snapshot.createdAt)
        writer.key("started_at")
        writer.time(snapshot.startedAt)
        writer.key("updated_at")
        writer.time(snapshot.updatedAt)
        writer.key("finished_at")
        writer.time(snapshot.finishedAt)
        writer.key("duration_seconds")
        writer.number(snapshot.durationSeconds)
        if view == .full { write(snapshot.source, to: &writer) }
        writer.key("cancel")
        write(snapshot.cancel, to: &writer)
        writer.key("observed_at")
        writer.time(snapshot.observedAt)
        writer.key("poll_after_seconds")
        if let pollAfter, !snapshot.isDone { writer.integer(pollAfter.secondsRoundedUp) } else { writer.null() }
        writer.endObject()
    }

    private static func write(_ failure: TaskFailure?, to writer: inout JSONWriter) {
        guard let failure else { return writer.null() }
        writer.beginObject()
        writer.key("message")
        writer.string(failure.message)
        writer.key("code")
        writer.string(failure.code)
        writer.endObject()
    }

    private static func write(_ source: ProviderSource?, to writer: inout JSONWriter) {
        writer.key("result")
        if let source, let result = source.result { writer.raw(source.response[result]) } else { writer.null() }
        writer.key("provider_response")
        if let source { writer.raw(source.response) } else { writer.null() }
    }

    private static func write(_ cancel: CancelRecord?, to writer: inout JSONWriter) {
        guard let cancel else { return writer.null() }
        writer.beginObject()
        writer.key("state")
        writer.string(cancel.state.rawValue)
        writer.key("requested_at")
        writer.time(cancel.requestedAt)
        writer.key("requested_by")
        writer.string(cancel.requestedBy)
        writer.key("reason")
        writer.string(cancel.reason)
        writer.key("attempts")
        writer.integer(cancel.attempts)
        writer.key("confirmed_at")
        writer.time(cancel.confirmedAt)
        if let detail = cancel.detail {
            writer.key("detail")
            writer.string(detail)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes an instant, or null for nil.
    package mutating func time(_ time: Timestamp?) {
        guard let time else { return null() }
        plainString(count: Timestamp.textLength) { time.write(to: $0) }
    }
}

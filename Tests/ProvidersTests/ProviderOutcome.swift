import JSON
import Providers
import TaskModel

/// What became of one call, in the words of a case file.
enum ProviderOutcome {
    case task(TaskReading)
    case accepted(TaskReading?)
    case settle(GatewayError)
    case failed(GatewayError)

    /// The outcome as a case file would expect it; of an error's detail only what `expected` asks for.
    func described(as expected: JSONElement) throws -> JSONElement {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .task(let reading):
            writer.key("task")
            writer.task(reading)
        case .accepted(let reading):
            writer.text("do", "accept")
            if let reading {
                writer.key("task")
                writer.task(reading)
            }
        case .settle(let error):
            writer.text("do", "settle")
            writer.error(error, detail: expected["error"]?["detail_contains"]?.string)
        case .failed(let error):
            writer.error(error, detail: expected["error"]?["detail_contains"]?.string)
        }
        writer.endObject()
        return try JSONDocument(writer.bytes).root
    }
}

extension JSONWriter {
    /// Every field of a task that is not null.
    fileprivate mutating func task(_ reading: TaskReading) {
        let task = reading.snapshot
        beginObject()
        text("status", task.status.rawValue)
        text("reason", task.reason)
        text("provider_status", task.providerStatus)
        if let progress = task.progress {
            key("progress")
            number(progress)
        }
        text("title", task.title)
        text("message", task.message)
        if let error = task.error {
            key("error")
            beginObject()
            text("message", error.message)
            text("code", error.code)
            endObject()
        }
        text("created_at", task.createdAt?.description)
        text("started_at", task.startedAt?.description)
        text("updated_at", task.updatedAt?.description)
        text("finished_at", task.finishedAt?.description)
        if let duration = task.durationSeconds {
            key("duration_seconds")
            number(duration)
        }
        if let source = task.source, let range = source.result {
            key("result")
            raw(source.response[range])
        }
        flag("contradiction", reading.contradictsItself)
        flag("cancelling", reading.isBeingCancelled)
        flag("unknown_word", task.status == .unknown)
        endObject()
    }

    fileprivate mutating func error(_ error: GatewayError, detail: String?) {
        key("error")
        beginObject()
        text("code", error.code.rawValue)
        text("provider_message", error.providerMessage)
        if let retryAfter = error.retryAfter {
            key("retry_after")
            integer(retryAfter.secondsRoundedUp)
        }
        if let detail { text("detail_contains", error.detail.contains(detail) ? detail : error.detail) }
        endObject()
    }

    fileprivate mutating func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    private mutating func flag(_ name: StaticString, _ isSet: Bool) {
        guard isSet else { return }
        key(name)
        bool(true)
    }
}

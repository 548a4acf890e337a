internal import JSON
internal import TaskJSON
internal import TaskModel
internal import TaskStorage

/// The JSON of deliveries.
enum DeliveryRendering {
    static func list(_ page: Page<Delivery>) -> HTTPAnswer { page.answer("deliveries") { write($0, nil, to: &$1) } }

    /// One with its attempts, in their order.
    static func one(_ delivery: Delivery, _ attempts: [DeliveryAttempt]) -> HTTPAnswer {
        answer(200, delivery, attempts)
    }

    /// One that is to be sent once more.
    static func taken(_ delivery: Delivery) -> HTTPAnswer { answer(202, delivery, nil) }

    private static func answer(_ status: Int, _ delivery: Delivery, _ attempts: [DeliveryAttempt]?) -> HTTPAnswer {
        var writer = JSONWriter(capacity: 768)
        write(delivery, attempts, to: &writer)
        return HTTPAnswer(status, .json, .never, body: writer.bytes)
    }

    private static func write(_ delivery: Delivery, _ attempts: [DeliveryAttempt]?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("number")
        writer.integer(Int(delivery.number))
        writer.key("webhook_id")
        writer.string(delivery.event.event.id)
        writer.key("type")
        writer.string(delivery.event.event.type.rawValue)
        writer.key("task")
        writer.string(delivery.event.task.provider, colon: delivery.event.task.native)
        writer.key("client")
        writer.string(delivery.client)
        writer.key("url")
        writer.string(delivery.url)
        writer.key("state")
        writer.string(delivery.state.rawValue)
        writer.key("attempt_count")
        writer.integer(delivery.attempts)
        writer.key("created_at")
        writer.time(delivery.createdAt)
        writer.key("next_attempt_at")
        writer.time(delivery.nextAttemptAt)
        writer.key("last_attempt")
        if let last = delivery.lastAttempt { write(last, to: &writer) } else { writer.null() }
        if let attempts {
            writer.key("attempts")
            writer.beginArray()
            for attempt in attempts { write(attempt, to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func write(_ attempt: DeliveryAttempt, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("at")
        writer.time(attempt.at)
        writer.key("duration_seconds")
        writer.number(attempt.duration.seconds)
        writer.key("status")
        if let status = attempt.status { writer.integer(status) } else { writer.null() }
        writer.key("problem")
        writer.string(attempt.problem)
        writer.endObject()
    }
}

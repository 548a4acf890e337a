internal import JSON
internal import TaskJSON
internal import TaskModel

/// The one place where an error becomes HTTP: `application/problem+json` of RFC 9457.
enum ProblemRendering {
    /// The answer for an error.
    ///
    /// `instance` is the path without the query; `status` is given only where it differs from the code's own.
    static func answer(
        _ error: GatewayError,
        instance: Substring?,
        requestID: RequestID,
        status: Int? = nil
    ) -> HTTPAnswer {
        let entry = ProblemEntry.entry(for: error.code)
        // The gateway's own key is none of the caller's business; a key that the caller brought is.
        let isCallersKeyRefused = error.code == .providerAuthFailed && error.isToCallersKey
        let status = status ?? (isCallersKeyRefused ? 401 : entry.status)
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("type")
        writer.string("/problems/" + error.code.rawValue)
        writer.key("title")
        writer.string(entry.title)
        writer.key("status")
        writer.integer(status)
        writer.key("detail")
        writer.string(error.detail)
        if let instance {
            writer.key("instance")
            writer.string(String(instance))
        }
        writer.key("code")
        writer.string(error.code.rawValue)
        writer.key("retryable")
        writer.bool(entry.isRetryable)
        writer.key("request_id")
        writer.string(requestID.description)
        writeProvider(error, to: &writer)
        if let snapshot = error.lastKnown {
            writer.key("last_known")
            // Asking again is worth it when trying again is; where nobody said when, after a moment.
            let pollAfter = max(error.retryAfter ?? .seconds(1), .seconds(1))
            TaskRendering.write(snapshot, pollAfter: pollAfter, view: .brief, to: &writer)
        }
        if !error.candidates.isEmpty {
            writer.key("candidates")
            writer.beginArray()
            for candidate in error.candidates { writer.string(candidate) }
            writer.endArray()
        }
        writer.endObject()
        var answer = HTTPAnswer(status, .problem, .never, body: writer.bytes)
        if isCallersKeyRefused { answer.challenge = .providerKey }
        answer.code = error.code
        answer.provider = error.provider
        if error.code == .internalError { answer.defect = error.detail }
        answer.retryAfter = error.retryAfter.map { max(1, $0.secondsRoundedUp) }
        return answer
    }

    private static func writeProvider(_ error: GatewayError, to writer: inout JSONWriter) {
        if let provider = error.provider {
            writer.key("provider")
            writer.string(provider)
        }
        if let status = error.providerHTTPStatus {
            writer.key("provider_http_status")
            writer.integer(status)
        }
        if let message = error.providerMessage {
            writer.key("provider_message")
            writer.string(message)
        }
    }
}

internal import GatewayCore
internal import LogOutput
internal import TaskModel

/// What a call was and what became of it.
struct AccessRecord {
    /// The status in the log of a caller that was gone before its answer: nothing was sent.
    static let statusOfNone = 499

    let time: Timestamp
    let request: ExchangeQueue.Exchange
    let status: Int
    let code: ErrorCode?
    let nanoseconds: Int64
    /// Of the whole answer, its head included.
    let bytes: Int

    func write(to lines: LogLines) {
        let isOperation = request.subject.route?.isOperation ?? false
        lines.begin(time, isOperation ? "debug" : "info", "request")
        switch request.requestID {
        case .given(let text): lines.field("request_id", outside: text)
        case .made(let number): lines.field("request_id", hexadecimal: number)
        }
        if let trace = request.trace {
            lines.field("trace_id", hexadecimal: trace.high, trace.low)
        }
        let subject = request.subject
        if let client = subject.client { lines.field("client", plain: client) }
        lines.field("method", request.method?.name ?? "_OTHER")
        if let route = subject.route { lines.field("route", route.path) }
        if let task = subject.task {
            lines.field("task", task)
            lines.field("provider", plain: task.provider)
        }
        if let count = subject.taskCount { lines.field("tasks", count) }
        switch subject.call {
        case .status: lines.field("operation", "status")
        case .cancel: lines.field("operation", "cancel")
        case .rename: lines.field("operation", "rename")
        case nil: break
        }
        lines.field("status", status)
        if let upstream = request.upstream {
            if let status = upstream.status { lines.field("upstream_status", status) }
            lines.field("upstream_ms", milliseconds: upstream.duration.nanoseconds)
        }
        if let code { lines.field("code", plain: code.rawValue) }
        lines.field("duration_ms", milliseconds: nanoseconds)
        lines.field("bytes", bytes)
        lines.end()
    }
}

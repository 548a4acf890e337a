package import Metrics
internal import Synchronization
internal import TaskModel

/// What a server counts of its calls.
package final class ServerMetrics: MetricsSource {
    private struct Problem: Hashable {
        let code: ErrorCode
        let provider: String?
    }

    // The last of each is for what is none of ours. Counted once: a list of all cases is made anew wherever it is asked.
    private static let methodCount = HTTPMethod.allCases.count + 1
    private static let routeCount = Route.allCases.count + 1

    /// By method and route, then by status.
    private let durations = HistogramTable(
        rows: methodCount * routeCount,
        columns: StatusCode.count
    )
    private let active = Atomic(0)
    private let connections = Atomic(0)
    private let streams = Atomic(0)
    private let droppedStreams = Atomic(0)
    /// Bounded by the codes and the names in the configuration.
    private let problems = Mutex<[Problem: Int]>([:])

    package init() {}

    func connectionOpened() { connections.wrappingAdd(1, ordering: .relaxed) }
    func connectionClosed() { connections.wrappingSubtract(1, ordering: .relaxed) }
    func requestBegan() { active.wrappingAdd(1, ordering: .relaxed) }

    func streamOpened() { streams.wrappingAdd(1, ordering: .relaxed) }

    /// A stream is over; `isDropped` says that its reader did not keep up.
    func streamClosed(isDropped: Bool) {
        streams.wrappingSubtract(1, ordering: .relaxed)
        if isDropped { droppedStreams.wrappingAdd(1, ordering: .relaxed) }
    }

    /// A request ended, by an answer or because its caller was gone.
    func requestEnded(_ method: HTTPMethod?, _ route: Route?, status: Int, nanoseconds: Int64) {
        active.wrappingSubtract(1, ordering: .relaxed)
        let row = Self.number(method, route)
        durations.add(row: row, column: StatusCode.number(of: status), nanoseconds: nanoseconds)
    }

    /// A request ended of which not even the head was whole, or that was dropped unread.
    func requestForgotten() { active.wrappingSubtract(1, ordering: .relaxed) }

    func count(_ code: ErrorCode, provider: String?) {
        problems.withLock { $0[Problem(code: code, provider: provider), default: 0] += 1 }
    }

    package func write(to text: inout MetricsText) {
        text.family(
            "http_server_request_duration_seconds",
            .histogram,
            "Time from the first byte of a request to its answer. Status 499: the caller was gone before it."
        )
        for (row, column, reading) in durations.readings {
            let (method, route) = Self.names(of: row)
            text.histogram(
                [
                    "http_request_method": method, "http_route": route,
                    "http_response_status_code": StatusCode.text(of: column),
                ],
                reading
            )
        }
        text.single(
            "http_server_active_requests",
            .gauge,
            "Requests that have no answer yet.",
            active.load(ordering: .relaxed)
        )
        text.single(
            "taskgate_connections",
            .gauge,
            "Open connections of applications.",
            connections.load(ordering: .relaxed)
        )
        text.single(
            "taskgate_event_streams",
            .gauge,
            "Open streams of events; of a stream's request, the duration is that until its first byte.",
            streams.load(ordering: .relaxed)
        )
        text.single(
            "taskgate_event_streams_dropped_total",
            .counter,
            "Streams that were ended because their readers did not keep up.",
            droppedStreams.load(ordering: .relaxed)
        )
        text.family("taskgate_errors_total", .counter, "Problems that callers were answered with.")
        let counted = problems.withLock { $0 }
            .sorted { ($0.key.code.rawValue, $0.key.provider ?? "") < ($1.key.code.rawValue, $1.key.provider ?? "") }
        for (problem, count) in counted {
            text.sample(["code": problem.code.rawValue, "provider": problem.provider ?? ""], count)
        }
    }

    private static func number(_ method: HTTPMethod?, _ route: Route?) -> Int {
        (method?.number ?? methodCount - 1) * routeCount + (route?.rawValue ?? routeCount - 1)
    }

    private static func names(of row: Int) -> (method: String, route: String) {
        let (method, route) = row.quotientAndRemainder(dividingBy: routeCount)
        return (
            method < methodCount - 1 ? HTTPMethod.allCases[method].rawValue : "_OTHER",
            Route(rawValue: route).map { "\($0.path)" } ?? ""
        )
    }
}

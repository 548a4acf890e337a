internal import Metrics
internal import Providers
internal import Synchronization
internal import TaskModel
internal import Upstream

/// What is counted of one provider.
final class ProviderMetrics: Sendable {
    let unknownStatuses = Counter()
    let contradictions = Counter()
    let repeatedReads = Counter()
    /// By what callers were told of their cancels.
    private let cancels = MetricTable(count: CancelState.allCases.count, make: Counter.init)
    /// By operation, then by HTTP status or, behind these, by the kind of error.
    private let durations = HistogramTable(
        rows: Operation.allCases.count,
        columns: StatusCode.count + UpstreamError.Kind.allCases.count
    )

    func cancelAnswered(_ state: CancelState) { cancels[state.number].add() }

    func callEnded(_ operation: Operation, _ result: Result<UpstreamResponse, UpstreamError>, after time: Duration) {
        let number =
            switch result {
            case .success(let response): StatusCode.number(of: response.status)
            case .failure(let error): StatusCode.count + error.kind.number
            }
        durations.add(row: operation.number, column: number, nanoseconds: time.nanoseconds)
    }

    func writeDurations(of provider: String, to text: inout MetricsText) {
        for (operation, number, reading) in durations.readings {
            let isAnswered = number < StatusCode.count
            text.histogram(
                [
                    "provider": provider, "operation": Operation.allCases[operation].rawValue,
                    "http_response_status_code": isAnswered ? StatusCode.text(of: number) : "",
                    "error_type": isAnswered ? "" : UpstreamError.Kind.allCases[number - StatusCode.count].rawValue,
                ],
                reading
            )
        }
    }

    func writeCancels(of provider: String, to text: inout MetricsText) {
        for (number, counter) in cancels.needed {
            text.sample(["provider": provider, "state": CancelState.allCases[number].rawValue], counter.value)
        }
    }
}

extension CancelState {
    fileprivate var number: Int {
        switch self {
        case .confirmed: 0
        case .accepted: 1
        case .deferred: 2
        case .tooLate: 3
        case .failed: 4
        }
    }
}

extension Operation {
    fileprivate var number: Int {
        switch self {
        case .status: 0
        case .cancel: 1
        case .rename: 2
        }
    }
}

extension UpstreamError.Kind {
    fileprivate var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

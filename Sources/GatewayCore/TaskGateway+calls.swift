internal import Providers
internal import TaskModel
internal import Upstream

/// What became of a call to a provider.
enum CallOutcome: Sendable {
    case answered(UpstreamResponse)
    /// It was sent, or tried to be; `mayHaveArrived` as in `UpstreamError`.
    case unanswered(GatewayError, mayHaveArrived: Bool)
    /// Nothing was sent: the provider is left alone, or too many call it.
    case refused(GatewayError)
}

// How a call gets its turn, and when it is made again.
extension TaskGateway {
    /// The longest that a provider's wish to be left alone is obeyed.
    ///
    /// One that asks for days has made a mistake, or the gateway would be useless for days by one header.
    static let longestPause = Duration.seconds(300)

    /// Sends a request when it is its turn.
    ///
    /// A status read that failed in a way that may pass is made once more, a moment later, as long as both together
    /// take no longer than one may, and no more than one call in ten is.
    func call(
        _ request: UpstreamRequest,
        _ operation: Operation,
        _ served: ServedProvider,
        at now: Moment,
        _ completion: @escaping @Sendable (CallOutcome, Moment) -> Void
    ) {
        served.door.earnRetry()
        enter(Attempt(request, operation, served, startedAt: now.uptime, completion), at: now)
    }

    /// A call on its way: what is sent, for whom, and whether it was sent before.
    private struct Attempt: Sendable {
        var request: UpstreamRequest
        let operation: Operation
        let served: ServedProvider
        let startedAt: Duration
        let completion: @Sendable (CallOutcome, Moment) -> Void
        var isRepeated = false

        init(
            _ request: UpstreamRequest,
            _ operation: Operation,
            _ served: ServedProvider,
            startedAt: Duration,
            _ completion: @escaping @Sendable (CallOutcome, Moment) -> Void
        ) {
            self.request = request
            self.operation = operation
            self.served = served
            self.startedAt = startedAt
            self.completion = completion
        }
    }

    private func enter(_ attempt: Attempt, at now: Moment) {
        let entry = attempt.served.door.enter(isCancel: attempt.operation == .cancel, at: now) {
            { [self] turn, now in
                switch turn {
                case .go(let call): send(attempt, as: call)
                case .refused(let why): attempt.completion(.refused(refusal(why, attempt.served, now)), now)
                }
            }
        }
        switch entry {
        case .go(let call): send(attempt, as: call)
        case .refused(let why): attempt.completion(.refused(refusal(why, attempt.served, now)), now)
        case .waits: break
        }
    }

    private func send(_ attempt: Attempt, as call: UInt64) {
        transport.send(attempt.request) { [self] result in
            let now = timekeeper.now()
            attempt.served.door.ended(call, isFailure: result.isProvidersFailure, at: now)
            if let delay = delayOfRepetition(attempt, result, now) {
                var again = attempt
                again.isRepeated = true
                let wake = now.uptime + delay
                return timekeeper.wake(at: wake) { [self, again] in enter(again, at: timekeeper.now()) }
            }
            switch result {
            case .success(let response): attempt.completion(.answered(response), now)
            case .failure(let error):
                let failure = unanswered(error, attempt.served.provider)
                attempt.completion(.unanswered(failure, mayHaveArrived: error.mayHaveArrived), now)
            }
        }
    }

    /// How long until a failed call is made once more; nil where it is not.
    private func delayOfRepetition(
        _ attempt: Attempt,
        _ result: Result<UpstreamResponse, UpstreamError>,
        _ now: Moment
    ) -> Duration? {
        guard attempt.operation == .status, !attempt.isRepeated, result.mayPass else { return nil }
        // From 50 to 250 ms, so that those who failed together do not come back together.
        let delay = Duration.milliseconds(50 + Int(randomness() % 201))
        let left = attempt.request.route.limits.total - (now.uptime - attempt.startedAt) - delay
        guard left > attempt.request.route.limits.total / 2, attempt.served.door.spendRetry() else { return nil }
        return delay
    }

    /// Obeys a provider that asks for fewer calls.
    func leaveAlone(_ served: ServedProvider, _ error: GatewayError, _ now: Moment) {
        guard error.code == .providerRateLimited || error.providerHTTPStatus == 503, let wish = error.retryAfter else {
            return
        }
        served.door.pause(until: now.uptime + min(wish, Self.longestPause))
    }

    private func refusal(_ why: ProviderGate.Refusal, _ served: ServedProvider, _ now: Moment) -> GatewayError {
        let title = served.provider.definition.title
        switch why {
        case .paused(let until):
            return GatewayError(
                .providerRateLimited,
                "\(title) asked for fewer requests, and is not asked before its time is over; nothing was sent.",
                provider: served.name,
                retryAfter: until - now.uptime
            )
        case .circuitOpen(let retryAt):
            // Those who are told at one time are not to come back at one time.
            let spread = Duration.milliseconds(Int(randomness() % 1000))
            return GatewayError(
                .providerUnavailable,
                "\(title) failed too often lately, and is left alone for a moment; nothing was sent.",
                provider: served.name,
                retryAfter: max(.zero, retryAt - now.uptime) + spread
            )
        case .full, .waitedTooLong:
            return GatewayError(
                .overloaded,
                "As many calls to \(title) are under way and waiting as may be; nothing was sent.",
                provider: served.name,
                retryAfter: .seconds(1)
            )
        }
    }
}

extension Result<UpstreamResponse, UpstreamError> {
    /// Whether the provider failed by connection, by time or with a 5xx; nil where this says nothing of it.
    fileprivate var isProvidersFailure: Bool? {
        switch self {
        case .success(let response): response.status >= 500
        case .failure(let error):
            switch error.kind {
            case .unresolvable, .refused, .tls, .closed, .malformed, .timeout: true
            case .tooLarge: false
            case .abandoned, .unavailable: nil
            }
        }
    }

    /// Whether the same call may work a moment later.
    fileprivate var mayPass: Bool {
        switch self {
        case .success(let response):
            (502...504).contains(response.status) && response.header("retry-after") == nil
        case .failure(let error):
            switch error.kind {
            case .unresolvable, .refused, .closed, .malformed: true
            case .tls, .timeout, .tooLarge, .abandoned, .unavailable: false
            }
        }
    }
}

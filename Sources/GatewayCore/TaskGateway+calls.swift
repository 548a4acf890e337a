internal import Logging
internal import Providers
internal import Synchronization
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

/// A call on its way to a provider.
struct OutgoingCall: Sendable {
    var request: UpstreamRequest
    let operation: Operation
    /// Whether a cancel waits for it.
    let isUrgent: Bool
    let task: RememberedTask
    let served: ServedProvider
    /// When all of it must be over, the repetition of a read too.
    let deadline: Duration
    /// Takes what became of it, and how the sending ended; nil where nothing was sent.
    let completion: @Sendable (CallOutcome, CallRecord?, Moment) -> Void
    /// Completes it with what came of the first sending; nil until it is sent again.
    var giveUp: (@Sendable (Moment) -> Void)?
}

// How a call gets its turn, and when it is made again.
extension TaskGateway {
    /// A call is not made again where it would have less time than this.
    private static let leastTime = Duration.milliseconds(100)

    /// Sends a request when it is its turn.
    ///
    /// A status read that failed in a way that may pass is made once more, a moment later, as long as both together
    /// take no longer than one may, somebody still wants to know, and no more than one call in ten is made again.
    func call(
        _ request: UpstreamRequest,
        _ operation: Operation,
        isUrgent: Bool,
        about task: RememberedTask,
        _ served: ServedProvider,
        at now: Moment,
        _ completion: @escaping @Sendable (CallOutcome, CallRecord?, Moment) -> Void
    ) {
        let call = OutgoingCall(
            request: request,
            operation: operation,
            isUrgent: isUrgent,
            task: task,
            served: served,
            deadline: now.uptime + request.route.limits.total,
            completion: completion
        )
        enter(call, at: now)
    }

    private func enter(_ call: OutgoingCall, at now: Moment) {
        let entry = call.served.door.enter(isUrgent: call.isUrgent, at: now) {
            { [self] turn, now in
                switch turn {
                case .go(let number): sendAfterWaiting(call, as: number, at: now)
                case .refused(let why): refuse(call, why, now)
                }
            }
        }
        switch entry {
        case .go(let number): send(call, as: number, at: now)
        case .refused(let why): refuse(call, why, now)
        case .waits(let number):
            if call.operation == .status, !call.isUrgent { noteWaiting(number, call) }
        }
    }

    private func refuse(_ call: OutgoingCall, _ why: ProviderGate.Refusal, _ now: Moment) {
        if let giveUp = call.giveUp { return giveUp(now) }
        call.completion(.refused(refusal(why, call.served, now)), nil, now)
    }

    /// Notes a read that waits, so that a cancel which comes to need it can hurry it.
    private func noteWaiting(_ number: UInt64, _ call: OutgoingCall) {
        let isUrgentNow = state.withLock { _ in
            call.task.waitingRead = WaitingRead(door: call.served.door, call: number)
            return call.task.machine.isReadUrgent
        }
        if isUrgentNow { call.served.door.hurry(number) }
    }

    private func sendAfterWaiting(_ call: OutgoingCall, as number: UInt64, at now: Moment) {
        guard call.operation != .status || isWanted(call.task) else {
            // Its place is free only then: what is wanted in its stead may be urgent.
            refuse(call, .waitedTooLong, now)
            call.served.door.ended(number, isFailure: nil, isRepeated: true, at: now)
            return
        }
        send(call, as: number, at: now)
    }

    private func send(_ call: OutgoingCall, as number: UInt64, at now: Moment) {
        var request = call.request
        if let giveUp = call.giveUp {
            let left = call.deadline - now.uptime
            guard left >= Self.leastTime else {
                call.served.door.ended(number, isFailure: nil, isRepeated: true, at: now)
                return giveUp(now)
            }
            request.timeLimit = left
        }
        call.served.transport.send(request) { [self] result in
            let sentAt = now.uptime
            let now = timekeeper.now()
            let record = CallRecord(
                operation: call.operation,
                status: (try? result.get())?.status,
                duration: now.uptime - sentAt
            )
            let change = call.served.door.ended(
                number,
                isFailure: result.isProvidersFailure,
                wish: wish(result, call.served, now),
                isRepeated: call.giveUp != nil,
                at: now
            )
            if let change { log(change, call.served) }
            if !isRepeating(call, result, record, now) { complete(call, result, record, now) }
        }
    }

    private func complete(
        _ call: OutgoingCall,
        _ result: Result<UpstreamResponse, UpstreamError>,
        _ record: CallRecord,
        _ now: Moment
    ) {
        switch result {
        case .success(let response): call.completion(.answered(response), record, now)
        case .failure(let error):
            let failure = unanswered(error, call.served.provider)
            call.completion(.unanswered(failure, mayHaveArrived: error.mayHaveArrived), record, now)
        }
    }

    // MARK: - Again

    /// Sees to it that a failed call is made once more, where it is to be.
    private func isRepeating(
        _ call: OutgoingCall,
        _ result: Result<UpstreamResponse, UpstreamError>,
        _ record: CallRecord,
        _ now: Moment
    ) -> Bool {
        guard call.operation == .status, call.giveUp == nil, result.mayPass else { return false }
        // From 50 to 250 ms, so that those who failed together do not come back together.
        let delay = Duration.milliseconds(50 + Int(randomness() % 201))
        guard now.uptime + delay + Self.leastTime <= call.deadline, isWanted(call.task),
            call.served.door.spendRetry()
        else { return false }
        var again = call
        again.giveUp = { [self] now in complete(call, result, record, now) }
        timekeeper.wake(at: now.uptime + delay) { [self, again] in
            let now = timekeeper.now()
            if isWanted(again.task) { enter(again, at: now) } else { again.giveUp?(now) }
        }
        return true
    }

    /// Whether anybody is served by the read of a task that is under way.
    private func isWanted(_ task: RememberedTask) -> Bool {
        state.withLock { _ in task.machine.isReadWanted }
    }

    // MARK: - Leaving it alone

    /// What an answer says of when the provider is to be asked again, known before the next call gets its turn.
    ///
    /// Where callers bring their own keys, too many calls with one key say nothing of the others.
    private func wish(
        _ result: Result<UpstreamResponse, UpstreamError>,
        _ served: ServedProvider,
        _ now: Moment
    ) -> ProviderGate.Pause? {
        guard case .success(let response) = result, response.status == 429 || response.status == 503 else { return nil }
        let isRateLimited = response.status == 429
        if isRateLimited, served.provider.callersBringKeys { return nil }
        guard let wish = response.retryAfter(now.time, isRateLimited: isRateLimited), wish > .zero else { return nil }
        return pause(for: wish, isRateLimited ? .providerRateLimited : .providerError, now)
    }

    private func pause(for wish: Duration, _ code: ErrorCode, _ now: Moment) -> ProviderGate.Pause {
        ProviderGate.Pause(until: now.uptime + min(wish, TaskMachine.longestPause), code: code)
    }

    /// Obeys a provider that itself names a time before which it is not to be asked, in whatever answer means that.
    ///
    /// A wait that the gateway made up, because the provider named none, holds for the task alone.
    func leaveAlone(_ served: ServedProvider, _ error: GatewayError, _ now: Moment) {
        guard error.isRetryAfterProviders, let wish = error.retryAfter, wish > .zero else { return }
        let isFailure = error.code == .providerError || error.code == .providerUnavailable
        let isRateLimited = error.code == .providerRateLimited && !served.provider.callersBringKeys
        guard isRateLimited || (isFailure && error.providerHTTPStatus == 503) else { return }
        let change = served.door.pause(pause(for: wish, error.code, now), at: now)
        if let change { log(change, served) }
    }

    private func refusal(_ why: ProviderGate.Refusal, _ served: ServedProvider, _ now: Moment) -> GatewayError {
        let title = served.provider.definition.title
        switch why {
        case .paused(let pause):
            return GatewayError(
                pause.code,
                "\(title) named a time before which it is not to be asked, and that is not over; nothing was sent.",
                provider: served.name,
                retryAfter: spread(pause.until - now.uptime)
            )
        case .circuitOpen(let retryAt):
            return GatewayError(
                .providerUnavailable,
                "\(title) failed too often lately, and is left alone for a moment; nothing was sent.",
                provider: served.name,
                retryAfter: spread(retryAt - now.uptime)
            )
        case .full, .waitedTooLong:
            return GatewayError(
                .overloaded,
                "As many calls to \(title) are under way and waiting as may be; nothing was sent.",
                provider: served.name,
                retryAfter: spread(.seconds(1))
            )
        }
    }

    /// At least this long, and a little longer for each one differently: those who are told at one time are not to come
    /// back at one time.
    private func spread(_ wait: Duration) -> Duration {
        let wait = max(.zero, wait)
        let most = min(max(wait / 4, .seconds(1)), .seconds(10))
        return wait + .nanoseconds(Int64(randomness() % UInt64(most.nanoseconds)))
    }

    private func log(_ change: ProviderDoor.Change, _ served: ServedProvider) {
        let metadata: Logger.Metadata = ["provider": "\(served.name)"]
        switch change {
        case .opened:
            logger.warning(
                "Too many calls to the provider fail; it is left alone, and tried again.",
                metadata: metadata
            )
        case .closed:
            logger.notice("The provider answers again.", metadata: metadata)
        case .paused:
            logger.notice("The provider named a time before which it is not to be polled.", metadata: metadata)
        }
    }
}

extension Result<UpstreamResponse, UpstreamError> {
    /// Whether the provider failed by connection, by time or with a 5xx; nil where this says nothing of it.
    ///
    /// An answer that was cut off, or is no HTTP, is a failure of the connection. One that came whole is none, however
    /// useless: the provider is there, and leaving it alone would not make its answers better.
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
    ///
    /// One that took its whole time is not made again: a provider that is slow is not helped by more calls.
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

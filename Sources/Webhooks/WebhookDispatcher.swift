package import GatewayCore
internal import JSON
package import Logging
internal import TaskJSON
internal import TaskModel
package import TaskStorage
package import Upstream

/// Sends deliveries to their receivers, and keeps what came of it.
///
/// What is to be sent stands in the store, so that memory holds what is under way and no more, and a receiver that fails
/// delays nobody: few calls to one origin are under way at a time, and what waits for its turn there waits in the store.
package actor WebhookDispatcher {
    /// How much is under way at a time, and for how long.
    package struct Pace: Sendable {
        package var calls = 256
        package var callsToOrigin = 8
        /// How many are claimed at once.
        package var claimed = 16
        /// How long a receiver may take.
        package var timeout = Duration.seconds(15)
        /// Between two looks at the store at least, and where nothing says that there is news.
        package var pause = Duration.milliseconds(50)
        package var look = Duration.seconds(1)
        /// How long what is under way may take at the end.
        package var ending = Duration.seconds(3)

        package init() {}
    }

    private struct Receiver {
        var callsUnderWay = 0
        /// Until when it asked to be left alone.
        var pausedUntil = Duration.zero
        /// Claimed, and waiting for a place.
        var waiting: [Delivery] = []

        func isIdle(_ now: Duration) -> Bool { callsUnderWay == 0 && waiting.isEmpty && pausedUntil <= now }

        func takesNone(_ pace: Pace, _ now: Duration) -> Bool {
            callsUnderWay + waiting.count >= pace.callsToOrigin || pausedUntil > now
        }
    }

    /// What is counted of the deliveries.
    package nonisolated let metrics = WebhookMetrics()
    private let store: any TaskStore
    private let owner: String
    private let transport: any UpstreamTransport
    private let userAgent: String
    private let pace: Pace
    private let timekeeper: any Timekeeper
    private let randomness: @Sendable () -> UInt64
    private let logger: Logger
    private var rules: Rules
    private var receivers: [String: Receiver] = [:]
    private var underWay = 0 {
        didSet { metrics.holds(underWay) }
    }
    private var isLooking = false
    private var lookedAt = Duration.zero
    private var alarm = Alarm()
    /// Whether there may be news that came during a look.
    private var looksAgain = false
    private var isAway = false
    private var isStopping = false
    /// Those who wait for the end of what is under way.
    private var waitingForEnd: [CheckedContinuation<Void, Never>] = []

    package init(
        _ store: any TaskStore,
        owner: String,
        through transport: any UpstreamTransport,
        rules: Rules,
        userAgent: String,
        pace: Pace = Pace(),
        timekeeper: any Timekeeper,
        randomness: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        self.store = store
        self.owner = owner
        self.transport = transport
        self.rules = rules
        self.userAgent = userAgent
        self.pace = pace
        self.timekeeper = timekeeper
        self.randomness = randomness
        self.logger = logger
    }

    /// Signs and judges by another reading of the configuration from now on.
    package func use(_ rules: Rules) { self.rules = rules }

    /// Takes nothing new, and waits a little for what is under way: what comes of the rest nobody will know, so that it is
    /// sent once more by somebody else.
    package func stop() async {
        isStopping = true
        for origin in Array(receivers.keys) {
            underWay -= receivers[origin]?.waiting.count ?? 0
            receivers[origin]?.waiting = []
        }
        guard underWay > 0 else { return }
        timekeeper.wake(at: timekeeper.now().uptime + pace.ending) { [weak self] in Task { await self?.end() } }
        await withCheckedContinuation { waitingForEnd.append($0) }
    }

    private func end() {
        for waiting in waitingForEnd { waiting.resume() }
        waitingForEnd = []
    }

    // MARK: - Looking

    /// There may be something to send: looks as soon as it may.
    package func lookSoon() {
        wake(at: max(timekeeper.now().uptime, lookedAt + pace.pause))
    }

    private func wake(at uptime: Duration) {
        guard !isStopping, alarm.set(uptime) else { return }
        timekeeper.wake(at: uptime) { [weak self] in Task { await self?.woken(for: uptime) } }
    }

    private func woken(for uptime: Duration) async {
        if alarm.comes(uptime) { await look() }
    }

    /// Claims what is due and sends it.
    package func look() async {
        guard !isStopping else { return }
        guard !isLooking else {
            looksAgain = true
            return
        }
        isLooking = true
        looksAgain = false
        let now = timekeeper.now()
        lookedAt = now.uptime
        receivers = receivers.filter { !$0.value.isIdle(now.uptime) }
        var next = now.uptime + pace.look
        let limit = min(pace.claimed, pace.calls - underWay)
        if limit > 0 {
            do throws(StoreProblem) {
                let claimed = try await store.claimDeliveries(
                    for: owner,
                    // Longer than a call can take, those in front of it at its receiver included.
                    until: now.time.advanced(by: pace.timeout * 4),
                    limit: limit,
                    avoiding: Set(receivers.filter { $0.value.takesNone(pace, now.uptime) }.keys),
                    at: now.time
                )
                // Somebody else sends them then.
                guard !isStopping else { return }
                if claimed.count == limit { next = now.uptime + pace.pause }
                underWay += claimed.count
                for delivery in claimed {
                    receivers[Delivery.origin(of: delivery.url), default: Receiver()].waiting.append(delivery)
                }
                isAway = false
            } catch {
                if !isAway { logger.error("Webhooks wait for the store: \(error).") }
                isAway = true
            }
        }
        for origin in Array(receivers.keys) { sendWaiting(to: origin) }
        isLooking = false
        wake(at: looksAgain ? lookedAt + pace.pause : next)
    }

    private func sendWaiting(to origin: String) {
        while let receiver = receivers[origin], !receiver.waiting.isEmpty, receiver.callsUnderWay < pace.callsToOrigin {
            receivers[origin]?.callsUnderWay += 1
            let delivery = receiver.waiting[0]
            receivers[origin]?.waiting.removeFirst()
            Task { await send(delivery, to: origin) }
        }
    }

    // MARK: - Sending

    private func send(_ delivery: Delivery, to origin: String) async {
        let started = timekeeper.now()
        let (attempt, outcome, retryAfter) = await deliver(delivery, started)
        log(delivery, attempt, outcome)
        metrics.ended(outcome)
        do throws(StoreProblem) {
            try await store.settle(delivery, attempt, outcome, by: owner)
        } catch {
            // It is sent again when the claim is over: twice is better than never.
            logger.error("What came of a delivery could not be kept, so it is sent again: \(error).")
        }
        underWay -= 1
        receivers[origin]?.callsUnderWay -= 1
        if let retryAfter {
            let now = timekeeper.now().uptime
            receivers[origin]?.pausedUntil = now + min(retryAfter, .seconds(300))
        }
        if isStopping, underWay == 0 { end() }
        sendWaiting(to: origin)
        lookSoon()
    }

    private func deliver(
        _ delivery: Delivery,
        _ started: Moment
    ) async -> (DeliveryAttempt, DeliveryOutcome, retryAfter: Duration?) {
        if let refusal = rules.refusal(of: delivery) {
            return (DeliveryAttempt(at: started.time, duration: .zero, status: nil, problem: refusal), .failed, nil)
        }
        let (attempt, retryAfter) = await attempt(delivery, started)
        let outcome = rules.schedule.outcome(
            of: attempt,
            retryAfter: retryAfter,
            attempts: delivery.attempts + 1,
            since: delivery.createdAt,
            share: Double(randomness() >> 11) / Double(1 << 53)
        )
        return (attempt, outcome, retryAfter)
    }

    private func attempt(_ delivery: Delivery, _ started: Moment) async -> (DeliveryAttempt, retryAfter: Duration?) {
        func failed(_ problem: String, status: Int? = nil) -> DeliveryAttempt {
            DeliveryAttempt(
                at: started.time,
                duration: timekeeper.now().uptime - started.uptime,
                status: status,
                problem: problem
            )
        }
        let request: UpstreamRequest
        do throws(GatewayError) {
            request = try self.request(delivery, at: started.time)
        } catch {
            return (failed(error.detail), nil)
        }
        func judged(_ response: UpstreamResponse) -> (DeliveryAttempt, retryAfter: Duration?) {
            if (200..<300).contains(response.status) {
                var attempt = failed("", status: response.status)
                attempt.problem = nil
                return (attempt, nil)
            }
            let retryAfter = response.retryAfter(timekeeper.now().time, isRateLimited: false)
            return (failed("The receiver answered \(response.status).", status: response.status), retryAfter)
        }
        do throws(UpstreamError) {
            return judged(try await transport.send(request))
        } catch {
            // The status is the receiver's word; what comes behind it is nobody's business here.
            if let head = error.head { return judged(head) }
            var problem = "The receiver could not be reached, or did not answer: \(error.kind.rawValue)."
            if error.kind == .refused, request.route.reach == .publicAddresses {
                problem += " Addresses that are not of the public internet are not called."
            }
            return (failed(problem), nil)
        }
    }

    private func request(_ delivery: Delivery, at now: Timestamp) throws(GatewayError) -> UpstreamRequest {
        let target = try rules.targets.target(delivery.url)
        guard let secrets = rules.secrets.pair(of: delivery.client) else {
            throw GatewayError(.invalidRequest, "There is no secret to sign it with any more.")
        }
        let body = Self.body(of: delivery.event)
        let id = delivery.event.event.id
        let seconds = now.millisecondsSinceEpoch / 1000
        let signatures = [secrets.current, secrets.previous].compactMap { $0 }
            .map { $0.signature(id: id, timestamp: seconds, body: body) }
        let route = UpstreamRoute(
            name: "webhook",
            method: "POST",
            origin: target.origin,
            headers: [
                UpstreamHeader("Content-Type", "application/json"), UpstreamHeader("User-Agent", userAgent),
                UpstreamHeader("webhook-id", id), UpstreamHeader("webhook-timestamp", "\(seconds)"),
                UpstreamHeader("webhook-signature", signatures.joined(separator: " ")),
            ],
            isRepeatable: true,
            limits: UpstreamLimits(
                connect: .seconds(5),
                total: pace.timeout,
                stalled: pace.timeout,
                responseBytes: 64 << 10
            ),
            reach: target.isAllowed ? .anywhere : .publicAddresses
        )
        return UpstreamRequest(route: route, target: target.path, body: body)
    }

    /// `{"type": …, "timestamp": …, "data": <task>}`.
    static func body(of event: TaskEvent) -> [UInt8] {
        var writer = JSONWriter(capacity: 96 + event.event.document.count)
        writer.beginObject()
        writer.key("type")
        writer.string(event.event.type.rawValue)
        writer.key("timestamp")
        writer.time(event.at)
        writer.key("data")
        writer.raw(event.event.document)
        writer.endObject()
        return writer.bytes
    }

    private func log(_ delivery: Delivery, _ attempt: DeliveryAttempt, _ outcome: DeliveryOutcome) {
        let what: Logger.Metadata = [
            "webhook_id": "\(delivery.event.event.id)", "delivery": "\(delivery.number)",
            "origin": "\(Delivery.origin(of: delivery.url))",
        ]
        switch outcome {
        case .delivered: logger.debug("A webhook was delivered.", metadata: what)
        case .retry(let time):
            logger.notice("A webhook is sent again at \(time): \(attempt.problem ?? "")", metadata: what)
        case .failed: logger.warning("A webhook was given up: \(attempt.problem ?? "")", metadata: what)
        case .gone: logger.warning("A webhook is gone for good, and gets nothing more.", metadata: what)
        }
    }
}

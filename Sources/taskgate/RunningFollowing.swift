internal import CurlUpstream
internal import Following
internal import GatewayCore
internal import GatewaySettings
internal import Logging
internal import TaskModel
internal import TaskStorage
internal import Webhooks

/// Following put together: the store, who follows, who streams, who sends webhooks.
struct RunningFollowing {
    /// What the edge asks.
    let service: FollowingService
    private let engine: FollowingEngine
    private let follower: Follower
    private let hub: EventHub
    private let dispatcher: WebhookDispatcher
    private let holds: HeldCancels
    private let transport: LazyTransport

    /// Opens the store; throws `StoreProblem` where that cannot be done.
    init(
        _ plan: GatewayPlan,
        _ providers: ProviderGeneration,
        _ timekeeper: SystemTimekeeper,
        _ observation: Observation
    ) async throws(StoreProblem) {
        let (settings, logger, audit) = (plan.settings, observation.logger, observation.audit)
        let signal = StoreSignal()
        let store = try await StoreOpening.open(plan, logger) { signal.fire() }
        let owner = "gateway-\(RandomNames.make())"
        let rules = FollowingRules(
            cancelHold: settings.following.cancelHold,
            newID: { "evt_\(RandomNames.make())" },
            randomness: { UInt64.random(in: .min ... .max) }
        )
        let upstream = settings.upstream
        transport = LazyTransport {
            var configuration = CurlTransport.Configuration()
            configuration.caFile = upstream.certificateFile
            return try CurlTransport(configuration: configuration)
        }
        holds = HeldCancels(
            store,
            for: settings.following.cancelHold,
            now: { timekeeper.now().time },
            audit: { audit.record($0) },
            logger: logger
        )
        var pace = Follower.Pace()
        pace.claim = settings.following.claim
        follower = Follower(
            store,
            owner: owner,
            gateway: providers,
            rules: rules,
            pace: pace,
            timekeeper: timekeeper,
            logger: logger
        )
        hub = EventHub(store, gateway: providers, timekeeper: timekeeper, logger: logger)
        dispatcher = WebhookDispatcher(
            store,
            owner: owner,
            through: transport,
            rules: plan.webhooks,
            userAgent: "Taskgate/\(Taskgate.version)",
            timekeeper: timekeeper,
            randomness: rules.randomness,
            logger: logger
        )
        service = FollowingService(
            store,
            hub,
            .init(gateway: providers, secrets: plan.webhooks.secrets, targets: plan.webhooks.targets),
            now: { timekeeper.now().time }
        )
        let engine = FollowingEngine(
            store,
            isShared: StoreOpening.isShared(settings.store),
            follower,
            hub,
            dispatcher,
            holds,
            retention: Retention(settings.retention, StoreOpening.mostKept(settings.store)),
            timekeeper: timekeeper,
            logger: logger
        )
        self.engine = engine
        signal.listen { engine.storeChanged() }
    }

    /// The gateway whose cancels are held where the provider cannot take them yet.
    func holding(_ providers: ProviderGeneration) -> HoldingGateway { HoldingGateway(providers, holds) }

    func start() async { await engine.start() }

    /// Goes by another reading of the configuration from now on.
    func use(_ plan: GatewayPlan, _ providers: ProviderGeneration) async {
        follower.use(providers)
        await hub.use(providers)
        await dispatcher.use(plan.webhooks)
        service.use(.init(gateway: providers, secrets: plan.webhooks.secrets, targets: plan.webhooks.targets))
    }

    /// Ends streams, so that the server can drain; their readers come back elsewhere.
    func endStreams() async { await hub.stop() }

    func stop() async {
        await engine.stop()
        transport.shutdown()
    }
}

extension Retention {
    fileprivate init(_ settings: RetentionSettings, _ most: Int) {
        self.init(
            events: Bounds(settings.events, most),
            deliveries: Bounds(settings.deliveries, most),
            endedTasks: Bounds(settings.tasks, most)
        )
    }
}

extension Retention.Bounds {
    fileprivate init(_ settings: RetentionBounds, _ most: Int) {
        self.init(age: settings.age, count: min(settings.count, most))
    }
}

/// Names that nobody guesses and that are not made twice.
enum RandomNames {
    /// Thirty-two digits of base 16.
    static func make() -> String {
        var randomness = SystemRandomNumberGenerator()
        return Hexadecimal.text(randomness.next()) + Hexadecimal.text(randomness.next())
    }
}

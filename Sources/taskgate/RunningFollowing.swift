internal import Clients
internal import CurlUpstream
internal import Following
internal import GatewayCore
internal import GatewaySettings
internal import Logging
internal import Metrics
internal import Synchronization
internal import TaskModel
internal import TaskStorage
internal import Webhooks

/// Following put together: the store, who follows, who streams, who sends webhooks.
struct RunningFollowing {
    /// What the edge asks.
    let service: FollowingService
    /// What is counted of it.
    let sources: [any MetricsSource]
    private let engine: FollowingEngine
    private let follower: Follower
    private let hub: EventHub
    private let dispatcher: WebhookDispatcher
    private let holds: HeldCancels
    private let rights: CurrentRights
    private let transport: LazyTransport

    init(
        _ open: OpenStore,
        _ plan: GatewayPlan,
        _ providers: ProviderGeneration,
        _ timekeeper: SystemTimekeeper,
        _ logger: Logger
    ) {
        let (settings, store) = (plan.settings, open.store)
        let metrics = FollowingMetrics()
        let owner = "gateway-\(RandomNames.make())"
        let rights = CurrentRights(plan.webhooks.clients)
        self.rights = rights
        let rules = FollowingRules(
            cancelHold: settings.following.cancelHold,
            mayCancel: { rights.mayCancel($0, $1) },
            newID: { "evt_\(RandomNames.make())" },
            randomness: { UInt64.random(in: .min ... .max) }
        )
        let upstream = settings.upstream
        transport = LazyTransport {
            var configuration = CurlTransport.Configuration()
            configuration.caFile = upstream.certificateFile
            return try CurlTransport(configuration: configuration)
        }
        holds = open.holds
        var pace = Follower.Pace()
        pace.claim = settings.following.claim
        follower = Follower(
            store,
            owner: owner,
            gateway: providers,
            rules: rules,
            pace: pace,
            timekeeper: timekeeper,
            metrics: metrics,
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
            isShared: open.isShared,
            follower,
            hub,
            dispatcher,
            holds,
            open.audit,
            retention: Retention(settings.retention, open.mostKept),
            timekeeper: timekeeper,
            metrics: metrics,
            logger: logger
        )
        self.engine = engine
        sources = [metrics, dispatcher.metrics, open.audit]
        open.signal.listen { engine.storeChanged() }
    }

    /// The gateway whose cancels are held where the provider cannot take them yet.
    func holding(_ providers: ProviderGeneration) -> HoldingGateway { HoldingGateway(providers, holds) }

    func start() async { await engine.start() }

    /// Goes by another reading of the configuration from now on.
    func use(_ plan: GatewayPlan, _ providers: ProviderGeneration) async {
        rights.use(plan.webhooks.clients)
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

/// What clients may have done for them, as the files said when they were read last.
private final class CurrentRights: Sendable {
    private let rights: Mutex<ClientRights>

    init(_ rights: ClientRights) {
        self.rights = Mutex(rights)
    }

    func use(_ rights: ClientRights) { self.rights.withLock { $0 = rights } }

    /// A deadline and a lease want what they wanted when they were put.
    func mayCancel(_ client: String?, _ task: TaskID) -> Bool {
        let rights = rights.withLock { $0 }
        return [.watch, .cancel].allSatisfy { rights.allow(client, $0, at: task.provider) }
    }
}

extension Retention {
    fileprivate init(_ settings: RetentionSettings, _ most: Int) {
        self.init(
            events: Bounds(settings.events, most),
            deliveries: Bounds(settings.deliveries, most),
            endedTasks: Bounds(settings.tasks, most),
            audit: Bounds(settings.audit, most)
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

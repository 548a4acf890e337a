/// What a request asks for, by its method and path.
enum Route: Int, Sendable, Hashable, CaseIterable {
    case index
    case readTask
    case changeTask
    case cancelTask
    case providers
    case provider
    case live
    case ready
    case metrics
    case openAPI
    case problems
    case problem
    case tasks
    case readTasks
    case cancelTasks
    case taskEvents
    case events
    case readWatch
    case putWatch
    case removeWatch
    case renewLease
    case watches
    case deliveries
    case delivery
    case redeliver
    case audit

    /// The path in the spelling of OpenAPI, `{…}` for one segment.
    var path: StaticString {
        switch self {
        case .index: "/"
        case .readTask, .changeTask: "/tasks/{id}"
        case .cancelTask: "/tasks/{id}/cancel"
        case .providers: "/providers"
        case .provider: "/providers/{name}"
        case .live: "/livez"
        case .ready: "/readyz"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.json"
        case .problems: "/problems"
        case .problem: "/problems/{code}"
        case .tasks: "/tasks"
        case .readTasks: "/tasks/status"
        case .cancelTasks: "/tasks/cancel"
        case .taskEvents: "/tasks/{id}/events"
        case .events: "/events"
        case .readWatch, .putWatch, .removeWatch: "/tasks/{id}/watch"
        case .renewLease: "/tasks/{id}/watch/renew"
        case .watches: "/watches"
        case .deliveries: "/deliveries"
        case .delivery: "/deliveries/{number}"
        case .redeliver: "/deliveries/{number}/redeliver"
        case .audit: "/audit"
        }
    }

    /// Whether it is asked by whoever runs the gateway, every few seconds, and not by applications.
    var isOperation: Bool {
        switch self {
        case .live, .ready, .metrics: true
        default: false
        }
    }
}

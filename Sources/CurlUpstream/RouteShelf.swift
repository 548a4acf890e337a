internal import Upstream

/// All that a loop keeps for the routes it has served of late.
final class RouteShelf {
    /// A route that was not used for this long is forgotten.
    static let keptMilliseconds = 60_000
    /// Beyond this many routes all that have no call under way are forgotten: callers with credentials of their own
    /// bring a route each.
    static let poolLimit = 4_096

    private let handleCount: Int
    private let limits: MultiHandle.Limits
    private var latest: RoutePool?
    private var pools: [ObjectIdentifier: RoutePool] = [:]
    private var loads: [String: OriginLoad] = [:]

    init(handleCount: Int, limits: MultiHandle.Limits) {
        self.handleCount = handleCount
        self.limits = limits
    }

    var isEmpty: Bool { pools.isEmpty }

    /// Whether there are handles that nobody may need.
    var hasSurplus: Bool { pools.values.contains { $0.hasSurplus } }

    /// The pool of a route, made at its first call.
    func pool(for route: UpstreamRoute, now: MonotonicTime) throws(TemplateFault) -> RoutePool {
        // Calls of one route often come together.
        if let latest, latest.template.route === route { return latest }
        if let pool = pools[ObjectIdentifier(route)] {
            latest = pool
            return pool
        }
        if pools.count >= Self.poolLimit { forget { _ in true } }
        let template = try RequestTemplate(route)
        let load = loads[route.origin] ?? OriginLoad(origin: route.origin, limits: limits, handleCount: handleCount)
        loads[route.origin] = load
        let pool = RoutePool(template: template, load: load, now: now)
        pools[ObjectIdentifier(route)] = pool
        latest = pool
        return pool
    }

    func forgetUnused(now: MonotonicTime) {
        for pool in pools.values { pool.trim() }
        forget { $0.lastUse.advanced(byMilliseconds: Self.keptMilliseconds) < now }
    }

    func forgetAll() {
        latest = nil
        pools.removeAll()
        loads.removeAll()
    }

    private func forget(where isUnused: (RoutePool) -> Bool) {
        let before = pools.count
        latest = nil
        pools = pools.filter { $0.value.inFlight > 0 || !isUnused($0.value) }
        guard pools.count < before else { return }
        let origins = Set(pools.values.map(\.template.route.origin))
        loads = loads.filter { origins.contains($0.key) }
    }
}

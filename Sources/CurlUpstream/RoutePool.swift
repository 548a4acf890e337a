internal import Upstream

/// The handles that a loop keeps for one route, between its calls.
///
/// It holds the route, so that the route's identity stays its own for as long as the pool is found by it.
final class RoutePool {
    /// So many idle handles of a route are kept for as long as the route is.
    static let idleFloor = 64

    let template: RequestTemplate
    let load: OriginLoad
    private(set) var inFlight = 0
    private(set) var lastUse: MonotonicTime
    private var idle: [EasyHandle] = []
    /// The fewest that were idle at a time since the last `trim`: so many were not needed.
    private var fewestIdle = 0

    init(template: RequestTemplate, load: OriginLoad, now: MonotonicTime) {
        self.template = template
        self.load = load
        lastUse = now
    }

    /// A handle for one transfer; nil when libcurl has no memory.
    func take(settings: EasySettings, now: MonotonicTime) -> EasyHandle? {
        guard let handle = idle.popLast() ?? EasyHandle(template: template, settings: settings) else { return nil }
        fewestIdle = min(fewestIdle, idle.count)
        inFlight += 1
        lastUse = now
        return handle
    }

    /// Takes a handle back after its transfer; one whose state is uncertain is dropped.
    func giveBack(_ handle: EasyHandle, isSound: Bool) {
        inFlight -= 1
        if isSound { idle.append(handle) }
    }

    var hasSurplus: Bool { idle.count > Self.idleFloor }

    /// Drops the handles that nobody needed since the last time, but for a few.
    ///
    /// Making one costs as much as several calls, so that under load none is dropped that will be used again at once.
    func trim() {
        let surplus = min(fewestIdle, idle.count - Self.idleFloor)
        // The longest idle are in front.
        if surplus > 0 { idle.removeFirst(surplus) }
        fewestIdle = idle.count
    }
}

/// How many transfers to one origin run on each multi handle of a loop.
final class OriginLoad {
    /// So many calls share a multi handle before the next one is used.
    private let fewCalls: Int
    private var counts: [Int]

    /// A multi handle walks its connections to a host twice for each call, most of them cold in the cache, so calls
    /// are spread; with 5,000 in flight this is what a call costs most.
    static let fewPlainCalls = 16
    /// Each multi handle that speaks TLS parses the CA file once (tens of milliseconds) and keeps the outcome (some
    /// 800 KB), so not before there is a reason to.
    static let fewTLSCalls = 64

    init(origin: String, limits: MultiHandle.Limits, handleCount: Int) {
        let few = origin.hasPrefix("https:") ? Self.fewTLSCalls : Self.fewPlainCalls
        // What is beyond a handle's limit would wait there while others have room.
        fewCalls = min(few, limits.connectionsPerHost)
        counts = Array(repeating: 0, count: handleCount)
    }

    /// Takes a place on the first handle with few calls to the origin, or else on the one with the fewest.
    ///
    /// The first is the likeliest to keep an idle connection.
    func enter() -> Int {
        var chosen = 0
        for index in counts.indices {
            if counts[index] < fewCalls {
                chosen = index
                break
            }
            if counts[index] < counts[chosen] { chosen = index }
        }
        counts[chosen] += 1
        return chosen
    }

    func leave(_ index: Int) {
        counts[index] -= 1
    }
}

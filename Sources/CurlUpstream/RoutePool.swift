internal import Upstream

/// The handles that a loop keeps for one route, between its calls.
///
/// It holds the route, so that the route's identity stays its own for as long as the pool is found by it.
final class RoutePool {
    /// Beyond this many idle handles of a route, one that ends its work is dropped.
    static let idleLimit = 256

    let template: RequestTemplate
    let load: OriginLoad
    private(set) var inFlight = 0
    private(set) var lastUse: MonotonicTime
    private var idle: [EasyHandle] = []

    init(template: RequestTemplate, load: OriginLoad, now: MonotonicTime) {
        self.template = template
        self.load = load
        lastUse = now
    }

    /// A handle for one transfer; nil when libcurl has no memory.
    func take(settings: EasySettings, now: MonotonicTime) -> EasyHandle? {
        guard let handle = idle.popLast() ?? EasyHandle(template: template, settings: settings) else { return nil }
        inFlight += 1
        lastUse = now
        return handle
    }

    /// Takes a handle back after its transfer; one whose state is uncertain is dropped.
    func giveBack(_ handle: EasyHandle, isSound: Bool) {
        inFlight -= 1
        guard isSound, idle.count < Self.idleLimit else { return }
        idle.append(handle)
    }
}

/// How many transfers to one origin run on each multi handle of a loop.
final class OriginLoad {
    private var counts: [Int]

    init(handleCount: Int) {
        counts = Array(repeating: 0, count: handleCount)
    }

    /// So many calls to an origin share a multi handle before the next one is used.
    ///
    /// A multi handle walks all its connections to a host for each new transfer, so they are spread; but each handle
    /// that speaks TLS parses the CA file once (tens of milliseconds) and keeps the outcome (some 800 KB), so not
    /// before there is a reason to.
    static let fewCalls = 16

    /// Takes a place on the first handle with few calls to the origin, or else on the one with the fewest.
    ///
    /// The first is the likeliest to keep an idle connection.
    func enter() -> Int {
        let chosen = counts.firstIndex { $0 < Self.fewCalls } ?? indexOfFewest
        counts[chosen] += 1
        return chosen
    }

    private var indexOfFewest: Int {
        var fewest = 0
        for index in counts.indices where counts[index] < counts[fewest] {
            fewest = index
        }
        return fewest
    }

    func leave(_ index: Int) {
        counts[index] -= 1
    }
}

internal import NIOCore
internal import NIOHTTP1

/// The HTTP interface through which a person or a script steers the simulated providers.
final class ControlInterface: SimulatorResponder {
    private let stations: [SimulatedProvider: ProviderStation]
    private let clock: SimulatorClock

    init(stations: [SimulatedProvider: ProviderStation], clock: SimulatorClock) {
        self.stations = stations
        self.clock = clock
    }

    var simulates: SimulatedProvider? { nil }

    func respond(to request: SimulatedRequest) -> SimulatedDelivery {
        .answer(answer(request))
    }

    private func answer(_ request: SimulatedRequest) -> SimulatedAnswer {
        switch (request.head.method, String(request.path)) {
        case (.GET, "/"): help
        case (.GET, "/tasks"): tasks
        case (.POST, "/tasks"): setTask(request)
        case (.POST, "/clock"): advanceClock(request)
        case (.POST, "/faults"): addFault(request)
        case (.DELETE, "/faults"): clearFaults(request)
        case (.GET, "/requests"): requests(request)
        case (_, "/"), (_, "/tasks"), (_, "/clock"), (_, "/faults"), (_, "/requests"):
            .error(.methodNotAllowed, "method not allowed; GET / lists what is")
        default: .error(.notFound, "not found; GET / lists what there is")
        }
    }

    private var help: SimulatedAnswer {
        var answer = SimulatedAnswer(.ok, ByteBuffer(string: Self.helpText))
        answer.contentType = "text/plain; charset=utf-8"
        return answer
    }

    private static let helpText = """
        GET    /tasks      every task, its state, and what it is there to show
        POST   /tasks      {"provider": "xpander", "state": "paused", "id": "..."}: adds a task or changes its state
        POST   /clock      {"advance": "30s"}: lets time pass for every task
        POST   /faults     {"provider": "xpander", "operation": "status", "task": "...", "times": 1,
                            "fault": {"kind": "answer", "status": 503, "headers": {"Retry-After": "5"}, "body": "{}"}}
        DELETE /faults     takes all faults back, or ?provider=xpander those of one
        GET    /requests   how often each provider was called, and the last requests; ?provider=xpander for one

        providers:  \(SimulatedProvider.allCases.map(\.rawValue).joined(separator: ", "))
        operations: \(SimulatedOperation.allCases.map(\.rawValue).joined(separator: ", "))
        faults:     \(SimulatedFault.kinds.joined(separator: ", "))

        """

    private var tasks: SimulatedAnswer {
        let summaries = SimulatedProvider.allCases.flatMap { stations[$0]?.summaries ?? [] }
        return SimulatedAnswer(.ok) { json in
            json.string("now", clock.now.text(.microseconds))
            json.array("tasks") { json in
                for task in summaries {
                    json.element { json in
                        json.string("provider", task.provider.rawValue)
                        json.string("id", task.id)
                        json.string("state", task.state)
                        json.string("shows", task.shows)
                    }
                }
            }
        }
    }

    private func setTask(_ request: SimulatedRequest) -> SimulatedAnswer {
        guard let json = request.json else { return .error(.badRequest, "the body is not JSON") }
        guard let station = station(named: json["provider"]?.string) else { return unknownProvider }
        guard let state = json["state"]?.string else { return .error(.badRequest, "state is missing") }
        let now = clock.now
        var id = json["id"]?.string
        let isKnown = id.map { id in station.withTask(id) { $0.put(into: state, at: now) } } ?? false
        if !isKnown {
            id = station.addTask(
                id: id,
                script: .staying(in: state),
                owner: nil,
                age: .zero,
                shows: "added by hand"
            )
        }
        return SimulatedAnswer(isKnown ? .ok : .created) { json in
            json.string("provider", station.provider.rawValue)
            json.string("id", id)
            json.string("state", state)
        }
    }

    private func advanceClock(_ request: SimulatedRequest) -> SimulatedAnswer {
        guard let text = request.json?["advance"]?.string, let duration = Duration(simulatorText: text) else {
            return .error(.badRequest, "advance is missing or not like 500ms, 30s, 5m, 1h")
        }
        guard clock.advance(by: duration) else {
            return .error(.badRequest, "advance is too far: simulated time ends with the year 9999")
        }
        return SimulatedAnswer(.ok) { $0.string("now", clock.now.text(.microseconds)) }
    }

    private func addFault(_ request: SimulatedRequest) -> SimulatedAnswer {
        guard let json = request.json else { return .error(.badRequest, "the body is not JSON") }
        guard let station = station(named: json["provider"]?.string) else { return unknownProvider }
        guard let fault = json["fault"].flatMap(SimulatedFault.init(json:)) else {
            return .error(.badRequest, "fault is missing or incomplete; GET / lists the kinds")
        }
        var rule = SimulatedFaultRule(fault, ofTask: json["task"]?.string, times: json["times"]?.integer)
        if let name = json["operation"]?.string {
            guard let operation = SimulatedOperation(rawValue: name) else {
                return .error(.badRequest, "unknown operation; GET / lists them")
            }
            rule.operation = operation
        }
        let complete = rule
        station.withState { $0.faults.append(complete) }
        return SimulatedAnswer(.created) { $0.number("faults", station.withState { $0.faults.count }) }
    }

    private func clearFaults(_ request: SimulatedRequest) -> SimulatedAnswer {
        guard let chosen = chosenStations(request) else { return unknownProvider }
        for station in chosen { station.withState { $0.faults = [] } }
        return SimulatedAnswer(.ok) { $0.number("faults", 0) }
    }

    private func requests(_ request: SimulatedRequest) -> SimulatedAnswer {
        guard let chosen = chosenStations(request) else { return unknownProvider }
        return SimulatedAnswer(.ok) { json in
            for station in chosen {
                let (counts, log) = station.withState { ($0.memory.counts, $0.log.inOrder.suffix(100)) }
                json.object(station.provider.rawValue) { json in
                    json.number("total", counts.total)
                    json.number("status", counts.status)
                    json.number("cancel", counts.cancel)
                    json.number("delete", counts.delete)
                    json.array("last") { json in
                        // Without headers, which is where the keys are.
                        for request in log { json.element("\(request.method) \(request.target)") }
                    }
                }
            }
        }
    }

    private func station(named name: String?) -> ProviderStation? {
        name.flatMap(SimulatedProvider.init(rawValue:)).flatMap { stations[$0] }
    }

    /// The one that the query names, or all; nil if it names one that there is not.
    private func chosenStations(_ request: SimulatedRequest) -> [ProviderStation]? {
        guard let name = request.query("provider") else {
            return SimulatedProvider.allCases.compactMap { stations[$0] }
        }
        return station(named: name).map { [$0] }
    }

    private var unknownProvider: SimulatedAnswer { .error(.badRequest, "unknown provider; GET / lists them") }
}

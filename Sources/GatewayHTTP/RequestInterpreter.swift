internal import Clients
internal import Following
internal import GatewayCore
internal import Metrics
internal import TaskModel

/// What is to be done about a request.
enum Decision: Sendable {
    /// The answer is known here.
    case answer(HTTPAnswer)
    /// The gateway is asked, and its reply takes this shape.
    case ask(TaskQuestion, AnswerShape)
    /// The gateway is asked about many tasks.
    indirect case askAll(BatchQuestion)
    /// A stream of events is the answer.
    indirect case stream(EventStreamWish)
    /// What is kept of tasks has to be asked, which takes its time.
    indirect case later(LaterAnswer)
}

extension Decision {
    /// Lets the answer, now or when it comes, show what the client's rate leaves it.
    fileprivate mutating func show(_ rate: RateStanding) {
        switch self {
        case .answer(var answer):
            answer.rate = rate
            self = .answer(answer)
        case .ask(let question, var shape):
            shape.rate = rate
            self = .ask(question, shape)
        case .askAll(var question):
            question.rate = rate
            self = .askAll(question)
        case .stream(var wish):
            wish.rate = rate
            self = .stream(wish)
        case .later(let answer):
            self = .later(answer.finished { $0.rate = rate })
        }
    }
}

/// Turns requests into questions to the gateway, or into answers where none is needed.
///
/// It is what a reading of the configuration changes of a server: whom it asks, and whom it lets in.
final class RequestInterpreter: Sendable {
    let gateway: any TaskAnswering
    /// Nil where nothing is followed.
    let following: (any TaskFollowing)?
    let browsers: BrowserGuard
    /// Nil where whoever reaches the gateway may ask.
    let clients: ClientGuard?
    let readiness: Readiness
    let service: GatewayServer.Configuration.Service
    /// What `/metrics` shows beside what the gateway has counted of its providers.
    let metrics: [any MetricsSource]

    init(
        gateway: any TaskAnswering,
        following: (any TaskFollowing)?,
        browsers: BrowserGuard,
        clients: ClientGuard?,
        readiness: Readiness,
        service: GatewayServer.Configuration.Service,
        metrics: [any MetricsSource]
    ) {
        self.gateway = gateway
        self.following = following
        self.browsers = browsers
        self.clients = clients
        self.readiness = readiness
        self.service = service
        self.metrics = metrics
    }

    /// Decides about a request; `accepted` is the key that its connection was let in with last.
    func decide(_ request: ReceivedRequest, _ accepted: inout AcceptedKey?) -> Decision {
        guard let target = request.target else {
            return .answer(
                ProblemRendering.answer(
                    GatewayError(
                        .invalidRequest,
                        "The target must be a path in ASCII, everything else percent-encoded."
                    ),
                    instance: nil,
                    requestID: request.id
                )
            )
        }
        var admission: Admission?
        var decision: Decision
        do throws(GatewayError) {
            decision = try decide(request, target, &accepted, &admission)
        } catch {
            decision = .answer(ProblemRendering.answer(error, instance: target.path, requestID: request.id))
        }
        if let rate = admission?.rate { decision.show(rate) }
        return decision
    }

    private func decide(
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ accepted: inout AcceptedKey?,
        _ admission: inout Admission?
    ) throws(GatewayError) -> Decision {
        if target.form == .asterisk, request.method == .options { return .answer(options(.all)) }
        let finding = GatewayRouter.find(request.method, target)
        request.subject.route = finding.route
        if !finding.isOpen {
            if let refusal = browsers.refusal(of: request) { throw refusal }
            if let clients {
                let admitted = try clients.admit(request, &accepted)
                admission = admitted
                request.subject.client = admitted.client.name
                try admitted.requireRate()
            }
        }
        if let route = finding.route { try requireService(of: route) }
        switch finding {
        case .found(let row, let parameter):
            return try decide(row, parameter, request, target, admission)
        case .otherMethods(let allowed, _):
            if request.method == .options { return .answer(options(allowed)) }
            var answer = ProblemRendering.answer(
                GatewayError(.methodNotAllowed, "This path takes \(allowed.list)."),
                instance: target.path,
                requestID: request.id
            )
            answer.allow = allowed
            return .answer(answer)
        case .nothing:
            throw GatewayError(.notFound, "There is nothing at this path; / lists what there is.")
        }
    }

    /// Throws `not_found` for what another server of this gateway serves.
    private func requireService(of route: Route) throws(GatewayError) {
        switch service {
        case .applications(operationAt: let address?) where route.isOperation:
            throw GatewayError(
                .notFound,
                "\(route.path) is served at \(address), the \"metrics_listen\" of this gateway."
            )
        case .operation where !route.isOperation:
            throw GatewayError(.notFound, "/metrics, /livez and /readyz are served here, and nothing else.")
        case .applications, .operation: break
        }
    }

    private func options(_ methods: MethodSet) -> HTTPAnswer {
        var answer = HTTPAnswer(204, .none, .never)
        answer.allow = methods
        return answer
    }

    private func decide(
        _ row: GatewayRouter.Row,
        _ parameter: Substring,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        try admission?.require(for: row.route)
        var query = QueryParameters()
        if let known = row.parameters { query = try QueryParameters(target.query, known: known) }
        switch row.route {
        case .readTask: return try status(of: parameter, query, request, target, admission)
        case .cancelTask:
            let reason = try RequestBodies.reason(in: request)
            return try change(.cancel(reason: reason), of: parameter, query, request, target, admission)
        case .changeTask:
            let kind = try RequestBodies.change(in: request)
            try admission?.require(for: kind)
            return try change(kind, of: parameter, query, request, target, admission)
        case .readTasks, .cancelTasks: return try batch(row.route, query, request, admission)
        case .taskEvents: return try events(of: parameter, query, request, target, admission)
        case .events: return try events(query, request, target, admission)
        case .readWatch, .putWatch, .removeWatch, .renewLease:
            return try watch(row.route, of: parameter, query, request, target, admission)
        case .watches: return try watches(query, request, target, admission)
        case .tasks: return try tasks(query, request, target, admission)
        case .deliveries: return try deliveries(query, request, target, admission)
        case .delivery, .redeliver: return try delivery(row.route, parameter, request, target, admission)
        case .audit: return try audit(query, request, target, admission)
        case .providers: return .answer(ProviderRendering.list(providers(for: admission)))
        case .provider: return .answer(ProviderRendering.one(try provider(named: parameter, for: admission)))
        case .live: return .answer(HealthRendering.live())
        case .ready: return .answer(HealthRendering.ready(readiness, providers: gateway.providers()))
        case .metrics: return .answer(HTTPAnswer(200, .metrics, .never, body: MetricsText.of([gateway] + metrics)))
        case .openAPI: return .answer(HTTPAnswer(200, .json, .page, body: OpenAPIDocument.bytes))
        case .problems: return .answer(ProblemPages.list())
        case .problem:
            guard let code = ErrorCode(rawValue: String(parameter)) else {
                throw GatewayError(.notFound, "There is no problem of this name; /problems lists them all.")
            }
            return .answer(ProblemPages.page(of: code))
        case .index: return .answer(HealthRendering.index())
        }
    }

    // MARK: - Providers

    private func providers(for admission: Admission?) -> [ProviderReport] {
        let reports = gateway.providers()
        guard let client = admission?.client else { return reports }
        return reports.filter { client.mayUse($0.name) }
    }

    private func provider(
        named segment: Substring,
        for admission: Admission?
    ) throws(GatewayError) -> ProviderReport {
        let name = PercentDecoding.decode(segment)
        if let report = providers(for: admission).first(where: { $0.name == name }) { return report }
        // Whether the provider is there is none of the business of a client that may not use it.
        guard admission?.client.providers == nil else {
            throw GatewayError(
                .forbidden,
                "This client may not use a provider of this name; /providers lists those that it may."
            )
        }
        throw GatewayError(.unknownProvider, "No provider of this name is configured; /providers lists them.")
    }

    // MARK: - Tasks

    private func status(
        of segment: Substring,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let task = try locate(segment, query, admission)
        request.subject.task = task
        request.subject.call = .status
        let condition = request.fields.ifNoneMatch.map { EntityTagCondition($0) }
        let (wait, preference) = wait(query, request)
        let until: TaskQuestion.Until =
            switch query.until {
            case .done: .done
            case .change: .change(from: condition?.fingerprint(of: query.view))
            }
        let question = TaskQuestion(
            .status,
            about: task,
            caller: admission?.client.name,
            providerKey: try providerKey(request),
            traceParent: request.trace?.text,
            wait: wait,
            until: until,
            maximumAge: query.maximumAge,
            view: query.view
        )
        let shape = AnswerShape(
            call: .status,
            view: query.view,
            condition: condition,
            preferenceApplied: preference,
            instance: target.path,
            requestID: request.id
        )
        return .ask(question, shape)
    }

    private func change(
        _ kind: TaskQuestion.Kind,
        of segment: Substring,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let task = try locate(segment, query, admission)
        request.subject.task = task
        var (wait, preference) = wait(query, request)
        var call = AnswerShape.Call.cancel
        if case .rename = kind {
            // It is done or refused at once: there is nothing to wait for.
            (wait, preference) = (nil, nil)
            call = .rename
        }
        request.subject.call = call
        let shape = AnswerShape(
            call: call,
            view: .brief,
            condition: nil,
            preferenceApplied: preference,
            instance: target.path,
            requestID: request.id
        )
        let question = TaskQuestion(
            kind,
            about: task,
            caller: admission?.client.name,
            providerKey: try providerKey(request),
            requestID: request.id.description,
            traceParent: request.trace?.text,
            wait: wait
        )
        return .ask(question, shape)
    }

    /// The caller's own key for the provider, if it sent one.
    func providerKey(_ request: ReceivedRequest) throws(GatewayError) -> Secret? {
        guard request.fields.providerKeyCount > 1 else { return request.fields.providerKey }
        throw GatewayError(.invalidRequest, "Taskgate-Provider-Key is there more than once; send one key.")
    }

    /// Decodes the one segment that names a task, and finds whose it is.
    func locate(
        _ segment: Substring,
        _ query: QueryParameters,
        _ admission: Admission?
    ) throws(GatewayError) -> TaskID {
        guard let text = PercentDecoding.decode(segment) else {
            throw GatewayError(
                .invalidTaskID,
                "A task id is percent-encoded UTF-8 text without control characters."
            )
        }
        return try locate(text: text, provider: query.provider, among: admission?.client.providers)
    }

    /// Finds whose task a text means that nobody has looked at.
    func locate(
        named text: String,
        provider: String?,
        among allowed: Set<String>?
    ) throws(GatewayError) -> TaskID {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw GatewayError(.invalidTaskID, "A task id has no control characters.")
        }
        return try locate(text: text, provider: provider, among: allowed)
    }

    private func locate(
        text: String,
        provider: String?,
        among allowed: Set<String>?
    ) throws(GatewayError) -> TaskID {
        // No provider has such ids, and a path that is made of one must not climb.
        let climbs =
            text.withBytes { $0.position(of: UInt8(ascii: ".")) } != nil
            && text.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." }
        guard !climbs else { throw GatewayError(.invalidTaskID, "A task id has no \".\" or \"..\" between slashes.") }
        return try gateway.locate(text, provider: provider, among: allowed)
    }

    /// How long the caller waits, and what of its `Prefer` that is; the query wins.
    func wait(_ query: QueryParameters, _ request: ReceivedRequest) -> (wait: Duration?, preference: Int?) {
        if let wait = query.wait { return (wait == .zero ? nil : wait, nil) }
        guard let seconds = request.fields.prefer.flatMap(PreferField.wait), seconds > 0 else { return (nil, nil) }
        let wait = min(seconds, QueryParameters.maximumWait.secondsRoundedUp)
        return (.seconds(wait), wait)
    }
}

extension Admission {
    /// Throws `forbidden` unless the client may ask for this at all.
    fileprivate func require(for route: Route) throws(GatewayError) {
        switch route {
        case .readTask, .readTasks, .tasks, .taskEvents, .events: try require(.read)
        case .metrics, .audit: try require(.operate)
        case .cancelTask, .cancelTasks: try require(.cancel)
        case .readWatch, .putWatch, .removeWatch, .renewLease, .watches: try require(.watch)
        case .deliveries, .delivery, .redeliver: try require(.watch, .operate)
        // Which of the two it is, is in the body.
        case .changeTask: try require(.cancel, .rename)
        case .index, .providers, .provider, .live, .ready, .openAPI, .problems, .problem: break
        }
    }

    /// Throws `forbidden` unless the client may change a task in this way.
    fileprivate func require(for kind: TaskQuestion.Kind) throws(GatewayError) {
        switch kind {
        case .status: try require(.read)
        case .cancel: try require(.cancel)
        case .rename: try require(.rename)
        }
    }
}

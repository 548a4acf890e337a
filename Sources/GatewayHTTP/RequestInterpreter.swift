internal import GatewayCore
internal import TaskModel

/// What is to be done about a request.
enum Decision: Sendable {
    /// The answer is known here.
    case answer(HTTPAnswer)
    /// The gateway is asked, and its reply takes this shape.
    case ask(TaskQuestion, AnswerShape)
}

/// Turns requests into questions to the gateway, or into answers where none is needed.
struct RequestInterpreter: Sendable {
    let gateway: any TaskAnswering
    let browsers: BrowserGuard
    /// Whether the gateway is to be sent requests: false from the moment on that it is going to stop.
    let isReady: @Sendable () -> Bool

    func decide(_ request: ReceivedRequest) -> Decision {
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
        do throws(GatewayError) {
            return try decide(request, target)
        } catch {
            return .answer(ProblemRendering.answer(error, instance: target.path, requestID: request.id))
        }
    }

    private func decide(_ request: ReceivedRequest, _ target: RequestTarget) throws(GatewayError) -> Decision {
        if target.form == .asterisk, request.method == .options { return .answer(options(.all)) }
        switch GatewayRouter.find(request.method, target) {
        case .found(let row, let parameter):
            if !row.isOpen { try refuseBrowsers(request) }
            return try decide(row, parameter, request, target)
        case .otherMethods(let allowed, let isOpen):
            if !isOpen { try refuseBrowsers(request) }
            if request.method == .options { return .answer(options(allowed)) }
            var answer = ProblemRendering.answer(
                GatewayError(.methodNotAllowed, "This path takes \(allowed.list)."),
                instance: target.path,
                requestID: request.id
            )
            answer.allow = allowed
            return .answer(answer)
        case .nothing:
            try refuseBrowsers(request)
            throw GatewayError(.notFound, "There is nothing at this path; / lists what there is.")
        }
    }

    private func refuseBrowsers(_ request: ReceivedRequest) throws(GatewayError) {
        if let refusal = browsers.refusal(of: request) { throw refusal }
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
        _ target: RequestTarget
    ) throws(GatewayError) -> Decision {
        var query = QueryParameters()
        if let known = row.parameters { query = try QueryParameters(target.query, known: known) }
        switch row.route {
        case .readTask: return try status(of: parameter, query, request, target)
        case .cancelTask:
            let reason = try RequestBodies.reason(in: request)
            return try change(.cancel(reason: reason), of: parameter, query, request, target)
        case .changeTask:
            let kind = try RequestBodies.change(in: request)
            return try change(kind, of: parameter, query, request, target)
        case .providers: return .answer(ProviderRendering.list(gateway.providers()))
        case .provider:
            let name = PercentDecoding.decode(parameter)
            guard let report = gateway.providers().first(where: { $0.name == name }) else {
                throw GatewayError(.unknownProvider, "No provider of this name is configured; /providers lists them.")
            }
            return .answer(ProviderRendering.one(report))
        case .live: return .answer(HealthRendering.live())
        case .ready: return .answer(HealthRendering.ready(isReady(), providers: gateway.providers()))
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

    // MARK: - Tasks

    private func status(
        of segment: Substring,
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget
    ) throws(GatewayError) -> Decision {
        let task = try locate(segment, query)
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
        _ target: RequestTarget
    ) throws(GatewayError) -> Decision {
        let task = try locate(segment, query)
        var (wait, preference) = wait(query, request)
        var call = AnswerShape.Call.cancel
        if case .rename = kind {
            // It is done or refused at once: there is nothing to wait for.
            (wait, preference) = (nil, nil)
            call = .rename
        }
        let shape = AnswerShape(
            call: call,
            view: .brief,
            condition: nil,
            preferenceApplied: preference,
            instance: target.path,
            requestID: request.id
        )
        return .ask(TaskQuestion(kind, about: task, wait: wait), shape)
    }

    /// Decodes the one segment that names a task, and finds whose it is.
    private func locate(_ segment: Substring, _ query: QueryParameters) throws(GatewayError) -> TaskID {
        guard let text = PercentDecoding.decode(segment) else {
            throw GatewayError(
                .invalidTaskID,
                "A task id is percent-encoded UTF-8 text without control characters."
            )
        }
        // No provider has such ids, and a path that is made of one must not climb.
        let climbs =
            text.withBytes { $0.position(of: UInt8(ascii: ".")) } != nil
            && text.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." }
        guard !climbs else { throw GatewayError(.invalidTaskID, "A task id has no \".\" or \"..\" between slashes.") }
        return try gateway.locate(text, provider: query.provider)
    }

    /// How long the caller waits, and what of its `Prefer` that is; the query wins.
    private func wait(_ query: QueryParameters, _ request: ReceivedRequest) -> (wait: Duration?, preference: Int?) {
        if let wait = query.wait { return (wait == .zero ? nil : wait, nil) }
        guard let seconds = request.fields.prefer.flatMap(PreferField.wait), seconds > 0 else { return (nil, nil) }
        let wait = min(seconds, QueryParameters.maximumWait.secondsRoundedUp)
        return (.seconds(wait), wait)
    }
}

import GatewayCore
import GatewayTesting
import Logging
import Providers
import Synchronization
import TaskModel
import Testing
import Upstream

/// A gateway with small providers of its own, a scripted network and a clock moved by hand.
struct GatewayBench {
    static let key = "canary-key-4711"

    let transport: ScriptedTransport
    let timekeeper = ManualTimekeeper()
    let log = LogLines()
    /// What was asked and sent to change something.
    let audited = Entries()
    /// What all readings of the configuration share.
    let keeper: TaskGateway
    let gateway: ProviderGeneration
    private let limits: [String: ProviderLimits]

    init(
        memory: TaskGateway.MemoryLimits = TaskGateway.MemoryLimits(),
        limits: ProviderLimits = ProviderLimits(repeatsReads: false),
        chances: Tally? = nil,
        holder: (any CancelHolding)? = nil,
        _ script: @escaping @Sendable (ScriptedTransport.Sent) -> ScriptedTransport.Answer? = { _ in nil }
    ) throws {
        transport = ScriptedTransport(script)
        let (log, audited) = (log, audited)
        keeper = TaskGateway(
            timekeeper: timekeeper,
            memory: memory,
            randomness: { chances?.next() ?? 100 },
            holder: holder,
            logger: Logger(label: "test") { _ in log.handler },
            audit: { audited.add($0) }
        )
        self.limits = ["acme": limits, "plain": limits]
        gateway = keeper.serve(try Self.catalog(), limits: self.limits, through: transport)
    }

    /// The configuration is read again, and says something else.
    func serveAgain(
        after previous: ProviderGeneration,
        key: String = GatewayBench.key,
        baseURL: String? = nil,
        limits: [String: ProviderLimits]? = nil,
        without missing: String? = nil
    ) throws -> ProviderGeneration {
        let catalog = ProviderCatalog(
            try Self.catalog(key: key, baseURL: baseURL).entries.filter { $0.name != missing }
        )
        return keeper.serve(catalog, limits: limits ?? self.limits, through: transport, after: previous)
    }

    private static func catalog(key: String = key, baseURL: String? = nil) throws -> ProviderCatalog {
        let acme = try definition(
            "acme",
            pattern: "^t[0-9]{1,9}$",
            credential: #"{"header": "Authorization", "prefix": "Bearer "}"#,
            more: """
                , "cancel": {"request": "POST /tasks/{task}/stop", "word": "/status", "belief": "final", "from": ["running"]},
                "rename": {"request": "PATCH /tasks/{task}", "body": {"title": "{title}"}}
                """
        )
        let own = try definition(
            "own",
            pattern: "^own[0-9]{1,9}$",
            example: "own1",
            credential: #"{"header": "X-Key", "prefix": "Key ", "pattern": "^k_[a-z]{1,20}$"}"#,
            more: """
                , "cancel": {"request": "POST /tasks/{task}/stop", "word": "/status", "belief": "promise", "from": ["running"]},
                "rename": {"request": "PATCH /tasks/{task}", "body": {"title": "{title}"}}
                """
        )
        return ProviderCatalog([
            .init(try Provider(own, .init(name: "own", callersBringKeys: true))),
            .init(try Provider(acme, .init(name: "acme", baseURL: baseURL, credential: Secret(key)))),
            .init(try Provider(plain(), .init(name: "plain"))),
            .init(off: "resting", try plain(), because: "its key is missing"),
        ])
    }

    /// A provider that wants no key, and can do no more than say where a task stands.
    static func plain() throws -> ProviderDefinition {
        try definition("plain", pattern: "^t?[0-9]{1,9}$", credential: #""none""#, more: "")
    }

    private static func definition(
        _ name: String,
        pattern: String,
        example: String = "t1",
        credential: String,
        more: String
    ) throws -> ProviderDefinition {
        let text = """
            {"title": "\(name.uppercased())", "documentation": "https://docs.example/\(name)",
             "base_url": "https://\(name).example", "credential": \(credential),
             "id": {"parts": [{"name": "task", "pattern": "\(pattern)"}], "example": "\(example)"},
             "words": [{"is": "queued", "status": "queued"}, {"is": "running", "status": "running"},
                       {"is": "done", "status": "completed"}, {"is": "stopped", "status": "cancelled"}],
             "status": {"request": "GET /tasks/{task}", "word": "/status", "read": {"title": "/title", "done": "/over"}}
             \(more)}
            """
        return try ProviderDefinition.read(Array(text.utf8), name: name, file: "\(name).json")
    }

    func ask(
        _ kind: TaskQuestion.Kind,
        _ id: String = "acme:t1",
        wait: Duration? = nil,
        key: String? = nil,
        trace: String? = nil,
        heldSince: Timestamp? = nil,
        of generation: ProviderGeneration? = nil
    ) throws -> Reply {
        let gateway = generation ?? gateway
        let task = try gateway.locate(id, provider: nil)
        let question = TaskQuestion(
            kind,
            about: task,
            providerKey: key.map { Secret($0) },
            traceParent: trace,
            wait: wait,
            requestedAt: heldSince
        )
        let reply = Reply()
        reply.ticket = gateway.ask(question) { reply.take($0, $1) }
        return reply
    }

    static func answer(_ body: String) -> ScriptedTransport.Answer {
        .success(UpstreamResponse(status: 200, body: Array(body.utf8)))
    }
}

/// What the audit was given, in words.
final class Entries: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func add(_ entry: AuditEntry) {
        let text =
            switch entry.event {
            case .asked(_, _, .answered(let state)): "answered \(state?.rawValue ?? "-")"
            case .asked(_, _, .refused(let code)): "refused \(code.rawValue)"
            case .asked(_, _, .left): "left"
            case .sent: "sent"
            }
        entries.withLock { $0.append(text) }
    }
}

/// What one caller is told.
final class Reply: Sendable {
    private struct State {
        var results: [Result<TaskAnswer, GatewayError>] = []
        var record: CallRecord?
        var ticket: TaskTicket?
    }

    private let state = Mutex(State())

    var ticket: TaskTicket? {
        get { state.withLock { $0.ticket } }
        set { state.withLock { $0.ticket = newValue } }
    }

    func take(_ result: Result<TaskAnswer, GatewayError>, _ record: CallRecord?) {
        state.withLock { state in
            state.results.append(result)
            state.record = record
        }
    }

    /// The call that the answer rests on.
    var record: CallRecord? { state.withLock { $0.record } }

    var count: Int { state.withLock { $0.results.count } }

    var snapshot: TaskSnapshot? {
        guard case .success(let answer)? = state.withLock({ $0.results.first }) else { return nil }
        return answer.snapshot
    }

    var error: GatewayError? {
        guard case .failure(let error)? = state.withLock({ $0.results.first }) else { return nil }
        return error
    }
}

/// Every line that was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var handler: any LogHandler { Handler(lines: self) }

    private func add(_ line: String) { lines.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
        }
    }
}

/// Numbers that are spread over all there are, and the same each time.
final class Tally: Sendable {
    private let last = Atomic<UInt64>(0)

    func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue &* 0x9e37_79b9_7f4a_7c15 }
}

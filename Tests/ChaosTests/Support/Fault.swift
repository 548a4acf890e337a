import GatewayTesting
import ProviderSimulator

/// One thing that goes wrong between the gateway and a provider.
struct Fault: Sendable {
    enum Action: Sendable {
        /// Nobody listens.
        case refused
        /// Somebody listens, and takes no connection.
        case unaccepted
        /// The name of the host is in no directory.
        case unresolvable
        /// What happens on each connection, whatever comes over it.
        case opening([ScriptedStep])
        /// A TLS server with this fault.
        case tls(String)
        /// What happens once the head of a request has come.
        case heading([ScriptedStep])
        /// What happens in place of the provider, which never sees the request.
        case instead([ScriptedStep])
        /// What becomes of the provider's own answer.
        case answering(@Sendable (RawHTTPAnswer) -> [ScriptedStep])
        /// What the simulated provider can do wrong by itself.
        case simulated(SimulatedFault)
        /// One of these befalls every other request, by chance; the rest work.
        case sometimes([Action])
    }

    /// What it is, for the page.
    let name: String
    let group: FaultClass
    let action: Action
    /// Whether the provider is spoken to over TLS.
    var isSecure = false
    /// Whether it shows by time running out.
    var takesTime = false
    /// Whether the same call works as soon as the fault is gone.
    var recovers = true
    /// What `Retry-After` has to be, where the fault says more than its class.
    var retryAfter: Required.RetryAfter?

    init(_ name: String, _ group: FaultClass, _ action: Action) {
        (self.name, self.group, self.action) = (name, group, action)
    }

    var takingTime: Fault { with { $0.takesTime = true } }
    var secure: Fault { with { $0.isSecure = true } }
    var lasting: Fault { with { $0.recovers = false } }
    func retryAfter(_ seconds: Required.RetryAfter) -> Fault { with { $0.retryAfter = seconds } }

    private func with(_ change: (inout Fault) -> Void) -> Fault {
        var copy = self
        change(&copy)
        return copy
    }

    /// Whether it can befall the cancel and leave the status alone.
    var befallsRequests: Bool {
        switch action {
        case .heading, .instead, .answering, .simulated, .sometimes: true
        case .refused, .unaccepted, .unresolvable, .opening, .tls: false
        }
    }

    /// Whether a request can come through all the same.
    var isByChance: Bool {
        if case .sometimes = action { true } else { false }
    }

    /// How many tasks it befalls, each with a chance of its own where there is one.
    var rounds: Int { isByChance ? Scale.isWhole ? 60 : 12 : 1 }

    /// What is required of a call that it befalls.
    func required(of setting: Setting) -> Required? {
        guard setting.call != .cancelAlone || befallsRequests, let required = group[setting] else { return nil }
        return retryAfter.map { required.retryAfter($0) } ?? required
    }
}

extension ScriptedStep {
    /// An answer as it came, or with other bytes in the place of its body.
    static func answer(_ answer: RawHTTPAnswer, body: [UInt8]? = nil, dropping: Int = 0) -> ScriptedStep {
        .send(Array(head(answer, length: answer.body.count).utf8) + (body ?? answer.body).dropLast(dropping))
    }

    /// The head of an answer, with this length or with no word about it.
    static func head(_ answer: RawHTTPAnswer, length: Int?, more: String = "") -> String {
        var head = answer.statusLine + "\r\n"
        for (name, value) in answer.headers where name.lowercased() != "content-length" {
            head += "\(name): \(value)\r\n"
        }
        if let length { head += "Content-Length: \(length)\r\n" }
        return head + more + "\r\n"
    }
}

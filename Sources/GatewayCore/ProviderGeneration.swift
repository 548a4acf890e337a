internal import Providers
internal import Synchronization
package import TaskModel

/// The providers of one reading of the configuration, and the calls about their tasks.
///
/// Reading the configuration again makes another one. Who holds the old one can still ask, and calls end where they
/// began.
package final class ProviderGeneration: TaskAnswering {
    private let catalog: ProviderCatalog
    let served: [String: ServedProvider]
    let gateway: TaskGateway

    init(_ catalog: ProviderCatalog, _ served: [String: ServedProvider], _ gateway: TaskGateway) {
        self.catalog = catalog
        self.served = served
        self.gateway = gateway
    }

    func served(_ name: String) -> ServedProvider? { served[name] }

    package func locate(
        _ text: String,
        provider: String?,
        among allowed: Set<String>? = nil
    ) throws(GatewayError) -> TaskID {
        try catalog.locate(text, provider: provider, among: allowed)
    }

    @discardableResult
    package func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket {
        guard let served = served[question.task.provider] else {
            return gateway.refuse(question, nil, refusal(of: question.task.provider), reply: reply)
        }
        if let operation = question.kind.operation, !served.provider.definition.can(operation) {
            return gateway.refuse(question, served, served.provider.unsupported(operation), reply: reply)
        }
        do throws(GatewayError) {
            let key = try served.provider.callerKey(question.providerKey)
            return gateway.ask(question, served, key, reply: reply)
        } catch {
            return gateway.refuse(question, served, error, reply: reply)
        }
    }

    package func forget(_ ticket: TaskTicket) { gateway.forget(ticket) }

    package func providers() -> [ProviderReport] {
        let health = gateway.state.withLock { _ in served.mapValues(\.health.notes) }
        let now = gateway.timekeeper.now()
        return catalog.entries.map { entry in
            var report = ProviderReport(entry, health[entry.name] ?? ProviderHealth.Notes())
            if let door = served[entry.name]?.door { report.take(door.standing(at: now), at: now) }
            return report
        }
    }

    /// Why a provider is not served.
    private func refusal(of name: String) -> GatewayError {
        do throws(GatewayError) {
            _ = try catalog.provider(named: name)
            return GatewayError(.internalError, "The provider \(name) is configured, and is not served.")
        } catch {
            return error
        }
    }
}

extension TaskQuestion.Kind {
    /// The operation without which the question makes no sense, beside reading the status.
    fileprivate var operation: Operation? {
        switch self {
        case .status: nil
        case .cancel: .cancel
        case .rename: .rename
        }
    }
}

extension ProviderReport {
    fileprivate mutating func take(_ standing: ProviderDoor.Standing, at now: Moment) {
        callsUnderWay = standing.callsUnderWay
        callsWaiting = standing.callsWaiting
        var retryUptime = standing.pause?.until
        switch standing.circuit {
        case .closed: circuit = .closed
        case .open(let until):
            circuit = until <= now.uptime ? .halfOpen : .open
            if until > now.uptime { retryUptime = max(retryUptime ?? until, until) }
        case .trying: circuit = .halfOpen
        }
        retryAt = retryUptime.map { retryUptime in
            let left = (retryUptime - now.uptime).nanoseconds / 1_000_000
            return Timestamp(millisecondsSinceEpoch: now.time.millisecondsSinceEpoch + left)
        }
        guard circuit != .closed else { return }
        state = .degraded
        detail =
            "too many of its calls failed, and it is left alone until one that tries it works"
            + (lastFailureCode.map { "; the latest failed with \($0.rawValue)" } ?? "")
    }

    fileprivate init(_ entry: ProviderCatalog.Entry, _ health: ProviderHealth.Notes) {
        let definition = entry.definition
        let state: State = entry.provider == nil ? .off : health.isDegraded ? .degraded : .on
        let degradation = health.lastFailureCode.map {
            "the last \(health.failuresInARow) calls failed, the latest with \($0.rawValue)"
        }
        self.init(
            name: entry.name,
            definition: definition.name,
            title: definition.title,
            documentation: definition.documentation,
            origin: entry.provider?.origin ?? "",
            state: state,
            detail: state == .off ? entry.offReason : state == .degraded ? degradation : nil,
            cancelConfirmation: definition.cancelRules.map { $0.belief == .final ? .immediate : .byStatus },
            cancelFrom: definition.cancelRules?.from ?? [],
            canRename: definition.can(.rename),
            idParts: definition.partNames,
            idExample: "\(entry.name):\(definition.exampleID)",
            credential: entry.credential,
            minimumInterval: entry.provider?.poll.minimum ?? definition.poll.minimum,
            restarts: definition.restarts
        )
        calls = health.calls
        failures = health.failures
        lastSuccessAt = health.lastSuccessAt
        lastFailureAt = health.lastFailureAt
        lastFailureCode = health.lastFailureCode
    }
}

extension ProviderCatalog.Entry {
    fileprivate var credential: ProviderReport.Credential {
        guard definition.credential != nil else { return .none }
        return provider?.callersBringKeys == true ? .caller : .gateway
    }
}

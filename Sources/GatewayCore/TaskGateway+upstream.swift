internal import Logging
internal import Metrics
internal import Providers
internal import Synchronization
internal import TaskModel
internal import Upstream

/// What a call to a provider takes along from the caller who causes it.
struct CallOrigin: Sendable {
    /// The key that the caller brought, where callers bring theirs.
    let key: CallerKey?
    /// Where the caller stands in a trace.
    let traceParent: String?
}

// The calls to providers that the machines want, and what they come to.
extension TaskGateway {
    func carryOut(
        _ action: TaskMachine.Action,
        _ task: RememberedTask,
        _ served: ServedProvider,
        _ origin: CallOrigin
    ) {
        switch action {
        case .readStatus(let isUrgent):
            send(.status, isUrgent: isUrgent, task, served, origin) { gateway, response, now throws(GatewayError) in
                let reading = try served.provider.readStatus(response, of: task.id, at: now.time, with: origin.key)
                gateway.noteOddities(reading, served)
                return reading
            } then: { machine, reading, now in
                machine.statusRead(reading, at: now)
            } refused: { machine, error, now in
                machine.readRefused(error, at: now)
            }
        case .sendCancel(let reason):
            let statusAnswer = state.withLock { _ in task.machine.lastKnown?.source?.response }
            sendCancel(RequestValues(reason: reason, statusAnswer: statusAnswer), task, served, origin)
        case .sendRename(let number, let title):
            send(.rename, isUrgent: false, task, served, origin, RequestValues(title: title)) {
                _,
                response,
                now throws(GatewayError) in
                try served.provider.readRename(response, at: now.time, with: origin.key)
            } then: { machine, taken, now in
                machine.renameAnswered(number: number, taken, at: now)
            } refused: { machine, error, now in
                machine.renameAnswered(number: number, .failure(error), at: now)
            }
        case .hurryRead:
            let waiting = state.withLock { _ in task.waitingRead.take() }
            if let waiting { waiting.door.hurry(waiting.call) }
        case .answer:
            break
        }
    }

    private func sendCancel(
        _ values: RequestValues,
        _ task: RememberedTask,
        _ served: ServedProvider,
        _ origin: CallOrigin
    ) {
        var request: UpstreamRequest
        let now = timekeeper.now()
        do throws(GatewayError) {
            request = try served.provider.request(.cancel, for: task.id, values, with: origin.key)
        } catch {
            return handle(task, at: now) { $0.cancelAnswered(.notSent(error), at: now) }
        }
        request.pass(on: origin.traceParent)
        call(request, .cancel, isUrgent: true, about: task, served, at: now) { [self] outcome, record, now in
            let answer: CancelAnswer
            var ending: Ending?
            switch outcome {
            case .refused(let error):
                answer = .notSent(error)
            case .unanswered(let error, let mayHaveArrived):
                ending = Ending(served: served, error: error, call: record)
                answer = mayHaveArrived ? .lost(error) : .notSent(error)
            case .answered(let response):
                do throws(GatewayError) {
                    let reading = try served.provider.readCancel(response, of: task.id, at: now.time, with: origin.key)
                    answer = .read(reading)
                    switch reading {
                    case .accepted(let seen):
                        ending = Ending(served: served, error: nil, call: record)
                        if let seen { noteOddities(seen, served) }
                    case .refused(let error):
                        leaveAlone(served, error, now)
                        ending = Ending(served: served, error: error, call: record)
                    }
                } catch {
                    leaveAlone(served, error, now)
                    ending = Ending(served: served, error: error, call: record)
                    answer = .refused(error)
                }
            }
            noteSent(.cancel(reason: values.reason), of: task.id, outcome, ending?.error, word: answer.word, now)
            handle(task, at: now, after: ending) { $0.cancelAnswered(answer, at: now) }
        }
    }

    /// Notes what was sent to change something, and what the provider answered; nothing where nothing was sent.
    private func noteSent(
        _ change: AuditEntry.Change,
        of task: TaskID,
        _ outcome: CallOutcome,
        _ error: GatewayError?,
        word: String? = nil,
        _ now: Moment
    ) {
        let sent: AuditEntry.SendOutcome
        switch outcome {
        case .refused: return
        case .answered(let response):
            sent = .init(status: response.status, word: word, code: error?.code, mayHaveArrived: true)
        case .unanswered(_, let mayHaveArrived):
            sent = .init(status: nil, word: nil, code: error?.code, mayHaveArrived: mayHaveArrived)
        }
        note(change, of: task, .sent(sent), now)
    }

    /// Sends a request, reads its answer, and tells the machine what came of it, or at once why nothing could be sent.
    private func send<Reading>(
        _ operation: Operation,
        isUrgent: Bool,
        _ task: RememberedTask,
        _ served: ServedProvider,
        _ origin: CallOrigin,
        _ values: RequestValues = RequestValues(),
        reading: @escaping @Sendable (TaskGateway, UpstreamResponse, Moment) throws(GatewayError) -> Reading,
        then tell:
            @escaping @Sendable (inout TaskMachine, Result<Reading, GatewayError>, Moment) -> [TaskMachine.Action],
        refused: @escaping @Sendable (inout TaskMachine, GatewayError, Moment) -> [TaskMachine.Action]
    ) {
        var request: UpstreamRequest
        let now = timekeeper.now()
        do throws(GatewayError) {
            request = try served.provider.request(operation, for: task.id, values, with: origin.key)
        } catch {
            return handle(task, at: now, after: Ending(served: served, error: error, call: nil)) {
                tell(&$0, .failure(error), now)
            }
        }
        request.pass(on: origin.traceParent)
        call(request, operation, isUrgent: isUrgent, about: task, served, at: now) { [self] outcome, record, now in
            let change: AuditEntry.Change? = operation == .rename ? values.title.map { .rename(title: $0) } : nil
            do throws(GatewayError) {
                let answer: Reading
                switch outcome {
                case .answered(let response): answer = try reading(self, response, now)
                case .unanswered(let error, _): throw error
                case .refused(let error):
                    return handle(task, at: now) { refused(&$0, error, now) }
                }
                if let change { noteSent(change, of: task.id, outcome, nil, now) }
                handle(task, at: now, after: Ending(served: served, error: nil, call: record)) {
                    tell(&$0, .success(answer), now)
                }
            } catch {
                leaveAlone(served, error, now)
                if let change { noteSent(change, of: task.id, outcome, error, now) }
                handle(task, at: now, after: Ending(served: served, error: error, call: record)) {
                    tell(&$0, .failure(error), now)
                }
            }
        }
    }

    func unanswered(_ error: UpstreamError, _ provider: Provider) -> GatewayError {
        GatewayError(
            error,
            provider: provider.name,
            title: provider.definition.title,
            retryAfter: provider.poll.first
        )
    }

    // MARK: - What is noted

    /// Counts what a provider says that its definition does not have, or that contradicts itself, and logs it once.
    private func noteOddities(_ reading: TaskReading, _ served: ServedProvider) {
        guard reading.snapshot.status == .unknown || reading.contradictsItself else { return }
        let provider = served.provider
        if reading.snapshot.status == .unknown { served.metrics.unknownStatuses.add() }
        if reading.contradictsItself { served.metrics.contradictions.add() }
        // A provider's text cannot make a line of the log, or colours on a terminal.
        let word = String(reading.snapshot.providerStatus.map { $0.isPrintable ? $0 : "?" })
        let isContradiction = reading.contradictsItself
        let isNew = state.withLock { state in
            // A provider that makes up words does not fill the memory.
            state.logged.count < 1000 && state.logged.insert("\(provider.name) \(word) \(isContradiction)").inserted
        }
        guard isNew else { return }
        if isContradiction {
            logger.warning(
                "The provider's word for a status and its own flag for an end contradict each other; the word counts.",
                metadata: ["provider": "\(provider.name)", "word": "\(word)"]
            )
        } else {
            logger.warning(
                "The provider uses a word for a status that its definition does not have; it is shown as unknown.",
                metadata: ["provider": "\(provider.name)", "word": "\(word)"]
            )
        }
    }
}

extension UpstreamRequest {
    /// Tells the provider where the caller for whom this is sent stands in its trace.
    fileprivate mutating func pass(on traceParent: String?) {
        if let traceParent { headers.append(UpstreamHeader("traceparent", traceParent)) }
    }
}

extension CancelAnswer {
    /// The provider's word for where the task stands, where its answer has one.
    fileprivate var word: String? {
        if case .read(.accepted(let seen?)) = self { seen.snapshot.providerStatus } else { nil }
    }
}

extension Character {
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
    }
}

internal import Logging
internal import Providers
internal import Synchronization
internal import TaskModel
internal import Upstream

// The calls to providers that the machines want, and what they come to.
extension TaskGateway {
    func carryOut(
        _ action: TaskMachine.Action,
        _ task: RememberedTask,
        _ served: ServedProvider,
        _ key: CallerKey?
    ) {
        switch action {
        case .readStatus(let isUrgent):
            send(.status, isUrgent: isUrgent, task, served, key) { gateway, response, now throws(GatewayError) in
                let reading = try served.provider.readStatus(response, of: task.id, at: now.time, with: key)
                gateway.logOddities(reading, served.provider)
                return reading
            } then: { machine, reading, now in
                machine.statusRead(reading, at: now)
            } refused: { machine, error, now in
                machine.readRefused(error, at: now)
            }
        case .sendCancel(let reason):
            let statusAnswer = state.withLock { _ in task.machine.lastKnown?.source?.response }
            sendCancel(RequestValues(reason: reason, statusAnswer: statusAnswer), task, served, key)
        case .sendRename(let number, let title):
            send(.rename, isUrgent: false, task, served, key, RequestValues(title: title)) {
                _,
                response,
                now throws(GatewayError) in
                try served.provider.readRename(response, at: now.time, with: key)
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
        _ key: CallerKey?
    ) {
        let request: UpstreamRequest
        let now = timekeeper.now()
        do throws(GatewayError) {
            request = try served.provider.request(.cancel, for: task.id, values, with: key)
        } catch {
            return handle(task, at: now) { $0.cancelAnswered(.notSent(error), at: now) }
        }
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
                    let reading = try served.provider.readCancel(response, of: task.id, at: now.time, with: key)
                    answer = .read(reading)
                    switch reading {
                    case .accepted(let seen):
                        ending = Ending(served: served, error: nil, call: record)
                        if let seen { logOddities(seen, served.provider) }
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
            handle(task, at: now, after: ending) { $0.cancelAnswered(answer, at: now) }
        }
    }

    /// Sends a request, reads its answer, and tells the machine what came of it, or at once why nothing could be sent.
    private func send<Reading>(
        _ operation: Operation,
        isUrgent: Bool,
        _ task: RememberedTask,
        _ served: ServedProvider,
        _ key: CallerKey?,
        _ values: RequestValues = RequestValues(),
        reading: @escaping @Sendable (TaskGateway, UpstreamResponse, Moment) throws(GatewayError) -> Reading,
        then tell:
            @escaping @Sendable (inout TaskMachine, Result<Reading, GatewayError>, Moment) -> [TaskMachine.Action],
        refused: @escaping @Sendable (inout TaskMachine, GatewayError, Moment) -> [TaskMachine.Action]
    ) {
        let request: UpstreamRequest
        let now = timekeeper.now()
        do throws(GatewayError) {
            request = try served.provider.request(operation, for: task.id, values, with: key)
        } catch {
            return handle(task, at: now, after: Ending(served: served, error: error, call: nil)) {
                tell(&$0, .failure(error), now)
            }
        }
        call(request, operation, isUrgent: isUrgent, about: task, served, at: now) { [self] outcome, record, now in
            do throws(GatewayError) {
                let answer: Reading
                switch outcome {
                case .answered(let response): answer = try reading(self, response, now)
                case .unanswered(let error, _): throw error
                case .refused(let error):
                    return handle(task, at: now) { refused(&$0, error, now) }
                }
                handle(task, at: now, after: Ending(served: served, error: nil, call: record)) {
                    tell(&$0, .success(answer), now)
                }
            } catch {
                leaveAlone(served, error, now)
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

    /// Logs once what a provider says that its definition does not have, or that contradicts itself.
    private func logOddities(_ reading: TaskReading, _ provider: Provider) {
        guard reading.snapshot.status == .unknown || reading.contradictsItself else { return }
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

extension Character {
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
    }
}

internal import Logging
internal import Providers
internal import Synchronization
internal import TaskModel
internal import Upstream

// The calls to providers that the machines want, and what they come to.
extension TaskGateway {
    func carryOut(_ action: TaskMachine.Action, _ task: TaskID, _ provider: Provider) {
        switch action {
        case .readStatus:
            send(.status, task, provider) { [self] result in
                statusAnswered(
                    result.flatMap { response in
                        Self.read { () throws(GatewayError) in
                            try provider.readStatus(response, of: task, at: timekeeper.now().time)
                        }
                    },
                    task,
                    provider
                )
            }
        case .sendCancel(let reason):
            let statusAnswer = state.withLock { $0.memory.lastKnown(task)?.source?.response }
            sendCancel(RequestValues(reason: reason, statusAnswer: statusAnswer), task, provider)
        case .sendRename(let number, let title):
            send(.rename, task, provider, RequestValues(title: title)) { [self] result in
                let taken = result.flatMap { response in
                    Self.read { () throws(GatewayError) in
                        try provider.readRename(response, at: timekeeper.now().time)
                    }
                }
                record(taken, of: provider)
                handle(task, provider) { $0.renameAnswered(number: number, taken, at: $1) }
            }
        case .answer:
            break
        }
    }

    private func statusAnswered(_ result: Result<TaskReading, GatewayError>, _ task: TaskID, _ provider: Provider) {
        record(result, of: provider)
        if case .success(let reading) = result { logOddities(reading, provider) }
        handle(task, provider) { $0.statusRead(result, at: $1) }
    }

    private func sendCancel(_ values: RequestValues, _ task: TaskID, _ provider: Provider) {
        let request: UpstreamRequest
        do throws(GatewayError) {
            request = try provider.request(.cancel, for: task, values)
        } catch {
            return handle(task, provider) { $0.cancelAnswered(.refused(error), at: $1) }
        }
        transport.send(request) { [self] result in
            let answer: CancelAnswer
            switch result {
            case .failure(let error):
                let failure = unanswered(error, provider)
                record(Result<Void, _>.failure(failure), of: provider)
                answer = error.mayHaveArrived ? .lost(failure) : .notSent(failure)
            case .success(let response):
                let reading = Self.read { () throws(GatewayError) in
                    try provider.readCancel(response, of: task, at: timekeeper.now().time)
                }
                record(reading, of: provider)
                switch reading {
                case .success(let reading): answer = .read(reading)
                case .failure(let error): answer = .refused(error)
                }
            }
            handle(task, provider) { $0.cancelAnswered(answer, at: $1) }
        }
    }

    /// Sends a request, or says at once why there is none.
    private func send(
        _ operation: Operation,
        _ task: TaskID,
        _ provider: Provider,
        _ values: RequestValues = RequestValues(),
        _ completion: @escaping @Sendable (Result<UpstreamResponse, GatewayError>) -> Void
    ) {
        do throws(GatewayError) {
            let request = try provider.request(operation, for: task, values)
            transport.send(request) { [self] result in
                completion(result.mapError { unanswered($0, provider) })
            }
        } catch {
            completion(.failure(error))
        }
    }

    private func unanswered(_ error: UpstreamError, _ provider: Provider) -> GatewayError {
        GatewayError(
            error,
            provider: provider.name,
            title: provider.definition.title,
            retryAfter: provider.poll.first
        )
    }

    private static func read<Value>(_ body: () throws(GatewayError) -> Value) -> Result<Value, GatewayError> {
        do throws(GatewayError) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }

    // MARK: - What is noted

    private func record<Value>(_ result: Result<Value, GatewayError>, of provider: Provider) {
        let time = timekeeper.now().time
        state.withLock { state in
            switch result {
            case .success: state.health[provider.name, default: ProviderHealth()].succeeded(at: time)
            case .failure(let error): state.health[provider.name, default: ProviderHealth()].failed(error, at: time)
            }
        }
    }

    /// Logs once what a provider says that its definition does not have, or that contradicts itself.
    private func logOddities(_ reading: TaskReading, _ provider: Provider) {
        guard reading.snapshot.status == .unknown || reading.contradictsItself else { return }
        let word = reading.snapshot.providerStatus
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

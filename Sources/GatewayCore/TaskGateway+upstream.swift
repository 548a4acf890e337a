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
                let now = timekeeper.now()
                let reading = result.flatMap { response in
                    Self.read { () throws(GatewayError) in
                        try provider.readStatus(response, of: task, at: now.time)
                    }
                }
                if case .success(let reading) = reading { logOddities(reading, provider) }
                handle(task, provider, at: now, after: Ending(error: reading.error)) { $0.statusRead(reading, at: now) }
            }
        case .sendCancel(let reason):
            let statusAnswer = state.withLock { $0.memory.lastKnown(task)?.source?.response }
            sendCancel(RequestValues(reason: reason, statusAnswer: statusAnswer), task, provider)
        case .sendRename(let number, let title):
            send(.rename, task, provider, RequestValues(title: title)) { [self] result in
                let now = timekeeper.now()
                let taken = result.flatMap { response in
                    Self.read { () throws(GatewayError) in try provider.readRename(response, at: now.time) }
                }
                handle(task, provider, at: now, after: Ending(error: taken.error)) {
                    $0.renameAnswered(number: number, taken, at: now)
                }
            }
        case .answer:
            break
        }
    }

    private func sendCancel(_ values: RequestValues, _ task: TaskID, _ provider: Provider) {
        let request: UpstreamRequest
        do throws(GatewayError) {
            request = try provider.request(.cancel, for: task, values)
        } catch {
            let now = timekeeper.now()
            return handle(task, provider, at: now) { $0.cancelAnswered(.notSent(error), at: now) }
        }
        transport.send(request) { [self] result in
            let now = timekeeper.now()
            let answer: CancelAnswer
            let ending: Ending
            switch result {
            case .failure(let error):
                let failure = unanswered(error, provider)
                ending = Ending(error: failure)
                answer = error.mayHaveArrived ? .lost(failure) : .notSent(failure)
            case .success(let response):
                let reading = Self.read { () throws(GatewayError) in
                    try provider.readCancel(response, of: task, at: now.time)
                }
                switch reading {
                case .success(.accepted(let task)):
                    ending = Ending(error: nil)
                    if let task { logOddities(task, provider) }
                case .success(.refused(let error)), .failure(let error):
                    ending = Ending(error: error)
                }
                answer = reading.answer
            }
            handle(task, provider, at: now, after: ending) { $0.cancelAnswered(answer, at: now) }
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

extension Result where Failure == GatewayError {
    fileprivate var error: GatewayError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension Result<CancelReading, GatewayError> {
    fileprivate var answer: CancelAnswer {
        switch self {
        case .success(let reading): .read(reading)
        case .failure(let error): .refused(error)
        }
    }
}

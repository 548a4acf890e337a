internal import JSON
package import TaskModel
package import Upstream

extension Provider {
    /// Reads the answer to a status call, which was made with `key` where callers bring theirs.
    ///
    /// Throws what the definition makes of the answer where it is not a task, and `provider_bad_response` where it
    /// cannot be read.
    package func readStatus(
        _ response: UpstreamResponse,
        of id: TaskID,
        at now: Timestamp,
        with key: CallerKey? = nil
    ) throws(GatewayError) -> TaskReading {
        guard let call = status else { throw unsupported(.status) }
        let answer = Answer(response, hiding: secrets, and: key)
        let (verdict, detail) = verdict(on: answer, for: .status, call)
        guard case .accept = verdict else { throw failure(verdict, answer, detail, now) }
        let root = try readable(answer, now)
        guard let reading = read(root, answer.body, with: call, of: id, at: now) else {
            throw failure(.fail(.providerBadResponse), answer, "The answer has no status where one must be.", now)
        }
        return reading
    }

    /// Reads the answer to a cancel.
    ///
    /// Throws only what a status read would not change: the key was refused, the task is not there, too many calls.
    package func readCancel(
        _ response: UpstreamResponse,
        of id: TaskID,
        at now: Timestamp,
        with key: CallerKey? = nil
    ) throws(GatewayError) -> CancelReading {
        guard let call = cancel else { throw unsupported(.cancel) }
        let answer = Answer(response, hiding: secrets, and: key)
        let (verdict, detail) = verdict(on: answer, for: .cancel, call)
        switch verdict {
        case .accept where answer.isPage:
            return .refused(failure(.fail(.providerBadResponse), answer, Self.pageDetail, now))
        case .accept:
            return .accepted(answer.root.flatMap { read($0, answer.body, with: call, of: id, at: now) })
        case .settle:
            let code = AnswerRule.standard(answer.status, for: .status)
            return .refused(failure(code == .accept ? .fail(.providerRejected) : code, answer, detail, now))
        case .fail:
            throw failure(verdict, answer, detail, now)
        }
    }

    /// Reads the answer to a rename, which is only taken or not.
    ///
    /// Throws what the definition makes of an answer that is no consent.
    package func readRename(
        _ response: UpstreamResponse,
        at now: Timestamp,
        with key: CallerKey? = nil
    ) throws(GatewayError) {
        guard let call = rename else { throw unsupported(.rename) }
        let answer = Answer(response, hiding: secrets, and: key)
        let (verdict, detail) = verdict(on: answer, for: .rename, call)
        guard case .accept = verdict else { throw failure(verdict, answer, detail, now) }
        if answer.isPage { throw failure(.fail(.providerBadResponse), answer, Self.pageDetail, now) }
    }

    private static let pageDetail =
        "The answer is a web page, such as a proxy or a sign-in sends in a provider's place."

    // MARK: - Tasks

    private func read(
        _ root: JSONElement,
        _ body: [UInt8],
        with call: PreparedCall,
        of id: TaskID,
        at now: Timestamp
    ) -> TaskReading? {
        guard let word = call.word?.word(in: root) else { return nil }
        let meaning = call.words.meaning(of: word, in: root)
        let unit = definition.numericTimes
        let status = meaning?.status ?? .unknown
        var snapshot = TaskSnapshot(id: id, status: status, providerStatus: word.clipped, observedAt: now)
        if let reason = meaning?.reason ?? call.fields.reason?.text(in: root) { snapshot.reason = reason }
        if let progress = call.fields.progress?.percentage(in: root) { snapshot.progress = progress }
        if let title = call.fields.title?.text(in: root) { snapshot.title = title }
        if let message = call.fields.message?.text(in: root) { snapshot.message = message }
        let error = call.fields.error?.text(in: root)
        let code = call.fields.errorCode?.text(in: root)
        if status == .failed, error != nil || code != nil { snapshot.error = TaskFailure(message: error, code: code) }
        if status == .cancelled, let error, snapshot.message == nil { snapshot.message = error }
        if let time = call.fields.createdAt?.timestamp(in: root, unit) { snapshot.createdAt = time }
        if let time = call.fields.startedAt?.timestamp(in: root, unit) { snapshot.startedAt = time }
        if let time = call.fields.updatedAt?.timestamp(in: root, unit) { snapshot.updatedAt = time }
        if let time = call.fields.finishedAt?.timestamp(in: root, unit) { snapshot.finishedAt = time }
        if let duration = call.fields.duration {
            snapshot.durationSeconds = duration.source.first(in: root) { $0.seconds(duration.unit) }
        }
        snapshot.source = ProviderSource(response: body, result: call.fields.result?.value(in: root)?.sourceRange)
        var reading = TaskReading(snapshot: snapshot)
        reading.isBeingCancelled = meaning?.isBeingCancelled ?? false
        if let flag = call.fields.done?.value(in: root)?.bool, meaning != nil {
            reading.contradictsItself = flag != status.isDone
        }
        reading.pollHint = definition.pollHint?.first(in: root) { $0.double }.flatMap { Duration(seconds: $0) }
        return reading
    }

    private func readable(_ answer: Answer, _ now: Timestamp) throws(GatewayError) -> JSONElement {
        if let root = answer.root { return root }
        throw failure(
            .fail(.providerBadResponse),
            answer,
            "The answer is not JSON: \(answer.fault?.description ?? "nothing there").",
            now
        )
    }

    // MARK: - Verdicts

    private func verdict(
        on answer: Answer,
        for operation: Operation,
        _ call: PreparedCall
    ) -> (Verdict, String?) {
        for rule in call.answers where rule.matches(answer.status, answer.root) {
            return (rule.verdict, rule.detail)
        }
        return (AnswerRule.standard(answer.status, for: operation), nil)
    }

    private func failure(_ verdict: Verdict, _ answer: Answer, _ detail: String?, _ now: Timestamp) -> GatewayError {
        let code: ErrorCode = if case .fail(let code) = verdict { code } else { .providerRejected }
        let isKeyRefused = code == .providerAuthFailed
        var error = GatewayError(
            code,
            "\(definition.title) answered with HTTP status \(answer.status): "
                + (isKeyRefused && answer.isToCallersKey
                    ? "it refused the key that came in \(Self.keyField)." : "\(code.shortMeaning).")
                + (detail.map { " \($0)" } ?? ""),
            provider: name,
            providerHTTPStatus: answer.status
        )
        if let root = answer.root, answer.status >= 300 || code != .providerBadResponse {
            error.providerMessage = definition.messages?.first(in: root) { element in
                element.string.flatMap { $0.isEmpty ? nil : $0.clipped }
            }
        }
        error.isToCallersKey = answer.isToCallersKey
        error.retryAfter = answer.response.retryAfter(now, isRateLimited: code == .providerRateLimited)
        error.isRetryAfterProviders = error.retryAfter != nil
        if error.retryAfter == nil, code == .providerRateLimited || code == .providerUnavailable {
            error.retryAfter = poll.first
        }
        return error
    }
}

extension ErrorCode {
    /// What a provider's refusal means, for the sentence of an error's detail.
    fileprivate var shortMeaning: String {
        switch self {
        case .taskNotFound: "it does not know the task, or the task is not the gateway's"
        case .invalidTaskID: "it cannot read the task's id"
        case .taskNotCancellable: "it cannot stop the task in its present state"
        case .unsupportedOperation: "it has no such call"
        case .providerAuthFailed: "it refused the gateway's key"
        case .providerBadResponse: "the gateway cannot read that"
        case .providerRateLimited: "too many calls"
        case .providerUnavailable: "it is not there for now"
        case .providerTimeout: "it took too long"
        case .providerError: "it failed"
        default: "it refused the request"
        }
    }
}

extension String {
    /// The text, cut to a length that an error or a log line can carry.
    var clipped: String { clipped(toBytes: 500) }

    /// The text, cut to so many bytes at the most, between two of its characters' scalars.
    func clipped(toBytes most: Int) -> String {
        guard utf8.count > most else { return self }
        var bytes = utf8.prefix(most - 3)
        // What follows the cut is the first byte of a scalar, or the cut moves before the scalar that it is in.
        while let next = utf8[bytes.endIndex...].first, next & 0xc0 == 0x80 { bytes = bytes.dropLast() }
        return String(Substring(bytes)) + "..."
    }
}

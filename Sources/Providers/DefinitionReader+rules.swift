internal import Documents
internal import JSON
internal import TaskModel

extension DefinitionReader {
    // MARK: - Sources

    func readPointer(_ cursor: DocumentCursor) -> JSONPointer? {
        guard let text = cursor.string() else { return nil }
        guard let pointer = JSONPointer(text) else {
            cursor.fault(#""\#(text)" is not a JSON Pointer: empty for the whole answer, or starting with /"#)
            return nil
        }
        return pointer
    }

    /// Reads a place, a place with a condition or a fallback, or an array of either.
    ///
    /// Only a word can have a default: a field that is not there is null.
    func readSource(_ cursor: DocumentCursor, allowsDefault: Bool = false) -> Source? {
        let options = cursor.oneOrMany().compactMap { cursor -> Source.Option? in
            guard cursor.element.kind == .object else {
                return readPointer(cursor).map { .init(place: $0, conditions: [], fallback: nil) }
            }
            return cursor.object { readOption(&$0, allowsDefault: allowsDefault) }
        }
        if options.isEmpty, cursor.element.elements.isEmpty, cursor.element.kind == .array {
            cursor.fault("names no place")
        }
        return Source(options: options)
    }

    private func readOption(_ object: inout DocumentObject, allowsDefault: Bool = false) -> Source.Option? {
        let place = object.required("at", "a JSON Pointer").flatMap { readPointer($0) }
        let conditions = object.optional("when").map { readConditions($0) } ?? []
        let fallback = allowsDefault ? object.optional("default")?.text() : nil
        return place.map { .init(place: $0, conditions: conditions, fallback: fallback) }
    }

    func readFields(_ cursor: DocumentCursor) -> FieldSources {
        cursor.object { object in
            var fields = FieldSources()
            fields.title = object.optional("title").flatMap { readSource($0) }
            fields.message = object.optional("message").flatMap { readSource($0) }
            fields.reason = object.optional("reason").flatMap { readSource($0) }
            fields.error = object.optional("error").flatMap { readSource($0) }
            fields.errorCode = object.optional("error_code").flatMap { readSource($0) }
            fields.result = object.optional("result").flatMap { readSource($0) }
            fields.createdAt = object.optional("created_at").flatMap { readSource($0) }
            fields.startedAt = object.optional("started_at").flatMap { readSource($0) }
            fields.updatedAt = object.optional("updated_at").flatMap { readSource($0) }
            fields.finishedAt = object.optional("finished_at").flatMap { readSource($0) }
            fields.duration = object.optional("duration").flatMap { readDuration($0) }
            fields.progress = object.optional("progress").flatMap { readProgress($0) }
            fields.done = object.optional("done").flatMap { readSource($0) }
            return fields
        } ?? FieldSources()
    }

    private func readDuration(_ cursor: DocumentCursor) -> DurationSource? {
        guard cursor.element.kind == .object, cursor.element["unit"] != nil else {
            return readSource(cursor).map { DurationSource(source: $0, unit: .seconds) }
        }
        return cursor.object { object in
            let unit = object.optional("unit")?.word(TimeUnit.self)
            guard let option = readOption(&object), let unit else { return nil }
            return Source(options: [option]).map { DurationSource(source: $0, unit: unit) }
        }
    }

    private func readProgress(_ cursor: DocumentCursor) -> ProgressSource? {
        guard cursor.element.kind == .object else { return readSource(cursor).map { .share($0, whole: 100) } }
        return cursor.object { object in
            if object.has("done") || object.has("total") {
                let done = object.required("done", "the places of what is done")?.oneOrMany()
                let total = object.required("total", "the places of all there is")?.oneOrMany()
                guard let done, let total else { return nil }
                return .counts(done: done.compactMap { readPointer($0) }, total: total.compactMap { readPointer($0) })
            }
            let whole = object.optional("whole")?.integer(in: 1...1_000_000_000)
            return readOption(&object).flatMap { Source(options: [$0]) }.map { .share($0, whole: Double(whole ?? 100)) }
        }
    }

    // MARK: - Conditions

    func readConditions(_ cursor: DocumentCursor) -> [Condition] {
        let members = cursor.members() ?? []
        if cursor.element.kind == .object, members.isEmpty { cursor.fault("says nothing; leave it out") }
        return members.compactMap { key, cursor in
            guard let place = JSONPointer(key) else {
                cursor.fault(#""\#(key)" is not a JSON Pointer: empty for the whole answer, or starting with /"#)
                return nil
            }
            return readTest(cursor).map { Condition(place: place, test: $0) }
        }
    }

    private func readTest(_ cursor: DocumentCursor) -> Condition.Test? {
        guard cursor.element.kind == .object else { return readPlainTest(cursor) }
        return cursor.object { object in
            let tests: [Condition.Test] =
                [
                    object.optional("present")?.bool().map { $0 ? .not(.missing) : .missing },
                    object.optional("not").flatMap { readPlainTest($0) }.map { .not($0) },
                    object.optional("above").flatMap { $0.element.double ?? $0.faulty("must be a number") }
                        .map { .above($0) },
                    object.optional("contains")?.text().map { .contains($0.lowercased()) },
                ]
                .compactMap { $0 }
            guard tests.count == 1, let test = tests.first else {
                object.cursor.fault("must be one of present, not, above and contains")
                return nil
            }
            return test
        }
    }

    private func readPlainTest(_ cursor: DocumentCursor) -> Condition.Test? {
        if cursor.element.isNull { return .missing }
        var texts: [String] = []
        var numbers: [Double] = []
        var bools: [Bool] = []
        for cursor in cursor.oneOrMany() {
            switch cursor.element.kind {
            case .string: texts.append((cursor.element.string ?? "").trimmedAndLowercased)
            case .number: if let number = cursor.element.double { numbers.append(number) }
            case .bool: if let bool = cursor.element.bool { bools.append(bool) }
            case .null, .array, .object: cursor.fault("must be a text, a number, true or false")
            }
        }
        guard texts.count + numbers.count + bools.count > 0 else { return nil }
        return .equals(Condition.Literals(texts: WordTable(texts), numbers: numbers, bools: bools))
    }

    // MARK: - Words

    func readWords(_ cursor: DocumentCursor) -> Vocabulary {
        var decided: [String?] = []
        let rules = (cursor.array() ?? []).compactMap { cursor -> Vocabulary.Rule? in
            let rule = cursor.object { readWordRule(&$0) }
            guard let rule else { return nil }
            // A rule behind one that takes the same word whatever else is true can never be reached.
            let words: [String?] = rule.words ?? [nil]
            for word in words where decided.contains(word) || decided.contains(nil) {
                cursor.fault(
                    "an earlier rule without \"when\" takes \(word.map { "\"\($0)\"" } ?? "every word") already"
                )
            }
            if rule.conditions.isEmpty { decided += words }
            return rule
        }
        if rules.isEmpty { cursor.fault("names no word") }
        return Vocabulary(rules)
    }

    private func readWordRule(_ object: inout DocumentObject) -> Vocabulary.Rule? {
        let words = object.optional("is")?.oneOrMany()
            .compactMap { cursor in
                (cursor.element.writtenScalar ?? cursor.faulty("must be a word, a number, true or false"))?
                    .trimmedAndLowercased
            }
        let conditions = object.optional("when").map { readConditions($0) } ?? []
        let statusCursor = object.required("status", "what the word means")
        let status = statusCursor?.word(TaskStatus.self)
        let reason = object.optional("reason")?.text()
        let cancelling = object.optional("cancelling")
        let isBeingCancelled = cancelling?.bool() ?? false
        if status == .unknown { statusCursor?.fault("a word that is known cannot mean unknown; leave the rule out") }
        if isBeingCancelled, status != .running { cancelling?.fault("a task that is being stopped is running") }
        guard let status else { return nil }
        return Vocabulary.Rule(
            words: words,
            conditions: conditions,
            meaning: .init(status: status, reason: reason, isBeingCancelled: isBeingCancelled)
        )
    }

    // MARK: - Answers

    /// Reads one rule; `operation` is nil for the rules of the whole file.
    func readAnswerRule(_ cursor: DocumentCursor, for operation: Operation?) -> AnswerRule? {
        cursor.object { object in
            let statuses = object.optional("http")?.oneOrMany().compactMap { readStatuses($0) }
            let conditions = object.optional("when").map { readConditions($0) } ?? []
            let action = object.required("do", "what the answer means")
            let verdict = action.flatMap { $0.word(AnswerAction.self)?.verdict }
            if verdict == .settle, operation != .cancel {
                action?.fault("only an answer to a cancel can be settled by a status read")
            }
            let detail = object.optional("detail")?.text()
            if statuses == nil, conditions.isEmpty {
                object.cursor.fault(#"needs "http" or "when": it takes everything"#)
            }
            return verdict.map { AnswerRule(statuses: statuses, conditions: conditions, verdict: $0, detail: detail) }
        }
    }

    private func readStatuses(_ cursor: DocumentCursor) -> ClosedRange<Int>? {
        if let text = cursor.element.string, text.count == 3, text.hasSuffix("xx"), let digit = Int(text.prefix(1)),
            (1...5).contains(digit)
        {
            return digit * 100...digit * 100 + 99
        }
        guard let status = cursor.element.integer, (100...599).contains(status) else {
            return cursor.faulty(#"must be an HTTP status from 100 to 599, or a class such as "4xx""#)
        }
        return status...status
    }
}

/// What a file can say about an answer.
private enum AnswerAction: String, CaseIterable {
    case accept, settle
    case taskNotFound = "task_not_found"
    case invalidTaskID = "invalid_task_id"
    case taskNotCancellable = "task_not_cancellable"
    case unsupportedOperation = "unsupported_operation"
    case providerAuthFailed = "provider_auth_failed"
    case providerRejected = "provider_rejected"
    case providerError = "provider_error"
    case providerBadResponse = "provider_bad_response"
    case providerRateLimited = "provider_rate_limited"
    case providerUnavailable = "provider_unavailable"
    case providerTimeout = "provider_timeout"

    var verdict: Verdict {
        switch self {
        case .accept: .accept
        case .settle: .settle
        default: .fail(ErrorCode(rawValue: rawValue) ?? .providerRejected)
        }
    }
}

extension DocumentCursor {
    /// Reports a mistake where a value was wanted.
    func faulty<Value>(_ problem: String) -> Value? {
        fault(problem)
        return nil
    }
}

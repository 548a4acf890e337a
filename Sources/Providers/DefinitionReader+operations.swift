internal import Documents
internal import JSON
internal import TaskModel

extension DefinitionReader {
    func readOperations(
        _ object: inout DocumentObject
    ) -> (operations: [Operation: OperationDefinition], cancelRules: CancelRules?) {
        var operations: [Operation: OperationDefinition] = [:]
        let status = object.required("status", "how a task is read")?.object { readOperation(.status, &$0) }
        operations[.status] = status
        var cancelRules: CancelRules?
        if let cursor = object.optional("cancel") {
            operations[.cancel] = cursor.object { object in
                let rules = readCancelRules(&object)
                let cancel = readOperation(.cancel, &object, status: status)
                let wantsStatus = cancel?.usesStatusAnswer == true
                if wantsStatus, rules?.readsFirst == false {
                    object.cursor.fault(
                        #"a {status:…} hole needs "first": "status", so that there is an answer to take it from"#
                    )
                }
                cancelRules = rules
                return cancel
            }
        }
        if let cursor = object.optional("rename") {
            operations[.rename] = cursor.object { readOperation(.rename, &$0) }
        }
        return (operations, cancelRules)
    }

    private func readCancelRules(_ object: inout DocumentObject) -> CancelRules? {
        let belief = object.required("belief", #""final" or "promise": how far the answer is believed"#)?
            .word(CancelRules.Belief.self)
        let from = object.optional("from")
        let statuses = from?.array()?.compactMap { $0.word(CancellableStatus.self)?.status }
        if statuses?.isEmpty == true { from?.fault("names no status from which the provider can stop a task") }
        let first = object.optional("first")
        if let first, first.string() != "status" { first.fault("must be \"status\"") }
        guard let belief else { return nil }
        return CancelRules(
            belief: belief,
            from: statuses ?? CancellableStatus.allCases.map(\.status),
            readsFirst: first != nil
        )
    }

    private func readOperation(
        _ operation: Operation,
        _ object: inout DocumentObject,
        status: OperationDefinition? = nil
    ) -> OperationDefinition? {
        let holes = holes(for: operation)
        let request = object.required("request", #"method and path, such as "GET /tasks/{task}""#)
            .flatMap { readRequest($0, holes: holes) }
        let headers = readHeaders(object.optional("headers"), holes: holes)
        let body = object.optional("body").map { readBody($0, holes: holes) }
        let contentType = object.optional("content_type")?.text() ?? "application/json"
        let answers = object.optional("answers")?.array()?.compactMap { readAnswerRule($0, for: operation) } ?? []
        var word: Source?
        var words: Vocabulary?
        var fields = FieldSources()
        switch operation {
        case .status:
            word = object.required("word", "where the provider's word for the status stands").flatMap {
                readSource($0, allowsDefault: true)
            }
            if let cursor = object.optional("read") { fields = readFields(cursor) }
        case .cancel:
            word = object.optional("word").flatMap { readSource($0, allowsDefault: true) }
            words = object.optional("words").map { readWords($0) }
            let read = object.optional("read")
            if read?.element.string == "status" {
                word = status?.word
                fields = status?.fields ?? fields
            } else if let read {
                fields = readFields(read)
            }
        case .rename:
            break
        }
        guard let request else { return nil }
        return OperationDefinition(
            method: request.method,
            target: request.target,
            headers: headers,
            body: body,
            contentType: contentType,
            word: word,
            words: words,
            fields: fields,
            answers: answers
        )
    }

    private func holes(for operation: Operation) -> HoleNames {
        var holes = holes
        holes.hasReason = operation == .cancel
        holes.hasStatusAnswer = operation == .cancel
        holes.hasTitle = operation == .rename
        return holes
    }

    private func readRequest(_ cursor: DocumentCursor, holes: HoleNames) -> (method: String, target: TextTemplate)? {
        guard let text = cursor.text() else { return nil }
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(words[0]), words[1].hasPrefix("/"),
            words[1].utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
        else {
            cursor.fault(
                #"must be a method (GET, POST, PUT, PATCH or DELETE) and a path, such as "GET /tasks/{task}", in printable ASCII"#
            )
            return nil
        }
        let (path, query) = words[1].splitOnce(at: "?")
        guard var target = readTemplate(path, cursor, holes: holes, place: .segment) else { return nil }
        if let query {
            guard let rest = readTemplate(query, cursor, holes: holes, place: .query) else { return nil }
            target.pieces += [.text("?")] + rest.pieces
        }
        return (words[0], target)
    }
}

/// The statuses of a task that is not over.
private enum CancellableStatus: String, CaseIterable {
    case queued
    case running
    case inputRequired = "input_required"
    case paused

    var status: TaskStatus {
        switch self {
        case .queued: .queued
        case .running: .running
        case .inputRequired: .inputRequired
        case .paused: .paused
        }
    }
}

extension OperationDefinition {
    /// Whether the request takes a value from a status answer.
    var usesStatusAnswer: Bool {
        let sources = target.sources + headers.flatMap(\.value.sources) + (body?.sources ?? [])
        return sources.contains { source in
            if case .status = source { true } else { false }
        }
    }
}

extension String {
    /// What stands before the first of these characters of ASCII, and what stands behind it, if it is there.
    func splitOnce(at character: Unicode.Scalar) -> (String, String?) {
        guard let index = utf8.firstIndex(of: UInt8(ascii: character)) else { return (self, nil) }
        return (String(self[..<index]), String(self[utf8.index(after: index)...]))
    }
}

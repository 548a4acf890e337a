internal import Addresses
package import Documents
internal import JSON
internal import TaskModel

extension ProviderDefinition {
    /// Compiles a provider's file.
    ///
    /// Throws every mistake in it, each with its place and what would be right.
    package static func read(
        _ bytes: [UInt8],
        name: String,
        file: String
    ) throws(DocumentFaults) -> ProviderDefinition {
        try DocumentCursor.read(bytes, of: file) { cursor in
            cursor.object { object in DefinitionReader(name: name, source: bytes).read(&object) }
        }
    }
}

/// Reads a provider's file from its top; what stands in its parts is read by the extensions in the files beside this.
struct DefinitionReader {
    let name: String
    let source: [UInt8]
    /// What `{name}` can mean, known once the id and the variables were read.
    var holes = HoleNames()

    init(name: String, source: [UInt8]) {
        self.name = name
        self.source = source
    }

    consuming func read(_ object: inout DocumentObject) -> ProviderDefinition? {
        if !TaskID.isProviderName(name) {
            object.cursor.fault("the file's name must be a provider's name: a-z, 0-9 and -, at most 32 characters")
        }
        _ = object.optional("$schema")?.string()
        let title = object.required("title", "the provider's name for people")?.text()
        let documentation = object.required("documentation", "where the facts come from")?.text()
        // For people who read the file; here it only has to be well written.
        for sentence in object.optional("unverified")?.array() ?? [] { _ = sentence.text() }
        let variables = readVariables(&object)
        let (parts, example) = readID(&object)
        holes = HoleNames(parts: parts.map(\.name), variables: variables.map(\.name))
        let baseURL = readBaseURL(&object)
        let credential = readCredential(&object)
        let headers = readHeaders(object.optional("headers"), holes: HoleNames(variables: variables.map(\.name)))
        let words = object.required("words", "what the provider's words mean").map { readWords($0) }
        let numericTimes = object.optional("times")?.word(TimeUnit.self)
        let restarts = object.optional("restarts")?.bool() ?? false
        let (poll, hint) = readPoll(&object)
        let rate = object.optional("rate").flatMap { readRate($0) }
        let messages =
            object.optional("messages").flatMap { readSource($0) }
            ?? Source(
                options: ["/error/message", "/error", "/message", "/detail/0/msg", "/detail"].compactMap {
                    JSONPointer($0).map { .init(place: $0, conditions: [], fallback: nil) }
                }
            )
        let answers = object.optional("answers")?.array()?.compactMap { readAnswerRule($0, for: nil) } ?? []
        let (operations, cancelRules) = readOperations(&object)
        guard let title, let documentation, let baseURL, let words, let example else { return nil }
        return ProviderDefinition(
            name: name,
            source: source,
            title: title,
            documentation: documentation,
            variables: variables,
            credential: credential,
            exampleID: example,
            restarts: restarts,
            cancelRules: cancelRules,
            poll: poll,
            rate: rate,
            baseURL: baseURL,
            headers: headers,
            parts: parts,
            words: words,
            numericTimes: numericTimes,
            operations: operations,
            answers: answers,
            messages: messages,
            pollHint: hint
        )
    }

    private func readVariables(_ object: inout DocumentObject) -> [Variable] {
        object.optional("variables")?.members()?.compactMap { name, cursor in
            if !HoleNames.isName(name) { cursor.fault("a variable's name is a-z, 0-9 and _, starting with a letter") }
            return cursor.object { object -> Variable? in
                let description = object.required("description", "what the value is")?.text()
                let pattern = object.required("pattern", "what the value looks like").flatMap { readPattern($0) }
                let example = object.required("example", "a value that fits the pattern")
                let fallback = object.optional("default")
                guard let description, let pattern, let exampleText = example?.text() else { return nil }
                for cursor in [example, fallback].compactMap({ $0 }) {
                    if let text = cursor.text(), !pattern.matches(text) { cursor.fault("does not fit the pattern") }
                }
                return Variable(
                    name: name,
                    description: description,
                    pattern: pattern,
                    example: exampleText,
                    fallback: fallback?.element.string
                )
            }
        } ?? []
    }

    private func readID(_ object: inout DocumentObject) -> (parts: [IDPart], example: String?) {
        let read = object.required("id", "what the provider's ids look like")?.object { object in
            var parts: [IDPart] = []
            let cursors = object.required("parts", "one to three, each with a name and a pattern")?.array() ?? []
            for cursor in cursors {
                let part = cursor.object { object -> IDPart? in
                    let name = object.required("name", "what the part is called in holes")?.text()
                    let pattern = object.required("pattern", "what the part looks like").flatMap { readPattern($0) }
                    guard let name, let pattern else { return nil }
                    if !HoleNames.isName(name) || HoleNames.reserved.contains(name) {
                        cursor.fault(
                            at: "name",
                            "a part's name is a-z, 0-9 and _, starting with a letter, and not one of "
                                + HoleNames.reserved.joined(separator: ", ")
                        )
                    }
                    return IDPart(name: name, pattern: pattern)
                }
                if let part { parts.append(part) }
            }
            if !(1...3).contains(cursors.count) { object.cursor.fault(at: "parts", "an id has one to three parts") }
            if Set(parts.map(\.name)).count != parts.count {
                object.cursor.fault(at: "parts", "two parts have the same name")
            }
            let example = object.required("example", "an id that fits the patterns")
            if let text = example?.text(), !parts.isEmpty, parts.count == cursors.count, !parts.match(text) {
                example?.fault("does not fit the patterns of the parts")
            }
            return (parts, example?.element.string)
        }
        return (read?.0 ?? [], read?.1)
    }

    private func readBaseURL(_ object: inout DocumentObject) -> TextTemplate? {
        guard let cursor = object.required("base_url", "where the provider is"), let text = cursor.text() else {
            return nil
        }
        let template = readTemplate(text, cursor, holes: HoleNames(variables: holes.variables), place: .header)
        guard let template else { return nil }
        do throws(AddressProblem) {
            let base = try BaseURL(template.pieces.map { if case .text(let text) = $0 { text } else { "x" } }.joined())
            if base.scheme == .http, !base.isLoopback { cursor.fault("must be https, or http to loopback") }
        } catch {
            cursor.fault(error.description)
        }
        return template
    }

    private func readCredential(_ object: inout DocumentObject) -> CredentialRule? {
        let cursor = object.required("credential", #"how the key is sent, or "none""#)
        guard let cursor, cursor.element.string != "none" else { return nil }
        return cursor.object { object in
            let header = object.optional("header")?.text()
            let prefix = object.optional("prefix")?.string()
            let basic = object.optional("basic")
            let query = object.optional("query")?.text()
            let pattern = object.optional("pattern").flatMap { readPattern($0) }
            if let basic, basic.string() != "username" { basic.fault("must be \"username\": the key is the user name") }
            if let header, !header.isHeaderName { object.cursor.fault(at: "header", "not the name of a header") }
            let carriers: [CredentialRule.Carrier] =
                [
                    header.map { .header(name: $0, prefix: prefix ?? "") },
                    basic.map { _ in .basicUserName },
                    query.map { .query(name: $0) },
                ]
                .compactMap { $0 }
            guard carriers.count == 1, header != nil || prefix == nil, let carrier = carriers.first else {
                object.cursor.fault(
                    #"must have one of "header" (with "prefix" if need be), "basic" and "query"; or be "none""#
                )
                return nil
            }
            return CredentialRule(carrier: carrier, pattern: pattern)
        }
    }

    private func readPoll(_ object: inout DocumentObject) -> (PollRules, Source?) {
        object.optional("poll")?.object { object in
            var rules = PollRules()
            let range = Duration.zero ... .seconds(3600)
            if let minimum = object.optional("minimum")?.duration(in: range) { rules.minimum = minimum }
            if let first = object.optional("first")?.duration(in: .milliseconds(100) ... .seconds(3600)) {
                rules.first = first
            }
            if let maximum = object.optional("maximum")?.duration(in: .milliseconds(100) ... .seconds(3600)) {
                rules.maximum = maximum
            }
            if rules.first < rules.minimum || rules.maximum < rules.first {
                object.cursor.fault("minimum, first and maximum must not fall in this order")
            }
            return (rules, object.optional("hint").flatMap { readSource($0) })
        } ?? (PollRules(), nil)
    }

    private func readRate(_ cursor: DocumentCursor) -> CallRate? {
        cursor.object { object in
            let perSecond = object.required("per_second", "how many calls the provider takes in the long run")
            let burst = object.optional("burst")?.integer(in: CallRate.bursts)
            guard let perSecond = perSecond?.number(in: CallRate.ratesPerSecond) else { return nil }
            return CallRate(perSecond: perSecond, burst: burst)
        }
    }

    func readPattern(_ cursor: DocumentCursor) -> Pattern? {
        guard let text = cursor.text() else { return nil }
        do throws(PatternError) {
            return try Pattern(text)
        } catch {
            cursor.fault("not a pattern: \(error.problem)")
            return nil
        }
    }
}

import JSON
import TaskModel
import Testing
import Upstream

@testable import Providers

@Suite struct `Every provider, case by case` {
    /// When the answers of all cases came: 2026-11-21T12:00:00Z.
    private static let now = Timestamp(millisecondsSinceEpoch: 1_795_262_400_000)

    @Test(arguments: CaseFile.all)
    func `sends what is documented, and reads what is answered`(_ file: CaseFile) throws {
        let golden = try file.read()
        let expected = try #require(golden["expect"])
        let provider = try provider(file.definition, variables: golden["variables"]?.texts ?? [:])
        let id = TaskID(provider: provider.name, native: try #require(golden["task"]?.string))
        let operation = try #require(golden["call"]?.string.flatMap { Operation(rawValue: $0) })
        let outcome: ProviderOutcome
        do throws(GatewayError) {
            let request = try provider.request(operation, for: id, values(golden["given"]))
            expectSame(request, golden["request"])
            outcome = try read(response(golden["answer"]), to: operation, from: provider, of: id)
        } catch {
            #expect(error.provider == provider.name)
            #expect(error.providerHTTPStatus == golden["answer"]?["http"]?.integer)
            outcome = .failed(error)
        }
        let described = try outcome.described(as: expected)
        #expect(described["task"]?.fields == expected["task"]?.fields)
        #expect(described.fields == expected.fields)
    }

    @Test(arguments: Repository.definitions)
    func `has a case for each of its words`(_ definition: String) throws {
        let words = try Set(
            CaseFile.all.filter { $0.definition == definition }.compactMap { file in
                try file.read()["expect"]?["task"]?["provider_status"]?.string?.trimmedAndLowercased
            }
        )
        let missing = try self.definition(definition).words.words.filter { !words.contains($0) }
        #expect(missing.isEmpty)
    }

    @Test func `has cases, and a definition to each of them`() {
        #expect(!CaseFile.all.isEmpty)
        #expect(Set(CaseFile.all.map(\.definition)) == Set(Repository.definitions))
    }

    // MARK: - Parts of a case

    private func definition(_ name: String) throws -> ProviderDefinition {
        try ProviderDefinition.read(Repository.bytes("providers/\(name).json"), name: name, file: "\(name).json")
    }

    private func provider(_ name: String, variables: [String: String]) throws -> Provider {
        let keys = try Repository.json("Tests/ProvidersTests/Cases/keys.json")
        let credential = keys[name]?.string.map { Secret($0) }
        return try Provider(definition(name), .init(name: name, variables: variables, credential: credential))
    }

    private func values(_ given: JSONElement?) -> RequestValues {
        RequestValues(
            reason: given?["reason"]?.string,
            title: given?["title"]?.string,
            statusAnswer: given?["status"]?.source
        )
    }

    private func response(_ answer: JSONElement?) -> UpstreamResponse {
        UpstreamResponse(
            status: answer?["http"]?.integer ?? 0,
            headers: (answer?["headers"]?.texts ?? [:]).map { UpstreamHeader($0.key, $0.value) },
            body: answer?["body"]?.source ?? (answer?["raw"]?.string).map { Array($0.utf8) } ?? []
        )
    }

    private func read(
        _ response: UpstreamResponse,
        to operation: Operation,
        from provider: Provider,
        of id: TaskID
    ) throws(GatewayError) -> ProviderOutcome {
        switch operation {
        case .status:
            return .task(try provider.readStatus(response, of: id, at: Self.now))
        case .cancel:
            switch try provider.readCancel(response, of: id, at: Self.now) {
            case .accepted(let reading): return .accepted(reading)
            case .refused(let error): return .settle(error)
            }
        case .rename:
            try provider.readRename(response, at: Self.now)
            return .accepted(nil)
        }
    }

    private func expectSame(_ request: UpstreamRequest, _ expected: JSONElement?) {
        #expect(request.route.method == expected?["method"]?.string)
        #expect(request.route.origin + request.target == expected?["url"]?.string)
        var headers = expected?["headers"]?.texts ?? [:]
        // Cases leave out what every request says.
        if headers["Accept"] == nil { headers["Accept"] = "application/json" }
        let sent = (request.route.headers + request.headers).map { "\($0.name): \($0.value)" }
        #expect(sent.sorted() == headers.map { "\($0.key): \($0.value)" }.sorted())
        // An empty body is one that only says its length.
        let body = request.body.flatMap { $0.isEmpty ? nil : (try? JSONDocument($0).root.canonical) ?? "not JSON" }
        #expect(body == expected?["body"]?.canonical)
    }
}

internal import Documents
internal import Providers
internal import TaskModel
internal import Upstream

/// A provider's file: compiled or refused, with every mistake named; what is compiled can be used.
enum DefinitionTarget {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_795_262_400_000)

    static func run(_ bytes: [UInt8]) throws {
        let definition: ProviderDefinition
        do throws(DocumentFaults) {
            definition = try ProviderDefinition.read(bytes, name: "fuzzed", file: "fuzzed.json")
        } catch {
            try Finding.unless(!error.faults.isEmpty, "refused without a reason")
            for fault in error.faults { try Finding.unless(!fault.problem.isEmpty, "a mistake has no name") }
            return
        }
        guard let provider = KnownProviders.provider(definition, key: "key-0123456789abcdef") else { return }
        try Finding.unless(provider.owns(definition.exampleID), "the example is not one of the provider's ids")
        let id = TaskID(provider: provider.name, native: definition.exampleID)
        for operation in Operation.allCases {
            do {
                try RequestCheck.check(provider.request(operation, for: id, RequestCheck.values))
            } catch let error as GatewayError {
                try Finding.unless(!error.detail.isEmpty, "a request is refused without a reason")
            }
        }
        for body in bodies { _ = try? provider.readStatus(UpstreamResponse(status: 200, body: body), of: id, at: now) }
    }

    private static let bodies = [
        "{}", "[]", "null",
        #"{"status": "running", "state": "done", "id": 1, "progress": "45%", "error": {"message": "x"}}"#,
    ].map { Array($0.utf8) }
}

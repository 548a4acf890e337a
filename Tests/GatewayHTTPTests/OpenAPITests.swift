import GatewayCore
import GatewayTesting
import JSON
import TaskJSON
import TaskModel
import Testing

@testable import GatewayHTTP

private func keys(_ element: JSONElement?) -> [String] { element?.members.map(\.key) ?? [] }

private func pointer(_ text: String) throws -> JSONPointer { try #require(JSONPointer(text)) }

@Suite struct `The OpenAPI document` {
    private let document: JSONElement

    init() throws {
        document = try JSONDocument(OpenAPIDocument.bytes).root
    }

    @Test func `is served`() async throws {
        try await withServer { server in
            let answer = try await server.request("GET /openapi.json")
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "application/json")
            #expect(try answer.json["openapi"]?.string == "3.1.0")
        }
    }

    @Test func `has the paths and methods of the route table, with their parameters`() throws {
        var described: Set<String> = []
        for (path, item) in document["paths"]?.members ?? [] {
            for (method, operation) in item.members where HTTPMethod(rawValue: method.uppercased()) != nil {
                let parameters = operation["parameters"]?.elements ?? []
                let names = try parameters.compactMap { parameter -> String? in
                    guard let name = try resolved(parameter)["name"]?.string else { return nil }
                    return try resolved(parameter)["in"]?.string == "query" ? name : nil
                }
                described.insert("\(method.uppercased()) \(path) \(names)")
            }
        }
        let table = GatewayRouter.table.map { row in
            "\(row.method.rawValue) \(row.route.path) \((row.parameters ?? []).map(\.rawValue))"
        }
        #expect(described == Set(table))
    }

    @Test func `has every error code, and a response for every status that a problem can have`() throws {
        let codes = try #require(try document.first(at: pointer("/components/schemas/ErrorCode/enum")))
        #expect(codes.elements.map(\.string) == ErrorCode.allCases.map(\.rawValue))
        let responses = try #require(
            try document.first(at: pointer("/paths/~1tasks~1{id}~1cancel/post/responses"))
        )
        for entry in ProblemEntry.entries { #expect(keys(responses).contains("\(entry.status)")) }
    }

    @Test func `has the statuses, views and states of the model`() throws {
        let properties = "/components/schemas"
        func words(_ place: String) throws -> [String?] {
            try document.first(at: pointer(properties + place))?.elements.map(\.string) ?? []
        }
        #expect(try words("/TaskStatus/enum") == TaskStatus.allCases.map(\.rawValue))
        #expect(try words("/Cancel/properties/state/enum") == CancelState.allCases.map(\.rawValue))
        #expect(
            try document.first(at: pointer("/components/parameters/View/schema/enum"))?.elements.map(\.string)
                == TaskView.allCases.map(\.rawValue)
        )
    }

    @Test func `has the keys of a task as they are rendered`() throws {
        var answer = TaskAnswer.cancelled(TaskID(provider: "cloud", native: "a"), .failed)
        answer.snapshot.error = TaskFailure(message: nil, code: nil)
        answer.snapshot.cancel?.detail = "refused"
        let full = try JSONDocument(TaskRendering.bytes(answer.snapshot, pollAfter: nil, view: .full)).root
        let brief = try JSONDocument(TaskRendering.bytes(answer.snapshot, pollAfter: nil, view: .brief)).root
        let schema = try document.first(at: pointer("/components/schemas/Task"))
        #expect(keys(full) == keys(schema?["properties"]))
        #expect(keys(brief) == schema?["required"]?.elements.compactMap(\.string))
        let cancel = try document.first(at: pointer("/components/schemas/Cancel/properties"))
        #expect(keys(full["cancel"]) == keys(cancel))
        let failure = try document.first(at: pointer("/components/schemas/TaskFailure/properties"))
        #expect(keys(full["error"]) == keys(failure))
        for name in ["RunningTask", "CancelledTask"] {
            let example = try document.first(at: pointer("/components/examples/\(name)/value"))
            #expect(keys(example) == keys(brief))
        }
    }

    @Test func `has the keys of a provider and of a problem as they are rendered`() throws {
        let report = try #require(StubGateway().providers().first)
        let provider = try JSONDocument(ProviderRendering.one(report).body).root
        let schema = try document.first(at: pointer("/components/schemas/Provider"))
        #expect(keys(provider) == keys(schema?["properties"]))
        #expect(keys(provider) == schema?["required"]?.elements.compactMap(\.string))
        let error = GatewayError(
            .ambiguousTaskID,
            "Words.",
            provider: "cloud",
            providerHTTPStatus: 400,
            providerMessage: "No.",
            lastKnown: TaskAnswer.running(TaskID(provider: "cloud", native: "a")).snapshot,
            candidates: ["cloud:a"]
        )
        let problem = try JSONDocument(
            ProblemRendering.answer(error, instance: "/tasks/a", requestID: .made(1)).body
        ).root
        #expect(keys(problem) == keys(try document.first(at: pointer("/components/schemas/Problem/properties"))))
    }

    @Test func `refers to nothing that it does not have`() throws {
        var references: [String] = []
        func collect(_ element: JSONElement) {
            for (key, value) in element.members {
                if key == "$ref", let text = value.string { references.append(text) }
                collect(value)
            }
            for value in element.elements { collect(value) }
        }
        collect(document)
        #expect(references.count > 100)
        for reference in Set(references) {
            #expect(reference.hasPrefix("#/"))
            #expect(try document.first(at: pointer(String(reference.dropFirst()))) != nil, "\(reference)")
        }
    }

    private func resolved(_ element: JSONElement) throws -> JSONElement {
        guard let reference = element["$ref"]?.string else { return element }
        return try #require(try document.first(at: pointer(String(reference.dropFirst()))))
    }
}

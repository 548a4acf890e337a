import GatewayCore
import GatewayTesting
import JSON
import Synchronization
import TaskModel
import Testing

@testable import GatewayHTTP

private let json = ["Host: localhost", "Content-Type: application/json"]

private func ids(_ ids: [String]) -> String { "{\"ids\": [\(ids.map { "\"\($0)\"" }.joined(separator: ", "))]}" }

private func results(_ answer: RawHTTPAnswer) throws -> [JSONElement] {
    try #require(try answer.json["results"]).elements
}

extension TaskAnswer {
    fileprivate static func done(_ id: TaskID) -> TaskAnswer {
        var answer = running(id)
        answer.snapshot.status = .completed
        answer.pollAfter = nil
        return answer
    }
}

@Suite struct `A question about many tasks` {
    @Test(arguments: [
        ("", "A body"), ("[]", "object"), ("null", "object"), ("{}", "ids must be"), ("{\"ids\": []}", "ids must be"),
        ("{\"ids\": \"cloud:a\"}", "ids must be"), ("{\"ids\": [\"cloud:a\", 1]}", "ids[1] must be a string"),
        ("{\"ids\": [null]}", "ids[0] must be a string"), ("{\"ids\": [\"cloud:a\"], \"x\": 1}", "unknown key \"x\""),
        ("{\"ids\": [\"cloud:a\"], \"reason\": \"r\"}", "unknown key \"reason\""),
        ("{\"ids\": [\"cloud:a\"], \"ids\": []}", "already has"), ("{\"ids\": [\"cloud:a\"", "not JSON"),
    ])
    func `that is malformed is refused whole, and says where`(_ body: String, _ words: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { (server) async throws in
            let answer = try await server.request("POST /tasks/status", json, body: body)
            #expect(answer.status == 400)
            #expect(answer.code == "invalid_request")
            let detail = try #require(try answer.json["detail"]?.string)
            #expect(detail.contains(words) || body.isEmpty, "\(detail)")
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test func `that names too many is refused, and one that names a thousand long ids is not`() async throws {
        try await withServer(StubGateway()) { (server) async throws in
            let long = (0..<1000).map { "cloud:\($0)-" + String(repeating: "x", count: 200) }
            let whole = try await server.request("POST /tasks/status", json, body: ids(long))
            #expect(whole.status == 200)
            #expect(try results(whole).map { $0["id"]?.string } == long)
            let tooMany = try await server.request("POST /tasks/status", json, body: ids(long + ["cloud:a"]))
            #expect(tooMany.code == "invalid_request")
            let tooLarge = (0..<1000).map { "cloud:\($0)-" + String(repeating: "x", count: 600) }
            #expect(try await server.request("POST /tasks/status", json, body: ids(tooLarge)).status == 413)
            // Nothing else may be as long.
            let reason = "{\"reason\": \"\(String(repeating: "x", count: 70_000))\"}"
            #expect(try await server.request("POST /tasks/cloud:a/cancel", json, body: reason).status == 413)
        }
    }

    @Test func `is answered in its order, each id by itself`() async throws {
        let gateway = StubGateway { question in
            question.task.native == "broken"
                ? .failure(GatewayError(.providerUnavailable, "Down.", provider: "cloud", retryAfter: .seconds(3)))
                : .success(.running(question.task))
        }
        let asked = [
            "cloud:a", "", "no-colon", "nobody:x", "cloud:broken", "cloud:a", "ambiguous", "cloud:a/../b",
            "cloud:b\\u0000",
        ]
        try await withServer(gateway) { (server) async throws in
            let answer = try await server.request("POST /tasks/status?max_age=5s&view=full", json, body: ids(asked))
            #expect(answer.status == 200)
            #expect(answer["Cache-Control"] == "private, no-cache")
            #expect(answer["Content-Type"] == "application/json")
            let results = try results(answer)
            #expect(
                results.map { $0["error"]?["code"]?.string } == [
                    nil, "invalid_task_id", "invalid_task_id", "unknown_provider", "provider_unavailable", nil,
                    "ambiguous_task_id", "invalid_task_id", "invalid_task_id",
                ]
            )
            #expect(results.map { $0.members.map(\.key).first } == Array(repeating: "id", count: 9))
            #expect(results[0]["task"]?["status"]?.string == "running")
            #expect(results[0]["task"]?["provider_response"]?.isNull == true)
            #expect(results[5]["id"]?.string == "cloud:a")
            #expect(results[4]["error"]?["status"]?.integer == 503)
            #expect(results[6]["error"]?["candidates"]?.elements.count == 2)
            #expect(gateway.asked.count == 3)
            #expect(gateway.asked.allSatisfy { $0.maximumAge == .seconds(5) && $0.view == .full && $0.wait == nil })
        }
    }

    @Test func `that cancels says for whom and why, and takes the tasks of a provider by their bare ids`() async throws
    {
        let gateway = StubGateway { .success(.cancelled($0.task, $0.task.native == "a" ? .confirmed : .accepted)) }
        try await withServer(gateway) { (server) async throws in
            let body = "{\"ids\": [\"a\", \"b\"], \"reason\": \"too dear\"}"
            let answer = try await server.request(
                "POST /tasks/cancel?provider=cloud",
                json + ["X-Request-Id: mine", "Taskgate-Provider-Key: k"],
                body: body
            )
            #expect(answer.status == 200)
            #expect(try results(answer).map { $0["task"]?["cancel"]?["state"]?.string } == ["confirmed", "accepted"])
            for question in gateway.asked {
                #expect(question.kind == .cancel(reason: "too dear"))
                #expect(question.requestID == "mine")
                #expect(question.providerKey?.reveal() == "k")
            }
        }
    }

    @Test func `asks about few tasks of a provider at once, and of another one meanwhile`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { (server) async throws in
            let client = try await server.connect()
            let body = ids((0..<100).map { "cloud:\($0)" } + ["agent:a"])
            try await client.send(
                "POST /tasks/status HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            )
            var questions = gateway.questions.makeAsyncIterator()
            var asked: [StubGateway.Asked] = []
            while asked.count < 65, let question = await questions.next() { asked.append(question) }
            #expect(asked.filter { $0.question.task.provider == "cloud" }.count == 64)
            #expect(asked.filter { $0.question.task.provider == "agent" }.count == 1)
            // The next is asked when one has its answer, and not before.
            #expect(gateway.asked.count == 65)
            var replied = 0
            while replied < 101 {
                if replied == asked.count { asked.append(try #require(await questions.next())) }
                asked[replied].reply(.success(.running(asked[replied].question.task)))
                replied += 1
            }
            #expect(try results(try await client.answer()).count == 101)
            await client.close()
        }
    }

    @Test func `that waits asks about all, though none has its answer`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { (server) async throws in
            let client = try await server.connect()
            let body = ids((0..<200).map { "cloud:\($0)" })
            try await client.send(
                "POST /tasks/status?wait=30s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            )
            var questions = gateway.questions.makeAsyncIterator()
            var asked: [StubGateway.Asked] = []
            while asked.count < 200, let question = await questions.next() { asked.append(question) }
            let waits = asked.compactMap(\.question.wait)
            #expect(waits.count == 200)
            #expect(waits.allSatisfy { $0 <= .seconds(30) && $0 > .seconds(20) })
            #expect(waits[0] > waits[199], "who is asked later waits no longer than the caller does")
            for question in asked { question.reply(.success(.running(question.question.task))) }
            #expect(try results(try await client.answer()).count == 200)
            await client.close()
        }
    }

    @Test func `that waits for any is answered when the first is done, with where the others stand`() async throws {
        let gateway = StubGateway { question in
            if question.wait != nil { return question.task.native == "b" ? .success(.done(question.task)) : nil }
            return .success(.running(question.task))
        }
        try await withServer(gateway) { (server) async throws in
            let answer = try await server.request(
                "POST /tasks/status?for=any",
                json + ["Prefer: wait=30"],
                body: ids(["cloud:a", "cloud:b", "cloud:c"])
            )
            #expect(answer["Preference-Applied"] == "wait=30")
            #expect(try results(answer).map { $0["task"]?["done"]?.bool } == [false, true, false])
            var forgotten: [TaskTicket] = []
            for await ticket in gateway.forgotten.prefix(1) { forgotten.append(ticket) }
            #expect(forgotten.map(\.task.native) == ["a"], "c was not asked before")
            let again = gateway.asked.filter { $0.wait == nil }
            #expect(Set(again.map(\.task.native)) == ["a", "c"])
            #expect(again.allSatisfy { $0.maximumAge > .zero })
        }
    }

    @Test func `gives up all its places when its caller hangs up, and is one request in the metrics`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { (server) async throws in
            let client = try await server.connect()
            let body = ids(["cloud:a", "cloud:b", "cloud:c"])
            try await client.send(
                "POST /tasks/cancel?wait=30s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            )
            for await _ in gateway.questions.prefix(3) {}
            await client.close()
            var forgotten: Set<String> = []
            for await ticket in gateway.forgotten.prefix(3) { forgotten.insert(ticket.task.native) }
            #expect(forgotten == ["a", "b", "c"])
            let metrics = try await server.request("GET /metrics").text
            #expect(
                metrics.contains(
                    "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"/tasks/cancel\","
                        + "http_response_status_code=\"499\"} 1\n"
                )
            )
        }
    }

    @Test func `with answers that are there at once does not hold up the event loop, nor its stack`() async throws {
        try await withServer(StubGateway()) { (server) async throws in
            let answer = try await server.request(
                "POST /tasks/status?wait=5s",
                json,
                body: ids((0..<1000).map { "cloud:\($0)" })
            )
            #expect(try results(answer).count == 1000)
        }
    }

    @Test func `whose answer would be too large says so for those that do not fit`() async throws {
        let response = Array("{\"x\":\"\(String(repeating: "y", count: 40_000))\"}".utf8)
        let gateway = StubGateway { question in
            var answer = TaskAnswer.running(question.task)
            answer.snapshot.source = ProviderSource(response: response, result: nil)
            return .success(answer)
        }
        try await withServer(gateway, .test { $0.maximumResultBytes = 300_000 }) { (server) async throws in
            let answer = try await server.request(
                "POST /tasks/status?view=full",
                json,
                body: ids((0..<10).map { "cloud:\($0)" })
            )
            let codes = try results(answer).map { $0["error"]?["code"]?.string }
            #expect(codes.filter { $0 == nil }.count == 7)
            #expect(codes.filter { $0 == "payload_too_large" }.count == 3)
        }
    }

    @Test func `is answered with shutting_down when the gateway cannot wait for it`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.drainTime = .milliseconds(50) }) { (server) async throws in
            let client = try await server.connect()
            let body = ids(["cloud:a"])
            try await client.send(
                "POST /tasks/status HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            )
            for await _ in gateway.questions.prefix(1) {}
            let draining = Task { await server.server.drain() }
            #expect(try await client.answer().code == "shutting_down")
            for await _ in gateway.forgotten.prefix(1) {}
            await draining.value
            await client.close()
        }
    }
}

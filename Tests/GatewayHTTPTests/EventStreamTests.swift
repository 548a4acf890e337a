import Following
import GatewayCore
import GatewayTesting
import JSON
import NIOCore
import TaskModel
import TaskStorage
import Testing

@testable import GatewayHTTP

private let host = "Host: localhost\r\n"

private func cloud(_ native: String) -> TaskID { TaskID(provider: "cloud", native: native) }

private func document(_ text: String = "{\"id\":\"cloud:a\"}") -> SharedBytes { SharedBytes(Array(text.utf8)) }

/// A reader of a stream, and what feeds it.
private struct Reading {
    let client: RawHTTPClient
    let stream: ScriptedStream

    /// Reads the head, and the piece that tells how soon to come back.
    func begin() async throws -> RawHTTPAnswer {
        let head = try await client.answer(toHead: true)
        let retry = try await client.chunk()
        #expect(retry.hasPrefix("retry: ") && retry.hasSuffix("\n") && !retry.hasSuffix("\n\n"))
        let milliseconds = try #require(Int(retry.dropFirst(7).dropLast()))
        #expect((1000..<5000).contains(milliseconds))
        return head
    }
}

private func open(
    _ server: ServerFixture,
    _ following: ScriptedFollowing,
    _ target: String = "/tasks/cloud:a/events",
    _ fields: String = "",
    version: String = "1.1"
) async throws -> Reading {
    let client = try await server.connect()
    try await client.send("GET \(target) HTTP/\(version)\r\n\(host)\(fields)\r\n")
    var streams = following.streams.makeAsyncIterator()
    return Reading(client: client, stream: try #require(await streams.next()))
}

private func event(_ sequence: Int64, _ type: TaskEventType, _ text: String) -> StreamedEvent {
    StreamedEvent(sequence: sequence, task: cloud("a"), type: type, document: document(text))
}

@Suite struct `A stream of events` {
    @Test func `is not there where nothing is followed`() async throws {
        try await withServer { (server) async throws in
            for target in ["/tasks/cloud:a/events", "/events?ids=cloud:a"] {
                let answer = try await server.request("GET \(target)")
                #expect(answer.status == 501)
                #expect(answer.code == "unsupported_operation")
            }
        }
    }

    @Test(arguments: [
        ("/tasks/no-colon/events", "", "invalid_task_id"), ("/tasks/nobody:a/events", "", "unknown_provider"),
        ("/tasks/cloud:a/events?x=1", "", "invalid_request"), ("/events", "", "invalid_request"),
        ("/events?ids=" + Array(repeating: "cloud:a", count: 1001).joined(separator: ","), "", "invalid_request"),
        ("/events?ids=", "", "invalid_task_id"), ("/events?ids=x,y", "", "invalid_task_id"),
        ("/tasks/cloud:a/events", "Last-Event-ID: x\r\n", "invalid_request"),
        ("/tasks/cloud:a/events", "Last-Event-ID: -1\r\n", "invalid_request"),
        ("/tasks/cloud:a/events", "Last-Event-ID: 99999999999999999999\r\n", "invalid_request"),
        ("/tasks/cloud:a/events", "Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n", "invalid_request"),
    ])
    func `is refused where it makes no sense`(_ target: String, _ fields: String, _ code: String) async throws {
        let configuration = GatewayServer.Configuration.test { $0.maximumTargetBytes = 16 << 10 }
        try await withServer(StubGateway(), configuration, following: ScriptedFollowing()) { (server) async throws in
            let client = try await server.connect()
            #expect(try await client.exchange("GET \(target) HTTP/1.1\r\n\(host)\(fields)\r\n").code == code)
            await client.close()
        }
    }

    @Test func `is refused to web pages`() async throws {
        try await withServer(following: ScriptedFollowing()) { (server) async throws in
            let answer = try await server.request(
                "GET /tasks/cloud:a/events",
                ["Host: localhost", "Origin: https://evil.example"]
            )
            #expect(answer.status == 403)
        }
    }

    @Test func `of a task that cannot be followed is the problem, with its status`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following)
            reading.stream.sink.failed(cloud("a"), GatewayError(.taskNotFound, "Unknown."), sequence: 3)
            let answer = try await reading.client.answer()
            #expect(answer.status == 404)
            #expect(answer.code == "task_not_found")
            #expect(try answer.json["instance"]?.string == "/tasks/cloud:a/events")
            await reading.stream.closed()
            // The connection goes on.
            #expect(try await reading.client.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            await reading.client.close()
        }
    }

    @Test func `tells where the task stands, what happens to it, and its end; then the connection goes on`()
        async throws
    {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following)
            #expect(reading.stream.tasks == [cloud("a")])
            #expect(reading.stream.after == nil)
            let sink = reading.stream.sink
            sink.task(cloud("a"), document("{\"a\":\n1,\r\n\"b\":\"\\n\"}"), sequence: 7)
            let head = try await reading.begin()
            #expect(head.status == 200)
            #expect(head["Content-Type"] == "text/event-stream")
            #expect(head["Cache-Control"] == "no-store")
            #expect(head["X-Accel-Buffering"] == "no")
            #expect(head["Transfer-Encoding"] == "chunked")
            #expect(head["Content-Length"] == nil)
            #expect(head["Connection"] == nil)
            #expect(head["X-Request-Id"] != nil)
            #expect(try await reading.client.chunk() == "id: 7\nevent: task\ndata: {\"a\": 1,  \"b\":\"\\n\"}\n\n")
            sink.event(event(8, .updated, "{\"n\":1}"))
            sink.event(event(9, .cancelFailed, "{\"n\":2}"))
            sink.event(event(10, .done, "{\"n\":3}"))
            sink.end(isRepeated: false, sequence: 10)
            #expect(try await reading.client.chunk() == "id: 8\nevent: task.updated\ndata: {\"n\":1}\n\n")
            #expect(try await reading.client.chunk() == "id: 9\nevent: task.cancel_failed\ndata: {\"n\":2}\n\n")
            #expect(try await reading.client.chunk() == "id: 10\nevent: task.done\ndata: {\"n\":3}\n\n")
            #expect(try await reading.client.chunk() == "id: 10\nevent: end\ndata: {}\n\n")
            #expect(try await reading.client.chunk() == "")
            await reading.stream.closed()
            #expect(try await reading.client.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            await reading.client.close()
        }
    }

    @Test func `of HTTP/1.0 lasts until the connection ends, and has no chunks`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following, version: "1.0")
            reading.stream.sink.task(cloud("a"), document(), sequence: 1)
            reading.stream.sink.end(isRepeated: false, sequence: 1)
            let head = try await reading.client.answer(toHead: true)
            #expect(head["Transfer-Encoding"] == nil)
            #expect(head["Connection"] == "close")
            let body = try await reading.client.rest()
            #expect(
                body.hasSuffix(
                    "\nid: 1\nevent: task\ndata: {\"id\":\"cloud:a\"}\n\nid: 1\nevent: end\ndata: {}\n\n"
                )
            )
            await reading.client.close()
        }
    }

    @Test func `ends the connection where the reader asked for that`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following, "/tasks/cloud:a/events", "Connection: close\r\n")
            reading.stream.sink.end(isRepeated: false, sequence: 1)
            #expect(try await reading.begin()["Connection"] == "close")
            #expect(try await reading.client.rest().hasSuffix("\r\n0\r\n\r\n"))
            await reading.client.close()
        }
    }

    @Test func `of which the reader has everything is 204`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following, "/events?ids=cloud:a,cloud:b", "Last-Event-ID: 12\r\n")
            #expect(reading.stream.after == 12)
            reading.stream.sink.end(isRepeated: true, sequence: 12)
            #expect(try await reading.client.answer().status == 204)
            await reading.client.close()
        }
    }

    @Test func `of many tasks names each once, and those that cannot be followed`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(
                server,
                following,
                "/events?ids=cloud:a,no-colon,cloud:x%2Cy&ids=nobody:z,cloud:a&provider=cloud"
            )
            // With a provider named, every text is one of its own ids.
            #expect(reading.stream.tasks.map(\.native) == ["cloud:a", "no-colon", "cloud:x,y", "nobody:z"])
            reading.stream.sink.end(isRepeated: false, sequence: 0)
            _ = try await reading.client.answer(toHead: true)
            await reading.client.close()
            let other = try await open(server, following, "/events?ids=cloud:a,no-colon,cloud:b")
            #expect(other.stream.tasks == [cloud("a"), cloud("b")])
            other.stream.sink.failed(cloud("b"), GatewayError(.taskNotFound, "Unknown."), sequence: 4)
            _ = try await other.begin()
            let refused = try await other.client.chunk()
            #expect(refused.hasPrefix("event: error\ndata: {\"id\":\"no-colon\",\"error\":{"))
            let failed = try await other.client.chunk()
            #expect(failed.hasPrefix("id: 4\nevent: error\ndata: {\"id\":\"cloud:b\",\"error\":{"))
            #expect(failed.contains("\"code\":\"task_not_found\""))
            await other.client.close()
        }
    }

    @Test func `is given up when its reader goes away`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let early = try await open(server, following)
            await early.client.close()
            await early.stream.closed()
            let late = try await open(server, following)
            late.stream.sink.task(cloud("a"), document(), sequence: 1)
            _ = try await late.begin()
            await late.client.close()
            await late.stream.closed()
            // What it is told after that is passed over.
            late.stream.sink.event(event(2, .done, "{}"))
            late.stream.sink.end(isRepeated: false, sequence: 2)
            let metrics = try await server.request("GET /metrics").text
            #expect(metrics.contains("\ntaskgate_event_streams 0\n"))
            #expect(metrics.contains("http_route=\"/tasks/{id}/events\",http_response_status_code=\"499\"} 1\n"))
            #expect(metrics.contains("http_route=\"/tasks/{id}/events\",http_response_status_code=\"200\"} 1\n"))
            #expect(metrics.contains("\nhttp_server_active_requests 1\n"), "that for the metrics alone")
        }
    }

    @Test func `shows that it is there, also to a reader that closed its side`() async throws {
        let following = ScriptedFollowing()
        try await withServer(StubGateway(), .test { $0.heartbeat = .milliseconds(50) }, following: following) {
            server in
            let reading = try await open(server, following)
            reading.stream.sink.task(cloud("a"), document(), sequence: 1)
            _ = try await reading.begin()
            _ = try await reading.client.chunk()
            for _ in 1...3 { #expect(try await reading.client.chunk() == ":\n") }
            try await reading.client.closeOutput()
            #expect(try await reading.client.chunk() == ":\n")
            reading.stream.sink.end(isRepeated: false, sequence: 1)
            #expect(try await reading.client.rest().hasSuffix("event: end\ndata: {}\n\n\r\n0\r\n\r\n"))
            await reading.client.close()
        }
    }

    @Test func `holds back the requests behind it until it ends, and waits for those before it`() async throws {
        let gateway = StubGateway(nil)
        let following = ScriptedFollowing()
        try await withServer(gateway, following: following) { (server) async throws in
            let client = try await server.connect()
            try await client.send(
                "GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\nGET /tasks/cloud:b/events HTTP/1.1\r\n\(host)\r\n"
                    + "GET /tasks/cloud:c HTTP/1.1\r\n\(host)\r\n"
            )
            var questions = gateway.questions.makeAsyncIterator()
            let first = try #require(await questions.next())
            first.reply(.success(.running(first.question.task)))
            #expect(try await client.answer().status == 200)
            var streams = following.streams.makeAsyncIterator()
            let stream = try #require(await streams.next())
            stream.sink.task(cloud("b"), document(), sequence: 1)
            _ = try await client.answer(toHead: true)
            for _ in 1...2 { _ = try await client.chunk() }
            #expect(gateway.asked.map(\.task.native) == ["a"])
            stream.sink.end(isRepeated: false, sequence: 1)
            for _ in 1...2 { _ = try await client.chunk() }
            let last = try #require(await questions.next())
            #expect(last.question.task.native == "c")
            last.reply(.success(.running(last.question.task)))
            #expect(try await client.answer().status == 200)
            await client.close()
        }
    }

    @Test func `is ended when the gateway stops, so that its reader goes elsewhere`() async throws {
        let following = ScriptedFollowing()
        try await withServer(StubGateway(), .test { $0.drainTime = .seconds(10) }, following: following) {
            (server) async throws in
            let begun = try await open(server, following)
            begun.stream.sink.task(cloud("a"), document(), sequence: 1)
            _ = try await begun.begin()
            _ = try await begun.client.chunk()
            let waiting = try await open(server, following)
            let draining = Task { await server.server.drain() }
            #expect(try await begun.client.chunk() == ": the gateway ends this stream; come back\n")
            #expect(try await begun.client.chunk() == "")
            #expect(try await begun.client.rest() == "")
            #expect(try await waiting.client.answer().code == "shutting_down")
            await begun.stream.closed()
            await waiting.stream.closed()
            await draining.value
            for client in [begun.client, waiting.client] { await client.close() }
        }
    }

    @Test func `that a reader comes back to without having missed anything begins all the same`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let reading = try await open(server, following)
            reading.stream.sink.stands()
            _ = try await reading.begin()
            // What shows every 15 seconds that it is there is written only to those that have begun.
            let bytes = document()
            reading.stream.sink.task(cloud("a"), bytes, sequence: nil)
            let first = try await reading.client.chunk()
            #expect(first.hasPrefix("event: task\n"), "without an id: \(first)")
            await reading.client.close()
        }
    }

    @Test func `that is cut goes on elsewhere, and says why where it has not begun`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let begun = try await open(server, following)
            begun.stream.sink.task(cloud("a"), document(), sequence: 1)
            begun.stream.sink.cut(GatewayError(.shuttingDown, "It stops."))
            _ = try await begun.begin()
            _ = try await begun.client.chunk()
            #expect(try await begun.client.chunk().hasPrefix(": "))
            #expect(try await begun.client.chunk() == "")
            #expect(try await begun.client.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            let waiting = try await open(server, following)
            waiting.stream.sink.cut(GatewayError(.storeUnavailable, "It is away.", retryAfter: .seconds(1)))
            let answer = try await waiting.client.answer()
            #expect(answer.code == "store_unavailable")
            #expect(answer["Retry-After"] == "1")
            for client in [begun.client, waiting.client] { await client.close() }
        }
    }

    @Test func `is dropped where its reader does not read, and no other is`() async throws {
        let following = ScriptedFollowing()
        try await withServer(following: following) { (server) async throws in
            let lazy = try await open(server, following)
            let eager = try await open(server, following)
            for reading in [lazy, eager] { reading.stream.sink.task(cloud("a"), document(), sequence: 1) }
            _ = try await lazy.begin()
            _ = try await eager.begin()
            _ = try await eager.client.chunk()
            try await lazy.client.stopReading()
            let large = SharedBytes(Array("{\"x\":\"\(String(repeating: "y", count: 60_000))\"}".utf8))
            let dropping = Task {
                await lazy.stream.closed()
                return true
            }
            var sequence: Int64 = 1
            // The buffers of the kernel hold some megabytes.
            while sequence < 1000 {
                sequence += 1
                let event = StreamedEvent(sequence: sequence, task: cloud("a"), type: .updated, document: large)
                lazy.stream.sink.event(event)
                eager.stream.sink.event(event)
                #expect(try await eager.client.chunk().hasPrefix("id: \(sequence)\n"))
                let metrics = sequence % 20 == 0 ? try await server.request("GET /metrics").text : ""
                if metrics.contains("\ntaskgate_event_streams_dropped_total 1\n") { break }
            }
            #expect(sequence < 1000)
            #expect(await dropping.value)
            for client in [lazy.client, eager.client] { await client.close() }
        }
    }

    @Test func `of many tasks may begin with all of them at once`() async throws {
        let following = ScriptedFollowing()
        let configuration = GatewayServer.Configuration.test { $0.maximumTargetBytes = 16 << 10 }
        try await withServer(StubGateway(), configuration, following: following) { (server) async throws in
            let names = (0..<1000).map { "cloud:\($0)" }
            let reading = try await open(server, following, "/events?ids=" + names.joined(separator: ","))
            let text = SharedBytes(Array("{\"x\":\"\(String(repeating: "y", count: 1500))\"}".utf8))
            for (index, task) in reading.stream.tasks.enumerated() {
                reading.stream.sink.task(task, text, sequence: Int64(index))
            }
            _ = try await reading.begin()
            for index in 0..<1000 { #expect(try await reading.client.chunk().hasPrefix("id: \(index)\n")) }
            await reading.client.close()
        }
    }

    @Test func `shares an event with all the others of its loop`() async throws {
        let following = ScriptedFollowing()
        try await withServer(StubGateway(), .test { $0.threads = 2 }, following: following) { (server) async throws in
            var readings: [Reading] = []
            for _ in 1...40 { readings.append(try await open(server, following)) }
            let first = document()
            for reading in readings { reading.stream.sink.task(cloud("a"), first, sequence: 1) }
            let event = event(2, .done, "{\"n\":1}")
            for reading in readings {
                reading.stream.sink.event(event)
                reading.stream.sink.end(isRepeated: false, sequence: 2)
            }
            for reading in readings {
                _ = try await reading.begin()
                #expect(try await reading.client.chunk().hasPrefix("id: 1\nevent: task\n"))
                #expect(try await reading.client.chunk() == "id: 2\nevent: task.done\ndata: {\"n\":1}\n\n")
                #expect(try await reading.client.chunk().hasSuffix("event: end\ndata: {}\n\n"))
                #expect(try await reading.client.chunk() == "")
                await reading.client.close()
            }
        }
    }

    @Test func `has a head that can be asked for alone`() async throws {
        try await withServer(following: ScriptedFollowing()) { (server) async throws in
            let answer = try await server.request("HEAD /tasks/cloud:a/events")
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "text/event-stream")
        }
    }
}

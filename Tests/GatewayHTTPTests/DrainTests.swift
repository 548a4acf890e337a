import GatewayCore
import GatewayHTTP
import GatewayTesting
import JSON
import TaskModel
import Testing

private let host = "Host: localhost\r\n"

@Suite struct `Draining` {
    @Test func `turns readiness off first, while everything is still served`() async throws {
        try await withServer(StubGateway(), .test { $0.drainGrace = .seconds(60) }) { server in
            let kept = try await server.connect()
            #expect(try await kept.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n")["Connection"] == nil)
            let draining = Task { await server.server.drain() }
            var ready = try await server.request("GET /readyz")
            while ready.status == 200 { ready = try await server.request("GET /readyz") }
            #expect(ready.status == 503)
            #expect(try ready.json["status"]?.string == "draining")
            #expect(try await server.request("GET /tasks/cloud:a").status == 200)
            #expect(try await server.request("GET /livez").status == 200)
            let last = try await kept.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n")
            #expect(last["Connection"] == "close", "its client goes elsewhere before anything is closed under it")
            await kept.close()
            // Being cancelled ends the grace early.
            draining.cancel()
            await draining.value
            await #expect(throws: (any Error).self) { try await server.connect() }
        }
    }

    @Test func `lets requests in flight end, and closes what rests`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.drainTime = .seconds(10) }) { server in
            let resting = try await server.connect()
            #expect(try await resting.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            let busy = try await server.connect()
            try await busy.send("GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            let draining = Task { await server.server.drain() }
            #expect(try await resting.rest().isEmpty)
            asked.reply(.success(.running(asked.question.task)))
            let answer = try await busy.answer()
            #expect(answer.status == 200)
            #expect(answer["Connection"] == "close")
            #expect(try await busy.rest().isEmpty)
            await draining.value
            await resting.close()
            await busy.close()
        }
    }

    @Test func `answers shutting_down to what is left in the end, and forgets it`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.drainTime = .milliseconds(100) }) { server in
            let waiting = try await server.connect()
            try await waiting.send(
                "GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\nGET /tasks/cloud:b HTTP/1.1\r\n\(host)\r\n"
            )
            let arriving = try await server.connect()
            try await arriving.send("POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Content-Length: 9\r\n\r\n{")
            let started = try await server.connect()
            try await started.send("GET /")
            var questions = gateway.questions.makeAsyncIterator()
            _ = await questions.next()
            _ = await questions.next()
            let draining = Task { await server.server.drain() }
            for _ in 1...2 {
                let answer = try await waiting.answer()
                #expect(answer.status == 503)
                #expect(answer.code == "shutting_down")
                #expect(answer["Retry-After"] == "1")
            }
            #expect(try await waiting.rest().isEmpty)
            #expect(try await arriving.answer().code == "shutting_down")
            #expect(try await started.rest().isEmpty)
            await draining.value
            var forgotten: [TaskTicket] = []
            for await ticket in gateway.forgotten.prefix(2) { forgotten.append(ticket) }
            #expect(forgotten.map(\.number).sorted() == [1, 2])
            for client in [waiting, arriving, started] { await client.close() }
        }
    }

    @Test func `ends at once when nobody is there, and a second time does nothing`() async throws {
        try await withServer { server in
            await server.server.drain()
            await server.server.drain()
        }
    }
}

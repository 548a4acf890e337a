import GatewayCore
import GatewayHTTP
import GatewayTesting
import JSON
import TaskModel
import Testing

private let host = "Host: localhost\r\n"

@Suite struct `A connection` {
    @Test func `answers pipelined requests in their order, whatever order the replies come in`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send(
                (1...5).map { "GET /tasks/cloud:\($0) HTTP/1.1\r\n\(host)\r\n" }.joined()
                    + "GET /livez HTTP/1.1\r\n\(host)\r\n"
            )
            var asked: [StubGateway.Asked] = []
            for await question in gateway.questions.prefix(5) { asked.append(question) }
            for question in [asked[3], asked[1], asked[4], asked[0], asked[2]] {
                question.reply(.success(.running(question.question.task)))
            }
            for number in 1...5 {
                #expect(try await client.answer().json["id"]?.string == "cloud:\(number)")
            }
            #expect(try await client.answer().text == #"{"status":"ok"}"#)
            await client.close()
        }
    }

    @Test func `works on every request of a long pipeline, in order`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send((1...200).map { "GET /tasks/cloud:\($0) HTTP/1.1\r\n\(host)\r\n" }.joined())
            var questions = gateway.questions.makeAsyncIterator()
            for number in 1...200 {
                let asked = try #require(await questions.next())
                #expect(asked.question.task.native == "\(number)")
                asked.reply(.success(.running(asked.question.task)))
            }
            for number in 1...200 {
                #expect(try await client.answer().json["id"]?.string == "cloud:\(number)")
            }
            await client.close()
        }
    }

    @Test func `never asks more than sixteen questions that are not answered`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send((1...40).map { "GET /tasks/cloud:\($0) HTTP/1.1\r\n\(host)\r\n" }.joined())
            var questions = gateway.questions.makeAsyncIterator()
            var asked: [StubGateway.Asked] = []
            for _ in 1...16 { asked.append(try #require(await questions.next())) }
            // Another connection is served meanwhile, so that the first had every chance to ask more.
            for _ in 1...20 { #expect(try await server.request("GET /livez").status == 200) }
            #expect(gateway.asked.count == 16)
            await client.close()
        }
    }

    @Test(
        arguments: [
            ("GET /livez HTTP/1.1\r\n\(host)\r\n", nil, false),
            ("GET /livez HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", "close", true),
            ("GET /livez HTTP/1.1\r\n\(host)Connection: x, Close\r\n\r\n", "close", true),
            ("GET /livez HTTP/1.0\r\n\r\n", "close", true),
            ("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false),
            ("GET /livez HTTP/1.1\r\n\(host)Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", "close", true),
        ] as [(String, String?, Bool)]
    )
    func `stays open or closes as the request says`(
        _ request: String,
        _ connection: String?,
        _ closes: Bool
    ) async throws {
        try await withServer { server in
            let client = try await server.connect()
            let answer = try await client.exchange(request)
            #expect(answer.status == 200)
            #expect(answer["Connection"] == connection)
            #expect(answer.statusLine == "HTTP/1.1 200 OK")
            if closes {
                #expect(try await client.rest().isEmpty)
            } else {
                #expect(try await client.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            }
            await client.close()
        }
    }

    @Test func `answers nothing that stands behind a request that closes it`() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(
                "GET /livez HTTP/1.1\r\n\(host)Connection: close\r\n\r\nGET /livez HTTP/1.1\r\n\(host)\r\n"
            )
            #expect(try await client.answer().status == 200)
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }

    @Test func `passes over empty lines between requests`() async throws {
        try await withServer { server in
            let client = try await server.connect()
            #expect(try await client.exchange("\r\nGET /livez HTTP/1.1\r\n\(host)\r\n\r\n").status == 200)
            #expect(try await client.exchange("\r\nGET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            await client.close()
        }
    }

    @Test func `reads a request that comes byte by byte`() async throws {
        try await withServer { server in
            let client = try await server.connect()
            for byte
                in "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Content-Type: a/b+json\r\nContent-Length: 2\r\n\r\n{}"
                .utf8
            {
                try await client.send([byte])
            }
            #expect(try await client.answer().status == 200)
            await client.close()
        }
    }

    @Test func `tells a client that expects it to go on, in its turn`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            let head = "POST /tasks/cloud:b/cancel HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
            try await client.send(
                "GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\n\(head)Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
            )
            var questions = gateway.questions.makeAsyncIterator()
            let first = try #require(await questions.next())
            first.reply(.success(.running(first.question.task)))
            #expect(try await client.answer().status == 200)
            #expect(try await client.answer().statusLine == "HTTP/1.1 100 Continue")
            try await client.send("{}")
            let second = try #require(await questions.next())
            second.reply(.success(.running(second.question.task)))
            #expect(try await client.answer().status == 200)
            await client.close()
        }
    }

    @Test func `refuses what cannot be expected, and too much, before the body`() async throws {
        try await withServer { server in
            let head = "POST /tasks/cloud:b/cancel HTTP/1.1\r\n\(host)"
            for (fields, status) in [
                ("Content-Length: 2\r\nExpect: magic\r\n", 417),
                ("Content-Length: 70000\r\nExpect: 100-continue\r\n", 413),
            ] {
                let client = try await server.connect()
                let answer = try await client.exchange(head + fields + "\r\n")
                #expect(answer.status == status)
                #expect(try answer.json["status"]?.integer == status)
                #expect(try await client.rest().isEmpty)
                await client.close()
            }
            let old = try await server.connect()
            #expect(try await old.exchange("GET /livez HTTP/1.0\r\nExpect: magic\r\n\r\n").status == 200)
            await old.close()
        }
    }

    @Test func `answers a client that closed its sending side, and then closes`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a?wait=30s HTTP/1.1\r\n\(host)\r\n")
            try await client.closeOutput()
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            asked.reply(.success(.running(asked.question.task)))
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }

    @Test func `asks the network with an interim answer whether a client that closed its side still waits`()
        async throws
    {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a?wait=30s HTTP/1.1\r\n\(host)\r\n")
            try await client.closeOutput()
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            #expect(try await client.answer().status == 100)
            asked.reply(.success(.running(asked.question.task)))
            #expect(try await client.answer().status == 200)
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }

    @Test func `is not read further, and then cut, when its client does not read`() async throws {
        let gateway = StubGateway { question in
            var answer = TaskAnswer.running(question.task)
            let response = Array("\"\(String(repeating: "x", count: 60_000))\"".utf8)
            answer.snapshot.source = ProviderSource(response: response, result: nil)
            return .success(answer)
        }
        try await withServer(gateway, .test { $0.idleTime = .seconds(2) }) { server in
            let client = try await server.connect()
            #expect(try await client.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            try await client.stopReading()
            // Sent without waiting: the network takes them as far as the server reads.
            let requests = Task {
                await client.trySend(
                    String(repeating: "GET /tasks/cloud:a?view=full HTTP/1.1\r\n\(host)\r\n", count: 2000)
                )
            }
            while server.server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
            // Far fewer answers than requests were made: what the network's buffers hold, and a little more.
            #expect(gateway.asked.count < 1000)
            await client.close()
            await requests.value
        }
    }

    @Test func `says what is wrong to a client that closed its sending side too early`() async throws {
        try await withServer { server in
            for text in ["GET / HT", "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\n{"] {
                let client = try await server.connect()
                try await client.send(text)
                try await client.closeOutput()
                #expect(try await client.answer().code == "invalid_request")
                #expect(try await client.rest().isEmpty)
                await client.close()
            }
        }
    }

    @Test func `forgets the places of a client that goes away, over TCP`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send(
                "GET /tasks/cloud:a?wait=60s HTTP/1.1\r\n\(host)\r\nGET /tasks/cloud:b?wait=60s HTTP/1.1\r\n\(host)\r\n"
            )
            var asked: [StubGateway.Asked] = []
            for await question in gateway.questions.prefix(2) { asked.append(question) }
            await client.close()
            var forgotten: [TaskTicket] = []
            for await ticket in gateway.forgotten.prefix(2) { forgotten.append(ticket) }
            #expect(forgotten == asked.map(\.ticket))
            // A reply that comes all the same finds nobody, and does no harm.
            asked[0].reply(.success(.running(asked[0].question.task)))
            #expect(try await server.request("GET /livez").status == 200)
        }
    }

    @Test func `takes replies from any thread, and at once`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.threads = 2 }) { server in
            let answers = Task {
                for await asked in gateway.questions.prefix(200) {
                    Task.detached { asked.reply(.success(.running(asked.question.task))) }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for connection in 0..<8 {
                    group.addTask {
                        let client = try await server.connect()
                        for number in 0..<25 {
                            let id = "cloud:\(connection)-\(number)"
                            let answer = try await client.exchange("GET /tasks/\(id) HTTP/1.1\r\n\(host)\r\n")
                            #expect(try answer.json["id"]?.string == id)
                        }
                        await client.close()
                    }
                }
                try await group.waitForAll()
            }
            await answers.value
        }
    }
}

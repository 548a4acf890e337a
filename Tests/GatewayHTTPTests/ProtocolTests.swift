import GatewayCore
import GatewayHTTP
import GatewayTesting
import Testing

private let host = "Host: localhost\r\n"

@Suite struct `HTTP that can be read in two ways` {
    @Test(arguments: [
        "GET / HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 5, 5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: +5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: -5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 0x5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n",
        "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
        "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n-1\r\nx",
        "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
        "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        "GET / HTTP/1.1\n\(host)\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\n\r\n",
        "GET / HTTP/1.1\r\n\(host)\n",
        "GET / HTTP/1.1\r\n\(host)A: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)A: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\n \(host)\r\n",
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host): empty\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)A b: c\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)A\u{0}: c\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)A: b\u{0}c\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)A: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)noColon\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/2.0\r\n\(host)\r\n",
        "GET / HTTP/1.1 x\r\n\(host)\r\n",
        "GET / HTTX/1.1\r\n\(host)\r\n",
        "GET /\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}",
        "NONSENSE / HTTP/1.1\r\n\(host)\r\n",
        "get / HTTP/1.1\r\n\(host)\r\n",
        "GET /a\u{0}b HTTP/1.1\r\n\(host)\r\n",
        "GET /a\tb HTTP/1.1\r\n\(host)\r\n",
        "GET ftp://localhost/ HTTP/1.1\r\n\(host)\r\nGET",
    ])
    func `is refused, and the connection closed`(_ bytes: String) async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let client = try await server.connect()
            // What follows must not be taken for a request.
            try await client.send(bytes + "GET /smuggled HTTP/1.1\r\n\(host)\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.code == "invalid_request")
            if !bytes.contains("ftp:") {
                #expect(answer["Connection"] == "close")
                #expect(try await client.rest().isEmpty)
            }
            await client.close()
            #expect(gateway.asked.isEmpty)
        }
    }

    @Test func `is refused behind the answers to the requests before it`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\nGARBAGE\r\n\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            asked.reply(.success(.running(asked.question.task)))
            #expect(try await client.answer().status == 200)
            #expect(try await client.answer().status == 400)
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
    }
}

@Suite struct `The limits of a request` {
    private func status(_ server: ServerFixture, _ text: String) async throws -> (Int, String?, String?) {
        let client = try await server.connect()
        await client.trySend(text)
        let answer = try await client.answer()
        await client.close()
        return (answer.status, answer.code, answer["Connection"])
    }

    @Test func `hold for the target`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            for length in [8192 - 7, 16000, 65536, 1 << 20] {
                let path = "/tasks/" + String(repeating: "x", count: length)
                let (status, code, connection) = try await status(server, "GET \(path) HTTP/1.1\r\n\(host)\r\n")
                if length > 8192 - 7 {
                    #expect(status == 414)
                    #expect(code == "uri_too_long")
                    #expect(connection == "close")
                } else {
                    #expect(code == "invalid_task_id")
                }
            }
            #expect(gateway.located.count == 1)
        }
    }

    @Test func `hold for the header fields`() async throws {
        try await withServer { server in
            let big = String(repeating: "x", count: 17000)
            let half = String(repeating: "x", count: 15000)
            let many = (0..<101).map { "A\($0): b\r\n" }.joined()
            for fields in ["A: \(big)\r\n", "\(big): b\r\n", "A: \(half)\r\nB: \(half)\r\nC: \(half)\r\n", many] {
                let (status, code, connection) = try await status(server, "GET / HTTP/1.1\r\n\(host)\(fields)\r\n")
                #expect(status == 431)
                #expect(code == "headers_too_large")
                #expect(connection == "close")
            }
            let fine = (0..<98).map { "A\($0): b\r\n" }.joined()
            #expect(try await status(server, "GET / HTTP/1.1\r\n\(host)\(fine)\r\n").0 == 200)
        }
    }

    @Test func `hold for the body, declared or in chunks`() async throws {
        let gateway = StubGateway()
        try await withServer(gateway) { server in
            let line = "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
            let body = String(repeating: " ", count: 65536)
            let chunk = "8000\r\n" + String(repeating: " ", count: 0x8000) + "\r\n"
            let tooLarge = [
                line + "Content-Length: 65537\r\n\r\n\(body) ",
                line + "Content-Length: 99999999999\r\n\r\n",
                line + "Transfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)1\r\n \r\n0\r\n\r\n",
                line + "Transfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "x", count: 700_000),
            ]
            for text in tooLarge {
                let (status, code, connection) = try await status(server, text)
                #expect(status == 413)
                #expect(code == "payload_too_large")
                #expect(connection == "close")
            }
            #expect(gateway.asked.isEmpty)
            let fine = String(repeating: " ", count: 65534) + "{}"
            #expect(try await status(server, line + "Content-Length: 65536\r\n\r\n\(fine)").0 == 200)
            #expect(
                try await status(
                    server,
                    line + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\nA: trailer\r\n\r\n"
                ).0 == 200
            )
        }
    }

    @Test func `hold for the time, however the bytes drip`() async throws {
        try await withServer(StubGateway(), .test { $0.requestTime = .milliseconds(150) }) { server in
            for text in [
                "GET /", "GET / HTTP/1.1\r\n\(host)A: b\r\n", "\r\n\r\nGET /",
                "POST /tasks/cloud:a/cancel HTTP/1.1\r\n\(host)Content-Length: 1000\r\n\r\n{",
            ] {
                let client = try await server.connect()
                try await client.send(text)
                let drip = Task {
                    while !Task.isCancelled {
                        await client.trySend("x")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                let answer = try await client.answer()
                #expect(answer.status == 408)
                #expect(answer.code == "request_timeout")
                #expect(answer["Connection"] == "close")
                drip.cancel()
                await client.close()
            }
        }
    }

    @Test(arguments: ["", "{", "Transfer"])
    func `hold for the time of a request that came in one piece with the one before`(_ part: String) async throws {
        let headEnd = part == "Transfer" ? "Transfer-Encoding: chunked\r\n\r\n5\r\n{" : "Content-Length: 5\r\n\r\n"
        let unfinished =
            "POST /tasks/cloud:b/cancel HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
            + headEnd + (part == "{" ? part : "")
        try await withServer(StubGateway(), .test { $0.requestTime = .milliseconds(150) }) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\n" + unfinished)
            #expect(try await client.answer().status == 200)
            let late = try await client.answer()
            #expect(late.status == 408)
            #expect(late["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
            await client.close()
        }
        // It is the same while the one before is being answered.
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.requestTime = .milliseconds(150) }) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a HTTP/1.1\r\n\(host)\r\n" + unfinished)
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            try await Task.sleep(for: .milliseconds(600))
            asked.reply(.success(.running(asked.question.task)))
            #expect(try await client.answer().status == 200)
            #expect(try await client.answer().status == 408)
            #expect(try await client.rest().isEmpty)
            #expect(gateway.asked.count == 1)
            await client.close()
        }
    }

    @Test func `hold anew for each of the requests that come in one piece`() async throws {
        try await withServer(StubGateway(), .test { $0.maximumBodyBytes = 1 << 10 }) { server in
            let client = try await server.connect()
            let body = #"{"reason":""# + String(repeating: "x", count: 400) + #""}"#
            let cancel =
                "POST /tasks/cloud:b/cancel HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            // Cut so that every piece ends within a request; all together are more than any one may be.
            let bytes = Array(String(repeating: cancel, count: 400).utf8)
            let sending = Task {
                var rest = bytes[...]
                while !rest.isEmpty {
                    try await client.send(Array(rest.prefix(1000)))
                    rest = rest.dropFirst(1000)
                }
            }
            for _ in 1...400 { #expect(try await client.answer().status == 200) }
            try await sending.value
            await client.close()
        }
    }

    @Test func `hold for rest: an idle connection closes without a word`() async throws {
        try await withServer(StubGateway(), .test { $0.idleTime = .seconds(1) }) { server in
            let fresh = try await server.connect()
            #expect(try await fresh.rest().isEmpty)
            let used = try await server.connect()
            #expect(try await used.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            #expect(try await used.rest().isEmpty)
            await fresh.close()
            await used.close()
        }
    }

    @Test func `hold for the number of connections, and room comes back`() async throws {
        try await withServer(StubGateway(), .test { $0.maximumConnections = 2 }) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            #expect(try await first.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            #expect(try await second.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            let third = try await server.connect()
            let refusal = try await third.answer()
            #expect(refusal.status == 503)
            #expect(refusal.code == "overloaded")
            #expect(refusal["Retry-After"] == "1")
            #expect(try await third.rest().isEmpty)
            await third.close()
            try await second.send("GET /livez HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
            #expect(try await second.answer().status == 200)
            #expect(try await second.rest().isEmpty)
            await second.close()
            while server.server.connectionCount > 1 { try await Task.sleep(for: .milliseconds(5)) }
            let fourth = try await server.connect()
            #expect(try await fourth.exchange("GET /livez HTTP/1.1\r\n\(host)\r\n").status == 200)
            await fourth.close()
            await first.close()
        }
    }
}

internal import Testing

@testable internal import ProviderSimulator

struct FaultTests {
    private let id = "9qQe2F8Z_nXx9-eJA0BD6"
    private var statusPath: String { "/api/tasks/\(id)/status" }

    /// A cloud task at work, one fault, one status.
    private func status(
        under fault: SimulatedFault,
        patience: Duration = .seconds(20),
        atMost limit: Int = 4_194_304,
        _ check: (TestResponse) throws -> Void
    ) async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: id)
            simulator.inject(fault, into: .blackboxCloud, times: 1)
            let client = simulator.client(of: .blackboxCloud)
            try check(client.send("GET", statusPath, patience: patience, atMost: limit))
            #expect(client.get(statusPath)["status"] == .string("processing"), "the fault was to come once")
        }
    }

    @Test func `an answer of one's own, with headers`() async throws {
        let fault = SimulatedFault.answer(
            status: 503,
            headers: [SimulatedHeader("Retry-After", "7"), SimulatedHeader("Content-Type", "text/plain")],
            body: "busy"
        )
        try await status(under: fault) { response in
            #expect(response.status == 503)
            #expect(response.header("Retry-After") == "7")
            #expect(response.header("Content-Type") == "text/plain")
            #expect(response.text == "busy")
        }
    }

    @Test func `the right answer, late`() async throws {
        let started = ContinuousClock.now
        try await status(under: .delay(.milliseconds(80))) { response in
            #expect(response["status"] == .string("processing"))
            #expect(ContinuousClock.now - started >= .milliseconds(80))
        }
    }

    @Test func `no answer while the connection stays open`() async throws {
        try await status(under: .silence, patience: .milliseconds(50)) { response in
            #expect(response.end == .timedOut)
            #expect(response.bytes.isEmpty)
        }
    }

    @Test func `a close without a byte`() async throws {
        try await status(under: .close) { response in
            #expect(response.end == .closed)
            #expect(response.bytes.isEmpty)
        }
    }

    @Test func `a reset in the middle of the body`() async throws {
        try await status(under: .resetMidBody) { response in
            #expect(response.end == .reset)
        }
    }

    @Test func `an orderly close in the middle of the body`() async throws {
        try await status(under: .shortBody) { response in
            #expect(response.end == .closed)
            let promised = try #require(response.header("Content-Length").flatMap(Int.init))
            #expect(response.body.count == promised / 2)
        }
    }

    @Test func `a complete message with half of the JSON`() async throws {
        try await status(under: .truncatedJSON) { response in
            #expect(response.header("Content-Length") == String(response.body.count))
            #expect(response.text.hasPrefix("{\"taskId\""))
            #expect(response.json == nil)
        }
    }

    @Test func `a web page with 200`() async throws {
        try await status(under: .htmlPage) { response in
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "text/html; charset=utf-8")
            #expect(response.text.hasPrefix("<!DOCTYPE html>"))
        }
    }

    @Test func `nothing with 200, and nothing with 204`() async throws {
        try await status(under: .emptyBody) { response in
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }
        try await status(under: .noContent) { response in
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
            #expect(response.header("Content-Length") == nil)
        }
    }

    @Test func `an array around the answer`() async throws {
        try await status(under: .jsonArray) { response in
            #expect(response.text.hasPrefix("[{\"taskId\""))
            #expect(response.json != nil)
        }
    }

    @Test func `a member that is there twice`() async throws {
        try await status(under: .duplicateKey) { response in
            #expect(response.text.hasPrefix("{\"status\":\"duplicate\",\"state\":\"duplicate\",\"taskId\""))
            #expect(response.text.contains("\"status\":\"processing\""))
        }
    }

    @Test func `bytes that are not UTF-8, and a byte order mark`() async throws {
        try await status(under: .invalidUTF8) { response in
            #expect(String(validating: response.body, as: UTF8.self) == nil)
            #expect(response.json == nil)
        }
        try await status(under: .byteOrderMark) { response in
            #expect(response.body.starts(with: [0xEF, 0xBB, 0xBF, UInt8(ascii: "{")]))
        }
    }

    @Test func `the right answer with another value in it`() async throws {
        try await status(under: .rewritten(#""progress":45"#, to: #""progress":"45""#)) { response in
            #expect(response["progress"] == .string("45"))
            #expect(response.header("Content-Length") == String(response.body.count))
        }
    }

    @Test func `arrays a hundred thousand deep`() async throws {
        try await status(under: .depthBomb()) { response in
            #expect(response.body.count { $0 == UInt8(ascii: "[") } == 100_000)
            #expect(response.body.count == 200_011)
        }
    }

    @Test func `a body that does not end`() async throws {
        try await status(under: .endlessBody(), atMost: 2_000_000) { response in
            #expect(response.end == .tooLong)
            #expect(response.header("Transfer-Encoding") == "chunked")
        }
    }

    @Test func `an endless body ends at its bound`() async throws {
        try await status(under: .endlessBody(bytes: 300_000)) { response in
            #expect(response.end == .closed)
            #expect(response.body.count { $0 == UInt8(ascii: "a") } == 5 * 65536 + 1)
        }
    }

    @Test func `a small file that unpacks to a large one`() async throws {
        try await status(under: .gzipBomb()) { response in
            #expect(response.header("Content-Encoding") == "gzip")
            #expect(response.body.starts(with: [0x1F, 0x8B, 8]))
            #expect(response.body.count < 1_000_000)
        }
    }

    @Test func `a redirect to another place`() async throws {
        try await status(under: .redirect(to: "http://127.0.0.1:9/elsewhere", status: 302)) { response in
            #expect(response.status == 302)
            #expect(response.header("Location") == "http://127.0.0.1:9/elsewhere")
        }
    }

    @Test func `the right answer byte by byte`() async throws {
        try await status(under: .drip(every: .microseconds(50))) { response in
            #expect(response["status"] == .string("processing"))
        }
    }

    @Test func `bytes that are not HTTP`() async throws {
        try await status(under: .raw("HTTP/1.1 200 OK\r\nX-Split: a\nSet-Cookie: b\r\n\r\nhello")) { response in
            #expect(response.end == .closed)
            #expect(response.bytes.elementsEqual("HTTP/1.1 200 OK\r\nX-Split: a\nSet-Cookie: b\r\n\r\nhello".utf8))
        }
    }

    @Test func `a cancel whose answer is lost has cancelled all the same`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: id)
            simulator.inject(.answerLost, into: .blackboxCloud, on: .cancel, ofTask: id, times: 1)
            let client = simulator.client(of: .blackboxCloud)
            let lost = client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#)
            #expect(lost.bytes.isEmpty)
            #expect(simulator.state(of: id, of: .blackboxCloud) == "stopped")
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 400)
        }
    }

    @Test func `a cancel may fail without and with its effect`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: id)
            simulator.inject(.answer(status: 500), into: .blackboxCloud, on: .cancel, times: 1)
            simulator.inject(.appliedThenAnswer(status: 500), into: .blackboxCloud, on: .cancel, times: 1)
            let client = simulator.client(of: .blackboxCloud)
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 500)
            #expect(simulator.state(of: id, of: .blackboxCloud) == "processing")
            #expect(client.patch("/api/tasks/\(id)", #"{"action":"stop"}"#).status == 500)
            #expect(simulator.state(of: id, of: .blackboxCloud) == "stopped")
        }
    }

    @Test func `a fault befalls only what it was meant for`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: id)
            simulator.addTask(to: .blackboxCloud, .staying(in: "processing"), id: "another")
            simulator.inject(.answer(status: 500), into: .blackboxCloud, on: .status, ofTask: id)
            let client = simulator.client(of: .blackboxCloud)
            for _ in 0..<3 { #expect(client.get(statusPath).status == 500) }
            #expect(client.get("/api/tasks/another/status").status == 200)
            #expect(client.get("/api/tasks/\(id)").status == 200)
            simulator.clearFaults()
            #expect(client.get(statusPath).status == 200)
        }
    }

    @Test func `a provider that is down refuses connections and comes back where it was`() async throws {
        try await withSimulator { simulator in
            let port = simulator.port(of: .qmail)
            try await simulator.takeDown(.qmail)
            #expect(TestClient(port: port).get("/api/task/status/x").end == .refused)
            try await simulator.bringUp(.qmail)
            #expect(simulator.port(of: .qmail) == port)
            #expect(TestClient(port: port).get("/api/task/status/x").status == 404)
        }
    }
}

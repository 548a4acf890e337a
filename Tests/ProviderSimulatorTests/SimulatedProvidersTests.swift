internal import Testing

@testable internal import ProviderSimulator

struct SimulatedProvidersTests {
    @Test func `every request is remembered with its headers and body`() async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .blackboxCloud, key: "bb_canary")
            _ = client.patch("/api/tasks/abc", #"{"action":"stop"}"#)
            _ = client.get("/api/tasks/abc/status?x=1")
            let requests = simulator.requests(of: .blackboxCloud)
            #expect(requests.map(\.method) == ["PATCH", "GET"])
            #expect(requests.map(\.operation) == [.cancel, .status])
            #expect(requests.map(\.taskID) == ["abc", "abc"])
            #expect(requests.last?.target == "/api/tasks/abc/status?x=1")
            #expect(requests.first?.header("content-type") == "application/json")
            #expect(requests.first?.body == Array(#"{"action":"stop"}"#.utf8))
            let counts = simulator.counts(of: .blackboxCloud)
            #expect((counts.total, counts.status, counts.cancel) == (2, 1, 1))
            #expect(simulator.requests(of: .xpander).isEmpty)
        }
    }

    @Test func `no more requests are remembered than asked for, and they stay in order`() async throws {
        try await withSimulator(.forTests { $0.remembers = 3 }) { simulator in
            for number in 1...5 { _ = simulator.client(of: .qmail).get("/\(number)") }
            #expect(simulator.requests(of: .qmail).map(\.target) == ["/3", "/4", "/5"])
            #expect(simulator.counts(of: .qmail).total == 5)
            simulator.clearRecords()
            #expect(simulator.requests(of: .qmail).isEmpty)
            #expect(simulator.counts(of: .qmail).total == 0)
        }
    }

    @Test func `a key that went to the wrong provider is noticed, in whichever header`() async throws {
        try await withSimulator { simulator in
            _ = TestClient(port: simulator.port(of: .qmail), headers: ["x-api-key": "secret-1"]).get("/")
            _ = TestClient(port: simulator.port(of: .xpander), headers: ["Authorization": "Bearer bb_2"]).get("/")
            _ = TestClient(port: simulator.port(of: .qmailCore), headers: ["X-Other": "a secret-1 b"]).get("/")
            #expect(simulator.keysSeen(by: .qmail) == ["secret-1"])
            #expect(simulator.keysSeen(by: .xpander) == ["bb_2"])
            #expect(simulator.providers(thatSaw: "secret-1") == [.qmail, .qmailCore])
        }
    }

    @Test func `a connection serves one request after another`() async throws {
        try await withSimulator { simulator in
            simulator.addTask(to: .qmail, .staying(in: "RUNNING"), id: "x")
            let client = simulator.client(of: .qmail)
            let connection = try TestConnection(port: client.port)
            let kept = client.request("GET", "/api/task/status/x", nil, headers: ["Connection": "keep-alive"])
            try connection.write(kept + kept + client.request("GET", "/api/task/status/x", nil, headers: [:]))
            let text = String(decoding: connection.read().bytes, as: UTF8.self)
            #expect(text.split(separator: "HTTP/1.1 200 OK").count == 3)
        }
    }

    @Test func `a head is answered without a body, so that the connection stays in step`() async throws {
        try await withSimulator { simulator in
            let client = simulator.client(of: .qmail)
            let response = client.send("HEAD", "/api/task/status/x")
            #expect(response.status == 404)
            #expect(response.body.isEmpty)
        }
    }

    @Test func `a second start changes nothing`() async throws {
        try await withSimulator { simulator in
            let port = simulator.port(of: .xpander)
            try await simulator.start()
            #expect(simulator.port(of: .xpander) == port)
        }
    }

    @Test func `the demonstration has a task for every kind of state, the same in every run`() {
        let first = SimulatedProviders().tasks
        let second = SimulatedProviders().tasks
        #expect(first.map(\.id) == second.map(\.id))
        for provider in SimulatedProvider.allCases {
            let shown = first.filter { $0.provider == provider }
            #expect(shown.contains { $0.shows.hasPrefix("running") }, "\(provider)")
            #expect(shown.contains { $0.shows == "completed" }, "\(provider)")
            #expect(shown.contains { $0.shows == "failed" }, "\(provider)")
        }
        let states = Set(first.filter { $0.provider == .xpander }.map(\.state))
        #expect(states == ["pending", "executing", "completed", "failed", "error", "stopped", "paused"])
    }

    @Test func `made-up ids differ and look like the documented ones`() {
        let simulator = SimulatedProviders()
        let ids = (0..<100).map { _ in simulator.addTask(to: .xpander, .staying(in: "pending")) }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.isUUID })
    }

    @Test func `a task can be put into a word that its provider does not have`() async throws {
        try await withSimulator { simulator in
            let id = simulator.addTask(to: .qmail, .staying(in: "RUNNING"))
            #expect(simulator.put(id, of: .qmail, into: "Exploded \"twice\"\n"))
            let response = simulator.client(of: .qmail).get("/api/task/status/\(id)")
            #expect(response["state"] == .string("Exploded \"twice\"\n"))
            #expect(!simulator.put("nothing", of: .qmail, into: "RUNNING"))
        }
    }

    @Test func `a removed task is gone`() async throws {
        try await withSimulator { simulator in
            let id = simulator.addTask(to: .qmail, .staying(in: "RUNNING"))
            simulator.removeTask(id, of: .qmail)
            #expect(simulator.client(of: .qmail).get("/api/task/status/\(id)").status == 404)
        }
    }

    @Test func `a start that fails leaves nothing behind`() async throws {
        try await withSimulator { simulator in
            var settings = SimulatorSettings()
            settings.ports = [.qmailCore: simulator.port(of: .qmailCore)]
            let second = SimulatedProviders(settings)
            await #expect(throws: (any Error).self) { try await second.start() }
            #expect(second.port(of: .blackboxCloud) == 0)
        }
    }

    @Test func `a real clock runs as much faster as it is told to, and can be advanced`() {
        let clock = SimulatorClock.real(scale: 1000)
        let before = clock.now
        clock.advance(by: .seconds(3600))
        #expect(clock.now - before >= .seconds(3600))
        #expect(before > .beginning, "the present is not before the day this was written")
    }

    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("250ms", .milliseconds(250)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
        ("7", .seconds(7)),
    ])
    func `durations are read in their short form`(text: String, duration: Duration) {
        #expect(Duration(simulatorText: text) == duration)
    }

    @Test(arguments: ["", "s", "-1s", "1d", "1.5s", "99999999999999999999s", "٣s"])
    func `what is no duration is not read as one`(text: String) {
        #expect(Duration(simulatorText: text) == nil)
    }

    @Test func `the checksum of a bomb is that of its spaces`() {
        // Reckoned by zlib: crc32(b" "), crc32(b" " * 1000), crc32(b" " * 1000001).
        #expect(GzipBomb.checksum(ofSpaces: 1) == 0xE96C_CF45)
        #expect(GzipBomb.checksum(ofSpaces: 1000) == 0xCD93_E382)
        #expect(GzipBomb.checksum(ofSpaces: 1_000_001) == 0xF110_AE3A)
    }
}

internal import NIOCore
internal import Testing

@testable internal import ProviderSimulator

struct ControlInterfaceTests {
    private func client(of simulator: SimulatedProviders) -> TestClient {
        TestClient(port: simulator.controlURL.split(separator: ":").last.flatMap { Int($0) } ?? 0)
    }

    @Test func `the root explains everything that can be done`() async throws {
        try await withSimulator { simulator in
            let help = client(of: simulator).get("/")
            #expect(help.status == 200)
            for word in ["/tasks", "/clock", "/faults", "/requests", "qmail-core", "gzip-bomb", "raw-status"] {
                #expect(help.text.contains(word))
            }
        }
    }

    @Test func `tasks are listed, added, and changed`() async throws {
        try await withSimulator { simulator in
            let control = client(of: simulator)
            let added = control.post("/tasks", #"{"provider":"xpander","state":"executing"}"#)
            #expect(added.status == 201)
            let id = try #require(added["id"]?.string)
            let changed = control.post("/tasks", "{\"provider\":\"xpander\",\"state\":\"paused\",\"id\":\"\(id)\"}")
            #expect(changed.status == 200)
            #expect(simulator.state(of: id, of: .xpander) == "paused")
            let listed = control.get("/tasks")
            #expect(listed["now"] == .string("2026-01-15T10:00:00.123456Z"))
            #expect(listed.text.contains("{\"provider\":\"xpander\",\"id\":\"\(id)\",\"state\":\"paused\""))
        }
    }

    @Test func `the clock is advanced`() async throws {
        try await withSimulator { simulator in
            let control = client(of: simulator)
            let id = simulator.addTask(to: .xpander, .run(of: .xpander))
            #expect(control.post("/clock", #"{"advance":"30s"}"#)["now"] == .string("2026-01-15T10:00:30.123456Z"))
            #expect(simulator.state(of: id, of: .xpander) == "executing")
            #expect(control.post("/clock", #"{"advance":"soon"}"#).status == 400)
        }
    }

    @Test func `the clock is not advanced beyond the year 9999`() async throws {
        try await withSimulator { simulator in
            let control = client(of: simulator)
            for _ in 1...3 {
                let refused = control.post("/clock", #"{"advance":"1000000000h"}"#)
                #expect(refused.status == 400)
                #expect(refused.text.contains("9999"))
            }
            #expect(control.post("/clock", #"{"advance":"60000000h"}"#).status == 200)
            #expect(control.post("/clock", #"{"advance":"60000000h"}"#).status == 400)
            #expect(control.post("/clock", #"{"advance":"1s"}"#).status == 200)
            #expect(control.get("/tasks").status == 200)
        }
    }

    @Test func `faults are set and taken back`() async throws {
        try await withSimulator { simulator in
            let control = client(of: simulator)
            let body = """
                {"provider":"qmail","operation":"status","times":1,
                 "fault":{"kind":"answer","status":503,"headers":{"Retry-After":"5"},"body":"{}"}}
                """
            #expect(control.post("/faults", body).status == 201)
            let faulty = simulator.client(of: .qmail).get("/api/task/status/x")
            #expect(faulty.status == 503)
            #expect(faulty.header("Retry-After") == "5")
            #expect(simulator.client(of: .qmail).get("/api/task/status/x").status == 404)
            #expect(control.post("/faults", #"{"provider":"qmail","fault":{"kind":"html"}}"#).status == 201)
            #expect(control.send("DELETE", "/faults?provider=qmail").status == 200)
            #expect(simulator.client(of: .qmail).get("/api/task/status/x").status == 404)
        }
    }

    @Test func `requests are counted and listed without a header`() async throws {
        try await withSimulator { simulator in
            _ = simulator.client(of: .xpander, key: "very-secret").get("/v1/tasks/x")
            let listed = client(of: simulator).get("/requests?provider=xpander")
            #expect(
                listed.text
                    == #"{"xpander":{"total":1,"status":1,"cancel":0,"delete":0,"last":["GET \/v1\/tasks\/x"]}}"#
                    .replacing("\\/", with: "/")
            )
            #expect(client(of: simulator).get("/requests?provider=nobody").status == 400)
        }
    }

    @Test(arguments: [
        ("POST", "/tasks", "{"), ("POST", "/tasks", #"{"provider":"nobody","state":"x"}"#),
        ("POST", "/tasks", #"{"provider":"qmail"}"#), ("POST", "/faults", #"{"provider":"qmail"}"#),
        ("POST", "/faults", #"{"provider":"qmail","fault":{"kind":"unheard-of"}}"#),
        ("POST", "/faults", #"{"provider":"qmail","operation":"dance","fault":{"kind":"html"}}"#),
        ("POST", "/faults", #"{"provider":"qmail","fault":{"kind":"answer","status":99}}"#),
    ])
    func `what makes no sense is refused`(method: String, target: String, body: String) async throws {
        try await withSimulator { simulator in
            #expect(client(of: simulator).send(method, target, body).status == 400)
        }
    }

    @Test func `every kind of fault can be asked for`() {
        for kind in SimulatedFault.kinds {
            let json = SimulatorJSON(
                #"{"kind":"\#(kind)","status":500,"duration":"10ms","to":"http://127.0.0.1/","text":"x"}"#.utf8
            )
            #expect(json.flatMap(SimulatedFault.init(json:)) != nil, "\(kind)")
        }
    }

    @Test func `other paths and methods are refused as such`() async throws {
        try await withSimulator { simulator in
            #expect(client(of: simulator).get("/elsewhere").status == 404)
            #expect(client(of: simulator).send("PUT", "/tasks").status == 405)
        }
    }
}

struct SimulatorJSONTests {
    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "nul", "\"\\x\"", "\"\\ud800\"", "\"\n\"", "1 2", "{\"a\" 1}", "{1:2}",
        "\"\\u+123\"",
    ])
    func `what is not JSON is not read`(text: String) {
        #expect(SimulatorJSON(text.utf8) == nil)
    }

    @Test func `deep nesting is refused`() {
        #expect(SimulatorJSON([UInt8](repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    }

    @Test func `escapes are read and written`() {
        #expect(SimulatorJSON(#""\u0041\ud83d\ude00\n\/""#.utf8) == .string("A😀\n/"))
        let written = SimulatorJSONWriter.object { $0.string("a", "\u{1}\\\"é") }
        #expect(SimulatorJSON(written.readableBytesView)?["a"] == .string("\u{1}\\\"é"))
    }
}

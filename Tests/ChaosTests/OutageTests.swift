import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Testing

extension Chaos {
    @Suite(.serialized) struct `An outage` {
        /// The proxy in front of a provider that closes each connection without a word, for as long as the outage lasts.
        private func withOutage(
            _ setup: StageSetup,
            _ body: @escaping @Sendable (Stage, ScriptedServer, Outage) async throws -> Void
        ) async throws {
            let outage = Outage()
            let server = try await ScriptedServer.start(opening: { outage.opening }, { _ in outage.answer })
            var setup = setup
            setup.addresses[.blackboxCloud] = server.origin
            do {
                try await Stage.run(setup) { stage in
                    try await body(stage, server, outage)
                }
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }

        @Test func `with a thousand pollers costs the provider a call now and then`() async throws {
            let length: Duration = Scale.isWhole ? .seconds(120) : .seconds(4)
            let pause = Scale.isWhole ? 5.0 : 0.5
            var setup = StageSetup()
            setup.providers = """
                , "limits": {"calls": 32, "breaker": {"window": "1s", "calls": 20, "pause": "\(Int(pause * 1000))ms"}}
                """
            try await withOutage(setup) { stage, server, outage in
                let tasks = (0..<1000).map { _ in stage.add(.blackboxCloud) }
                let before = try await forEach(1000, atOnce: 200) {
                    try await stage.client.task("blackbox-cloud", tasks[$0])
                }
                for answer in before { try #require(answer.status == 200, "\(answer.everything)") }
                let connections = server.connectionCount
                outage.begin(.closes)
                await server.closeConnections()
                let end = ContinuousClock.now + length
                async let opening = {
                    try await eventually("the circuit opens, and what was under way has ended") {
                        let report = try await stage.client.get("/providers/blackbox-cloud")
                        return report["circuit"] == "open" && report["calls_under_way"] == 0
                    }
                    return server.connectionCount - connections
                }()
                let polls = try await forEach(1000) { number in
                    var polls = 0
                    while ContinuousClock.now < end {
                        let answer = try await stage.client.task("blackbox-cloud", tasks[number])
                        polls += 1
                        #expect(answer.status == 503 && answer.code == "provider_unavailable", "\(answer.everything)")
                        #expect(answer["last_known"]["status"] == "running", "\(answer.everything)")
                        #expect((1...30).contains(Int(answer.header("Retry-After") ?? "") ?? 0), "\(answer.everything)")
                        try await Task.sleep(for: .milliseconds(500))
                    }
                    return polls
                }
                let calls = server.connectionCount - connections
                let later = calls - (try await opening)
                // One trial for each pause. The circuit opens when half of the calls in its window failed, and a thousand
                // had just worked.
                let bound = Int(length.milliseconds / 1000 / pause) + 1
                print(
                    "\(polls.reduce(0, +)) polls in \(length) of outage: \(calls - later) calls to the provider in its "
                        + "beginning, then \(later), at most \(bound)"
                )
                #expect(later <= bound)
                #expect(calls - later <= tasks.count)
                outage.end()
                try await eventually("it is called again") {
                    try await stage.client.task("blackbox-cloud", tasks[0]).status == 200
                }
                let after = try await forEach(1000, atOnce: 200) {
                    try await stage.client.task("blackbox-cloud", tasks[$0])
                }
                for answer in after { #expect(answer.status == 200, "\(answer.everything)") }
                // Those whose end the server has not seen yet count there, too.
                #expect(server.mostOpenConnections <= 32 + 8)
            }
        }

        @Test func `of one provider is not felt at another, and ends without a stampede`() async throws {
            let callers = Scale.isWhole ? 5000 : 1000
            let rounds = Scale.isWhole ? 5 : 2
            var setup = StageSetup()
            setup.providers = """
                , "timeouts": {"connect": "60s", "total": "120s", "stalled": "120s"},
                  "limits": {"calls": 64, "waiting_time": "120s", "breaker": {"calls": 1000000}}
                """
            try await withOutage(setup) { stage, server, outage in
                let other = stage.add(.xpander)
                var before: [Duration] = []
                var during: [Duration] = []
                var after: [Duration] = []
                var memory = (before: 0, during: 0)
                for round in 0..<rounds {
                    before += try await latencies(of: other, stage)
                    memory.before = max(memory.before, stage.program.process.residentBytes)
                    outage.begin(.holds)
                    let tasks = (0..<callers).map { _ in stage.add(.blackboxCloud) }
                    async let answers = forEach(callers) { try await stage.client.task("blackbox-cloud", tasks[$0]) }
                    try await eventually("all of them wait") {
                        try await stage.calls(to: .blackboxCloud) == callers
                    }
                    during += try await latencies(of: other, stage)
                    memory.during = max(memory.during, stage.program.process.residentBytes)
                    let started = ContinuousClock.now
                    outage.end()
                    let all = try await answers
                    print(
                        "round \(round): \(callers) callers were answered \(ContinuousClock.now - started) after its end"
                    )
                    for answer in all { #expect(answer.status == 200, "\(answer.everything)") }
                    after += try await latencies(of: other, stage)
                }
                #expect(server.mostOpenConnections <= 64, "never more at once than the door lets through")
                let (p, q, r) = (before.percentile(0.99), during.percentile(0.99), after.percentile(0.99))
                let noise = max(r / p, p / r)
                print(
                    "the other provider's p99: \(p) before, \(q) during, \(r) after; during/before \(q / p), after/before "
                        + "\(r / p); p50 \(before.percentile(0.5)), \(during.percentile(0.5)), \(after.percentile(0.5)); "
                        + "memory \(memory.before >> 20) MiB before, \(memory.during >> 20) MiB with \(callers) waiting"
                )
                // On a shared machine one sample in a hundred is the machine's; a wait behind the dead provider is seconds.
                #expect(q < .milliseconds(100) || q / p < 3 * noise)
                #expect(during.percentile(0.5) < before.percentile(0.5) * 3)
                #expect(memory.during < 200 << 20)
            }
        }

        /// How long each of some calls to another provider takes, one after another on one connection.
        private func latencies(of task: String, _ stage: Stage) async throws -> [Duration] {
            let connection = try await stage.client.connect()
            var times: [Duration] = []
            for _ in 0..<(Scale.isWhole ? 1000 : 300) {
                let started = ContinuousClock.now
                let answer = try await connection.exchange(
                    "GET /tasks/xpander:\(task) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                )
                times.append(ContinuousClock.now - started)
                #expect(answer.status == 200)
            }
            await connection.close()
            return times
        }
    }
}

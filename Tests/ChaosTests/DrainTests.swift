import GatewayTesting
import Glibc
import ProgramTesting
import ProviderSimulator
import Synchronization
import Testing

/// How the requests of an application ended.
private struct Ends: Sendable {
    var answered = 0
    var refused = 0
    /// Written on a connection that had answered before and had not said that it would close.
    var lost: [(written: ContinuousClock.Instant, what: String)] = []
    /// Written on a connection of which nothing was heard: it stood in the system's queue when the gateway stopped.
    var unaccepted = 0
    /// Answers with 200 while `/readyz` said 503.
    var servedWhileDraining = 0
}

extension Chaos {
    @Suite(.serialized) struct `An end under load` {
        @Test(arguments: [0, 1])
        func `loses no request`(_ grace: Int) async throws {
            var setup = StageSetup()
            setup.gateway = #""drain": "5s", "server": {"drain_grace": "\#(grace)s"},"#
            try await Stage.run(setup) { stage in
                let task = stage.add(.blackboxCloud)
                let slow = stage.add(.blackboxCloud)
                stage.simulator.inject(.delay(.milliseconds(1500)), into: .blackboxCloud, ofTask: slow)
                let isOver = Atomic<Bool>(false)
                let isUnready = Atomic<Bool>(false)
                async let load = forEach(64) { number in
                    try await use(stage.client, number.isMultiple(of: 8) ? slow : task, isOver, isUnready)
                }
                try await Task.sleep(for: .milliseconds(700))
                stage.program.process.send(SIGTERM)
                let told = ContinuousClock.now
                while stage.program.process.ended == nil {
                    if let answer = try? await stage.client.get("/readyz"), answer.status == 503 {
                        isUnready.store(true, ordering: .relaxed)
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                let time = ContinuousClock.now - told
                isOver.store(true, ordering: .relaxed)
                let ends = try await load
                let answered = ends.reduce(0) { $0 + $1.answered }
                let unaccepted = ends.reduce(0) { $0 + $1.unaccepted }
                let during = ends.reduce(0) { $0 + $1.servedWhileDraining }
                print(
                    "drain with a grace of \(grace) s: \(answered) answered, \(during) of them while not ready, "
                        + "\(unaccepted) never accepted, ended after \(time)"
                )
                // A connection at rest stays 100 ms longer than the grace. Whoever is later than that came too late; on a
                // busy machine the gateway may see it late, too.
                let end = told + .seconds(grace) + .milliseconds(50)
                #expect(ends.flatMap(\.lost).filter { $0.written < end }.map(\.what) == [])
                #expect(answered > 0)
                #expect(ends.reduce(0) { $0 + $1.refused } == 0, "everything ends in time")
                #expect(stage.program.process.ended == .code(0), "\(stage.program.process.text)")
                #expect(time < .seconds(8))
                if grace > 0 { #expect(during > 0, "readiness goes first") }
            }
        }

        @Test func `tells all that are left when its time is over`() async throws {
            var setup = StageSetup()
            setup.gateway = #""drain": "500ms","#
            try await Stage.run(setup) { stage in
                let tasks = (0..<500).map { _ in stage.add(.blackboxCloud) }
                stage.simulator.inject(.silence, into: .blackboxCloud)
                async let waiting = forEach(500) { try await stage.client.task("blackbox-cloud", tasks[$0]) }
                try await eventually("all of them wait") { try await stage.calls(to: .blackboxCloud) == 500 }
                let told = ContinuousClock.now
                stage.program.process.send(SIGTERM)
                for answer in try await waiting {
                    #expect(answer.code == "shutting_down" && answer.status == 503, "\(answer.everything)")
                    #expect(answer.header("Retry-After") != nil)
                }
                #expect(try await stage.program.process.waitForEnd() == .code(0))
                print("500 callers were told after \(ContinuousClock.now - told)")
                #expect(ContinuousClock.now - told < .seconds(4))
            }
        }

        /// Asks as a pool of connections would: on one as long as it is kept, else on another, until the gateway is gone.
        private func use(
            _ client: GatewayClient,
            _ task: String,
            _ isOver: borrowing Atomic<Bool>,
            _ isUnready: borrowing Atomic<Bool>
        ) async throws -> Ends {
            var ends = Ends()
            while !isOver.load(ordering: .relaxed) {
                guard let connection = try? await client.connect() else {
                    try await Task.sleep(for: .milliseconds(5))
                    continue
                }
                var answers = 0
                while true {
                    var written = ContinuousClock.now
                    let wasUnready = isUnready.load(ordering: .relaxed)
                    do {
                        let request = "GET /tasks/blackbox-cloud:\(task) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        try await connection.send(request)
                        // On a busy machine that took a while.
                        written = .now
                        let answer = Answer(try await connection.answer())
                        answers += 1
                        if answer.status == 200 { ends.answered += 1 } else { ends.refused += 1 }
                        if answer.status == 200, wasUnready { ends.servedWhileDraining += 1 }
                        if answer.header("Connection")?.lowercased() == "close" { break }
                    } catch {
                        if answers > 0 {
                            ends.lost.append((written, "after \(answers) answers: \(error)"))
                        } else {
                            ends.unaccepted += 1
                        }
                        break
                    }
                }
                await connection.close()
            }
            return ends
        }
    }
}

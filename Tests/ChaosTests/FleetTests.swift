import GatewayTesting
import PostgresTesting
import ProgramTesting
import ProviderSimulator
import Synchronization
import Testing

extension Chaos {
    /// Several gateways on one database, while everything but the providers and the receiver dies now and then.
    @Suite(.enabled(if: !PostgresServer.isSkipped), .serialized) struct `A fleet of gateways` {
        /// How much of it runs.
        private struct Size {
            var tasks: Int
            /// Within which the tasks are begun and watched.
            var beginning: Double
            /// How long they live, in seconds.
            var lives: ClosedRange<Double>
            var interval: Duration
            /// Between two kills.
            var pause: Duration
            var restartsOfDatabase: Int

            static let whole = Size(
                tasks: 2000,
                beginning: 60,
                lives: 15...85,
                interval: .seconds(6),
                pause: .seconds(6),
                restartsOfDatabase: 2
            )
            static let part = Size(
                tasks: 60,
                beginning: 2,
                lives: 1...5,
                interval: .seconds(1),
                pause: .milliseconds(700),
                restartsOfDatabase: 1
            )
        }

        /// A task, from its beginning to an end that is known before.
        private struct Life: Sendable {
            let id: String
            let provider: SimulatedProvider
            let end: String
            let watched: ContinuousClock.Instant
            let ends: ContinuousClock.Instant
        }

        @Test(.timeLimit(.minutes(10)))
        func `tells every end, once or more, under one id and in order, whatever is killed`() async throws {
            let size = Scale.isWhole ? Size.whole : .part
            let seed = UInt64.random(in: .min ... .max)
            print("a fleet: seed \(seed)")
            let receiver = try await HookReceiver { Scale.isWhole && $0.isMultiple(of: 50) }
            try await withFleet(interval: size.interval) { fleet in
                let isOver = Atomic(false)
                let started = ContinuousClock.now
                async let kills = killInTurn(fleet, size, until: isOver)
                let lives = try await begin(size, seed, fleet, receiver)
                let last = lives.map(\.ends).max() ?? started
                try await Task.sleep(until: last)
                isOver.store(true, ordering: .relaxed)
                let times = try await kills
                let missing = Set(lives.map(\.id))
                do {
                    try await eventually("all ends are told", within: .seconds(120)) {
                        missing.isSubset(of: receiver.ended)
                    }
                    try await eventually("nothing is on its way any more", within: .seconds(120)) {
                        try await fleet.database.run("SELECT count(*) FROM taskgate.deliveries WHERE state = 'pending'")
                            == "0"
                    }
                } catch {
                    for id in missing.subtracting(receiver.ended) { Issue.record("the end of \(id) was not told") }
                    for log in fleet.logs { print(log) }
                }
                print("\(lives.count) tasks, \(times.count) kills in \(ContinuousClock.now - started)")
                try await judge(lives, receiver, fleet)
                judgeReads(lives, times, size, fleet)
                try await fleet.stop()
            }
            await receiver.stop()
        }

        private func withFleet(
            interval: Duration,
            _ body: (Fleet) async throws -> Void
        ) async throws {
            var settings = SimulatorSettings()
            settings.holdsDemoTasks = false
            let simulator = SimulatedProviders(settings)
            try await simulator.start()
            do {
                try await body(try await Fleet(3, interval: interval, simulator))
            } catch {
                await simulator.stop()
                throw error
            }
            await simulator.stop()
        }

        // MARK: - What happens

        /// Begins tasks, and has each watched through one of the gateways.
        private func begin(
            _ size: Size,
            _ seed: UInt64,
            _ fleet: Fleet,
            _ receiver: HookReceiver
        ) async throws -> [Life] {
            let started = ContinuousClock.now
            return try await forEach(size.tasks) { number in
                var random = SeededGenerator(seed: seed &+ UInt64(number))
                try await Task.sleep(until: started + .seconds(size.beginning * Double(number) / Double(size.tasks)))
                let provider = number.isMultiple(of: 4) ? SimulatedProvider.blackboxCloud : .xpander
                let ends = provider == .xpander ? ["completed", "failed", "error", "stopped"] : ["completed", "error"]
                let end = ends[Int(random.below(UInt64(ends.count)))]
                let length = Duration.seconds(Double.random(in: size.lives, using: &random))
                let queued = length / 8
                let begun = ContinuousClock.now
                let id = fleet.simulator.addTask(
                    to: provider,
                    .run(of: provider, queued: queued, working: length - queued, endingAs: end)
                )
                let events = number.isMultiple(of: 3) ? #", "events": ["task.done"]"# : ""
                let wish = #"{"webhook": {"url": "\#(receiver.url)"\#(events)}}"#
                let target = "/tasks/\(provider.rawValue):\(id)/watch"
                try await fleet.ask("watch \(id)") { client in
                    let answer = try await client.send("PUT", target, body: wish)
                    if [200, 201].contains(answer.status) { return () }
                    #expect(answer.code == "store_unavailable", "\(answer.everything)")
                    return nil
                }
                return Life(id: id, provider: provider, end: end, watched: .now, ends: begun + length)
            }
        }

        /// Kills one gateway after the other, and the database between them; returns when that was.
        private func killInTurn(
            _ fleet: Fleet,
            _ size: Size,
            until isOver: borrowing Atomic<Bool>
        ) async throws -> [ContinuousClock.Instant] {
            var kills: [ContinuousClock.Instant] = []
            var restarts = 0
            while !isOver.load(ordering: .relaxed) {
                try await Task.sleep(for: size.pause)
                let index = kills.count % fleet.count
                fleet.kill(index)
                kills.append(.now)
                // The second time a gateway is away, too, and starts while there is no database.
                let isDatabaseToo = kills.count.isMultiple(of: 3) && restarts < size.restartsOfDatabase
                if isDatabaseToo {
                    restarts += 1
                    if restarts.isMultiple(of: 2) {
                        try await fleet.server.stop(.immediate)
                        async let start: Void = fleet.start(index)
                        try await Task.sleep(for: .seconds(2))
                        try await fleet.server.start()
                        try await start
                        continue
                    }
                    try await fleet.server.restart(.immediate)
                }
                try await Task.sleep(for: size.pause / 3)
                try await fleet.start(index)
            }
            return kills
        }

        // MARK: - What is required

        private func judge(_ lives: [Life], _ receiver: HookReceiver, _ fleet: Fleet) async throws {
            let receipts = receiver.receipts
            let telling = Telling(receipts)
            #expect(receiver.faults == [])
            #expect(telling.faults == [])
            var lateness: [Duration] = []
            for life in lives {
                guard let end = telling.ends[life.id] else {
                    Issue.record("the end of \(life.id) was not told")
                    continue
                }
                #expect(end.body["data"]["provider_status"].string == life.end, "\(end.body)")
                #expect(end.at >= life.ends, "\(end.body)")
                lateness.append(end.at - life.ends)
            }
            #expect(Set(telling.order.keys).isSubset(of: lives.map(\.id)))
            // The store's own order of events is what each watch must have been told in.
            let kept = try await fleet.database.run("SELECT id, sequence FROM taskgate.events ORDER BY sequence")
            var places: [String: Int] = [:]
            for line in kept.split(separator: "\n") {
                let columns = line.split(separator: "|")
                places[String(columns[0])] = Int(columns[1])
            }
            for (task, ids) in telling.order {
                let told = ids.compactMap { places[$0] }
                #expect(told.count == ids.count && told == told.sorted(), "\(task): \(ids), \(told)")
            }
            print(
                "\(telling.order.values.reduce(0) { $0 + $1.count }) events were told, \(telling.duplicates) of them again; "
                    + "an end after \(lateness.percentile(0.5)), 99 % within \(lateness.percentile(0.99)), "
                    + "the last \(lateness.max() ?? .zero)"
            )
            let left = try await fleet.database.run(
                """
                SELECT (SELECT count(*) FROM taskgate.deliveries WHERE state <> 'delivered'),
                    (SELECT count(*) FROM taskgate.tasks WHERE ended_at IS NULL),
                    (SELECT count(*) FROM taskgate.watches WHERE ended_at IS NULL)
                """
            )
            #expect(left == "0|0|0", "deliveries, tasks and watches that are left")
        }

        /// How often the providers were asked: once in an interval for each task, at its watch, at its beginning, and when it
        /// is taken over.
        private func judgeReads(
            _ lives: [Life],
            _ kills: [ContinuousClock.Instant],
            _ size: Size,
            _ fleet: Fleet
        ) {
            let reads = [SimulatedProvider.blackboxCloud, .xpander].flatMap { fleet.simulator.requests(of: $0) }
                .count { $0.operation == .status }
            var (intervals, takeOvers) = (0.0, 0.0)
            for life in lives {
                intervals += max(0, (life.ends - life.watched) / size.interval)
                // Each kill is that of one gateway in three; when the database is away, all tasks may change hands.
                let deaths = kills.count { $0 >= life.watched && $0 <= life.ends }
                takeOvers += Double(deaths) / Double(fleet.count) + Double(size.restartsOfDatabase)
            }
            let allowed = intervals + 2 * Double(lives.count) + takeOvers
            print(
                "\(reads) status reads: \(Double(reads) / intervals) for each task and interval; one at its watch, one at the "
                    + "beginning and one for each change of hands allowed, \(Double(reads) / allowed)"
            )
            #expect(Double(reads) <= allowed * 1.1)
            #expect(Double(reads) >= intervals * 0.5, "the tasks were polled at all")
        }
    }
}

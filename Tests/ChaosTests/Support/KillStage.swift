import GatewayTesting
import ProgramTesting
import ProviderSimulator
import Synchronization
import TaskModel
import Testing

/// What a gateway was asked and answered before it was killed, and what must be so after that.
final class KillStage: Sendable {
    private struct Notes {
        /// Watches that were answered, and those that were not but may be there.
        var watches: Set<String> = []
        var unanswered: Set<String> = []
        /// Tasks whose leases were renewed, with when they ran out by the latest answer.
        var leases: [String: Timestamp] = [:]
        /// Tasks whose cancel was answered with 202 and `deferred`.
        var held: Set<String> = []
        /// Those of them that the provider can stop by now.
        var released: Set<String> = []
        /// Watched tasks that have ended, and those that will.
        var ended: Set<String> = []
        var running: [String] = []
        var starts: [Duration] = []
    }

    private let simulator: SimulatedProviders
    private let receiver: HookReceiver
    private let folder: TemporaryFolder
    private let definitions: Definitions
    private let config: String
    private let notes = Mutex(Notes())

    init(_ simulator: SimulatedProviders, _ receiver: HookReceiver) throws {
        self.simulator = simulator
        self.receiver = receiver
        folder = try TemporaryFolder()
        definitions = try Definitions(
            of: [.blackboxCloud, .xpander],
            interval: .milliseconds(500),
            simulator,
            in: folder
        )
        config = try folder.write(
            """
            {"listen": "127.0.0.1:0", "store": {"sqlite": "taskgate.db"}, "log": {"access": false},
             "webhooks": {"secret": {"env": "WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
             "following": {"claim": "3s", "cancel_hold": "10m"}, "providers": {\(definitions.providers)}}
            """,
            to: "config.json"
        )
    }

    /// Starts the gateway; throws where it does not open its file.
    func start() async throws -> RunningProgram {
        let started = ContinuousClock.now
        let gateway = try await RunningProgram.serve(
            config,
            providers: definitions.folder,
            environment: Key.environment.merging(["WEBHOOK_SECRET": HookReceiver.secret]) { $1 },
            in: folder
        )
        notes.withLock { $0.starts.append(.now - started) }
        return gateway
    }

    // MARK: - Work

    /// Asks for everything at once, until the gateway is killed in the middle of it.
    func work(with gateway: RunningProgram, killedAfter moment: Duration, seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                var random = SeededGenerator(seed: seed &+ UInt64(worker))
                group.addTask {
                    while gateway.process.ended == nil {
                        // What fails was cut off by the kill, and nobody knows what came of it.
                        try? await self.ask(gateway.client, &random)
                    }
                }
            }
            group.addTask {
                try await Task.sleep(for: moment)
                gateway.process.kill()
            }
            try await group.waitForAll()
        }
    }

    /// One call, or one thing that happens at the provider.
    private func ask(_ client: GatewayClient, _ random: inout SeededGenerator) async throws {
        switch random.below(10) {
        case 0...3: try await watch(client, lease: random.chance(40))
        case 4...5: try await holdCancel(client)
        case 6: try await renew(client, &random)
        case 7...8: end(&random)
        default: letStop(&random)
        }
    }

    private func watch(_ client: GatewayClient, lease: Bool) async throws {
        let task = simulator.addTask(to: .xpander, .staying(in: "executing"))
        notes.withLock { _ = $0.unanswered.insert(task) }
        let term = lease ? #", "lease": "10m""# : ""
        let wish = #"{"webhook": {"url": "\#(receiver.url)"}\#(term)}"#
        let answer = try await client.send("PUT", "/tasks/xpander:\(task)/watch", body: wish)
        #expect([200, 201].contains(answer.status), "\(answer.everything)")
        let end = answer["lease"]["ends_at"].string.flatMap { Timestamp($0) }
        notes.withLock { notes in
            notes.unanswered.remove(task)
            notes.watches.insert(task)
            notes.running.append(task)
            if lease { notes.leases[task] = end }
        }
    }

    private func holdCancel(_ client: GatewayClient) async throws {
        let task = simulator.addTask(to: .blackboxCloud, .staying(in: "pending"))
        let answer = try await client.cancel("blackbox-cloud", task)
        #expect(answer.status == 202 && answer.cancelState == "deferred", "\(answer.everything)")
        notes.withLock { _ = $0.held.insert(task) }
    }

    private func renew(_ client: GatewayClient, _ random: inout SeededGenerator) async throws {
        let tasks = notes.withLock { notes in notes.leases.keys.filter(notes.running.contains).sorted() }
        guard !tasks.isEmpty else { return }
        let task = tasks[Int(random.below(UInt64(tasks.count)))]
        let answer = try await client.send("POST", "/tasks/xpander:\(task)/watch/renew")
        // Another worker may have let it end.
        guard answer.status == 200, let end = answer["lease"]["ends_at"].string.flatMap({ Timestamp($0) }) else {
            let isRunning = notes.withLock { $0.running.contains(task) }
            #expect(!isRunning, "\(answer.everything)")
            return
        }
        notes.withLock { notes in notes.leases[task] = max(notes.leases[task] ?? end, end) }
    }

    /// Lets a watched task succeed.
    private func end(_ random: inout SeededGenerator) {
        let place = random.next()
        let task = notes.withLock { notes -> String? in
            guard !notes.running.isEmpty else { return nil }
            let task = notes.running.remove(at: Int(place % UInt64(notes.running.count)))
            notes.ended.insert(task)
            return task
        }
        if let task { simulator.complete(task, of: .xpander) }
    }

    /// Lets a task whose cancel is held come to where it can be stopped.
    private func letStop(_ random: inout SeededGenerator) {
        let place = random.next()
        let task = notes.withLock { notes -> String? in
            let waiting = notes.held.subtracting(notes.released).sorted()
            guard !waiting.isEmpty else { return nil }
            let task = waiting[Int(place % UInt64(waiting.count))]
            notes.released.insert(task)
            return task
        }
        if let task { _ = simulator.put(task, of: .blackboxCloud, into: "processing") }
    }

    // MARK: - What is required

    /// After a start: everything that was answered is there.
    func judge(_ client: GatewayClient) async throws {
        let (watches, leases) = notes.withLock { ($0.watches, $0.leases) }
        var kept: [String: JSONValue] = [:]
        var cursor: String?
        repeat {
            let page = try await client.get("/watches?limit=1000" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(page.status == 200, "\(page.everything)")
            for watch in page["watches"].elements {
                if let task = watch["task"].string?.split(separator: ":").last { kept[String(task)] = watch }
            }
            cursor = page["next"].string
        } while cursor != nil
        #expect(watches.subtracting(kept.keys) == [], "watches that were answered and are lost")
        for (task, end) in leases {
            let stored = kept[task]?["lease"]["ends_at"].string.flatMap { Timestamp($0) }
            #expect(stored.map { $0.since(end) >= .zero } == true, "\(task): renewed to \(end), kept \(stored as Any)")
        }
    }

    /// In the end: every cancel that was held is done, and every end was told under one id.
    func finish(_ client: GatewayClient) async throws {
        let (held, running) = notes.withLock { notes in
            notes.ended.formUnion(notes.running)
            return (notes.held, notes.running)
        }
        for task in held where simulator.state(of: task, of: .blackboxCloud) == "pending" {
            simulator.put(task, of: .blackboxCloud, into: "processing")
        }
        for task in running { simulator.complete(task, of: .xpander) }
        let (ended, unanswered, starts) = notes.withLock { ($0.ended, $0.unanswered, $0.starts) }
        // Whether they are watched nobody knows; where they are, their ends are told, too.
        for task in unanswered { simulator.complete(task, of: .xpander) }
        do {
            try await eventually("all that was held is stopped, and all ends are told", within: .seconds(60)) {
                held.allSatisfy { simulator.state(of: $0, of: .blackboxCloud) == "stopped" }
                    && ended.isSubset(of: receiver.ended)
            }
        } catch {
            for task in held {
                let state = simulator.state(of: task, of: .blackboxCloud)
                if state != "stopped" { Issue.record("the cancel of \(task) was lost: it is \(state ?? "gone")") }
            }
            for task in ended.subtracting(receiver.ended) { Issue.record("the end of \(task) was not told") }
        }
        try await eventually("nothing is on its way any more", within: .seconds(90)) {
            try await client.get("/deliveries?state=pending")["deliveries"].elements.isEmpty
        }
        let telling = Telling(receiver.receipts)
        #expect(telling.faults == [])
        #expect(receiver.faults == [])
        for (task, end) in telling.ends { #expect(end.body["data"]["status"] == "completed", "\(task): \(end.body)") }
        #expect(Set(telling.ends.keys).isSubset(of: ended.union(unanswered)), "ends that were never")
        print(
            "\(starts.count) starts, 50 % within \(starts.percentile(0.5)), the slowest \(starts.max() ?? .zero); "
                + "\(held.count) cancels held, \(ended.count) ends told, \(telling.duplicates) deliveries came again"
        )
    }
}

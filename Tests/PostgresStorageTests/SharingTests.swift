import PostgresStorage
import PostgresTesting
import ProgramTesting
import StorageTesting
import Synchronization
import TaskModel
import TaskStorage
import Testing

/// The sequences of events of each task, in the order in which they were sent.
private final class Sent: Sendable {
    private let state = Mutex<[TaskID: [Int64]]>([:])

    var sequences: [TaskID: [Int64]] { state.withLock { $0 } }

    func add(_ event: TaskEvent) {
        state.withLock { $0[event.task, default: []].append(event.sequence) }
    }
}

@Suite(.enabled(if: !PostgresServer.isSkipped), .serialized)
struct `Several stores on one database in PostgreSQL` {
    @Test func `give each task to one owner, also when owners die`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.withStores(3) { stores in
            let ids = (0..<200).map { TaskID.sample("\($0)") }
            for id in ids { _ = try await stores[0].put(.sample(id), isDone: false, at: .second(0)) }
            for (until, now) in [(60, 1), (120, 61)] {
                let claimed = try await withThrowingTaskGroup(of: [TaskID].self) { group in
                    for (number, store) in stores.enumerated() {
                        for _ in 0..<2 {
                            group.addTask {
                                var own: [TaskID] = []
                                for _ in 0..<40 {
                                    own += try await store.claim(
                                        for: "owner \(number) \(now)",
                                        until: .second(until),
                                        limit: 7,
                                        anew: false,
                                        at: .second(now)
                                    ).map(\.id)
                                }
                                return own
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(claimed.count == ids.count)
                #expect(Set(claimed) == Set(ids))
            }
        }
    }

    @Test func `send each delivery once, and those of a watch in order`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.withStores(2) { stores in
            let ids = (0..<6).map { TaskID.sample("\($0)") }
            for id in ids { try await stores[0].follow(.sample(id)) }
            for number in 0..<60 { try await stores[0].happen(.sample("\(number)"), to: ids[number % 6]) }
            let sent = Sent()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<6 {
                    let store = stores[sender % 2]
                    group.addTask {
                        while try await !store.deliveries(.init(state: .pending), below: nil, limit: 1).isEmpty {
                            for delivery in try await store.due("sender \(sender)", limit: 3) {
                                sent.add(delivery.event)
                                try await store.settle(delivery, .taken(), .delivered, by: "sender \(sender)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let all = sent.sequences
            #expect(all.values.reduce(0) { $0 + $1.count } == 60)
            #expect(all.values.allSatisfy { $0 == $0.sorted() && Set($0).count == 10 })
        }
    }

    @Test func `never fill a hole in the sequences that somebody has seen`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.withStores(3) { stores in
            let ids = (0..<12).map { TaskID.sample("\($0)") }
            for id in ids { try await stores[0].follow(.sample(id, url: nil)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, id) in ids.enumerated() {
                    group.addTask {
                        for number in 0..<25 { try await stores[index % 3].happen(.sample("\(id) \(number)"), to: id) }
                    }
                }
                for store in stores {
                    group.addTask {
                        var passed: Set<Int64> = []
                        var latest: Int64 = 0
                        while latest < 300 {
                            try Task.checkCancellation()
                            // From the start, so that what appears behind the latest one is found.
                            let sequences = try await store.events(of: nil, after: 0, limit: 1_000).map(\.sequence)
                            #expect(sequences.allSatisfy { $0 > latest || passed.contains($0) })
                            passed.formUnion(sequences)
                            latest = sequences.last ?? 0
                        }
                        #expect(passed == Set(1...300))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `hear of each other's changes at once, and say at the start that they do`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let (news, log) = (News(), LogRecorder())
        let listening = try await PostgresStore.test(database.connection, logger: log.logger) { news.add() }
        try await eventually("it listens") { log.text.contains("hear of each other's changes at once") }
        let other = try await PostgresStore.test(database.connection)
        // What the other says when it starts to listen may come first.
        try await Task.sleep(for: .milliseconds(300))
        let before = news.calls
        let start = ContinuousClock.now
        _ = try await other.put(.sample(), isDone: false, at: .second(0))
        #expect(try await news.came(since: before))
        #expect(ContinuousClock.now - start < .seconds(2))
        await listening.close()
        await other.close()
    }

    @Test func `tell at most twenty times a second, however much they change`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let (news, log) = (News(), LogRecorder())
        let listening = try await PostgresStore.test(database.connection, logger: log.logger) { news.add() }
        try await eventually("it listens") { log.text.contains("hear of each other's changes at once") }
        let busy = try await PostgresStore.test(database.connection)
        let start = ContinuousClock.now
        for number in 0..<300 { try await busy.stream([.sample("\(number)")], until: .second(9), at: .second(0)) }
        await busy.close()
        let time = ContinuousClock.now - start
        // Two more for what the start of the other tells, and one for the beginning.
        #expect(Double(news.calls) <= time / .milliseconds(50) + 3)
        #expect(news.calls > 0)
        await listening.close()
    }

    @Test func `work behind a pooler that lends connections by the transaction, and say that they hear nothing`()
        async throws
    {
        let server = try await PostgresServer.shared.value
        let (database, pooler) = (try await server.makeDatabase(), try await Pooler(before: server))
        let log = LogRecorder()
        let store = try await PostgresStore.test(pooler.connection(to: database), logger: log.logger)
        try await eventually("it says so") { log.text.contains("PostgreSQL passes no notifications on") }
        #expect(!log.text.contains("hear of each other's changes at once"))
        // More at once than the pooler has connections.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask { _ = try await store.put(.sample(.sample("\(number)")), isDone: false, at: .second(0)) }
            }
            try await group.waitForAll()
        }
        #expect(try await store.claim().count == 100)
        await store.close()
        withExtendedLifetime(pooler) {}
    }
}

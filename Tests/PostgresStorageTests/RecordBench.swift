import Foundation
import PostgresStorage
import PostgresTesting
import StorageTesting
import TaskModel
import TaskStorage
import Testing

/// What recording costs; it prints, and requires nothing: TASKGATE_BENCH=1.
@Suite(
    .enabled(if: !PostgresServer.isSkipped && ProcessInfo.processInfo.environment["TASKGATE_BENCH"] == "1"),
    .serialized
)
struct `Recording in PostgreSQL` {
    /// Callers at once, each of which records so many tasks with an event at a time.
    @Test(arguments: [(1, 1), (4, 1), (16, 1), (4, 50)])
    func `in so many transactions a second`(_ callers: Int, _ changes: Int) async throws {
        // As it is run in earnest, with commits that wait for the disk.
        let server = try await PostgresServer(settings: ["fsync=on", "full_page_writes=on"])
        let database = try await server.makeDatabase()
        try await database.withStores(1) { stores in
            let store = stores[0]
            for caller in 0..<callers {
                for task in 0..<changes {
                    _ = try await store.put(.sample(.sample("\(caller) \(task)")), isDone: false, at: .second(0))
                }
            }
            try await store.claim()
            let rounds = 800 / callers
            let time = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<callers {
                        group.addTask {
                            for round in 0..<rounds {
                                let all = (0..<changes).map { task in
                                    TaskChange(
                                        task: .sample("\(caller) \(task)"),
                                        seen: .sample(),
                                        events: [.sample("\(caller) \(task) \(round)")]
                                    )
                                }
                                _ = try await store.record(all, by: "a", at: .second(1))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let rate = Double(rounds * callers) / (time / .seconds(1))
            print(
                "\(callers) callers, \(changes) tasks each: \(Int(rate)) transactions/s, \(Int(rate) * changes) events/s"
            )
        }
    }

    @Test func `claiming deliveries while a receiver is away`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.withStores(1) { stores in
            let store = stores[0]
            try await database.run(
                """
                INSERT INTO taskgate.events SELECT n, n::text, 'cloud:' || n % 10000, 0, 'task.updated', NULL, '{}'
                    FROM generate_series(1, 50000) AS n;
                INSERT INTO taskgate.deliveries (event, client, task, url, origin, created_at, next_attempt_at, is_first)
                    SELECT sequence, '', task, 'https://a.example/', 'https://a.example', 0,
                        CASE WHEN sequence <= 10000 THEN 9000000000000000 ELSE 0 END, sequence <= 10000
                    FROM taskgate.events ORDER BY sequence;
                ANALYZE
                """
            )
            let time = try await ContinuousClock().measure {
                for _ in 0..<5 { _ = try await store.due(limit: 100) }
            }
            print("a claim with 50,000 pending deliveries of 10,000 watches, none due: \(time / 5)")
        }
    }

    @Test func `renewing what a gateway follows`() async throws {
        let server = try await PostgresServer(settings: ["fsync=on", "full_page_writes=on"])
        let database = try await server.makeDatabase()
        try await database.withStores(1) { stores in
            let store = stores[0]
            try await database.run(
                "INSERT INTO taskgate.tasks (id, is_watched) SELECT 'cloud:' || n, true FROM generate_series(1, 10000) AS n"
            )
            while try await !store.claim().isEmpty {}
            let before = try await database.run("SELECT pg_current_wal_lsn() - '0/0'")
            let time = try await ContinuousClock().measure {
                for second in 1...10 {
                    _ = try await store.renew(for: "a", until: .second(20_000), at: .second(second))
                }
            }
            let written = try await database.run("SELECT pg_current_wal_lsn() - '0/0' - \(before)")
            print("a renewal of 10,000 tasks: \(time / 10), \((Int(written) ?? 0) / 10) bytes of log")
        }
    }
}

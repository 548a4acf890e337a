import Foundation
import GRDB
import StorageTesting
import Synchronization
import TaskModel
import TaskStorage
import Testing

@testable import SQLiteStorage

@Suite struct `The store in SQLite` {
    @Test(arguments: StoreSentence.all + StoreSentence.shuffles)
    func `does what every store does`(_ sentence: StoreSentence) async throws {
        try await withFolder { folder in
            try await sentence.holds { try SQLiteStore(path: folder + "/store.db", changed: $0) }
        }
    }

    @Test(arguments: 100..<103 as Range<UInt64>)
    func `holds nothing that is not in its file: closed and opened again it goes on`(_ seed: UInt64) async throws {
        try await withFolder { folder in
            let open = { try SQLiteStore(path: folder + "/store.db") {} }
            var run = RandomStoreRun(seed: seed)
            let difference = try await run.difference(
                between: MemoryStore {},
                and: try open(),
                questions: 100,
                next: { before in
                    await before.close()
                    return try open()
                }
            )
            if let difference { Issue.record("\(difference)") }
        }
    }

    @Test func `waits for the disk before it says that something is kept`() async throws {
        try await withStore { store in
            let (synchronous, journal) = try await store.write { database in
                (
                    try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                    try String.fetchOne(database, sql: "PRAGMA journal_mode")
                )
            }
            #expect(synchronous == 2)
            #expect(journal == "wal")
        }
    }

    @Test(arguments: 0..<5)
    func `has everything that returned when its gateway ends without warning`(_ round: Int) async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/store.db") {}
            let returned = Returned()
            let promised = try await withThrowingTaskGroup(of: Set<TaskID>.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<20 {
                            let id = TaskID.sample("\(writer) \(number)")
                            _ = try await store.put(.sample(id), isDone: false, at: .second(0))
                            returned.add(id)
                        }
                        return []
                    }
                }
                group.addTask {
                    while returned.tasks.count < 10 * (round + 1) { await Task.yield() }
                    let promised = returned.tasks
                    // The log is only appended to: so little is never moved to the file meanwhile.
                    for suffix in ["", "-wal"] {
                        try FileManager.default.copyItem(
                            atPath: folder + "/store.db\(suffix)",
                            toPath: folder + "/copy.db\(suffix)"
                        )
                    }
                    return promised
                }
                return try await group.reduce(into: Set<TaskID>()) { $0.formUnion($1) }
            }
            await store.close()
            let copy = try SQLiteStore(path: folder + "/copy.db") {}
            let kept = try await copy.watches(of: nil, after: nil, limit: 1000).map(\.task)
            await copy.close()
            #expect(promised.count >= 10)
            #expect(promised.subtracting(kept).isEmpty)
        }
    }

    @Test func `keeps what of many writes at one time succeeds, and nothing of what fails`() async throws {
        try await withStore { store in
            let results = await withTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<60 {
                    group.addTask {
                        do {
                            try await store.write { database in
                                try database.insertTask(.sample("\(number)"))
                                if number % 3 == 1 { throw StoreProblem(.failed, "on purpose") }
                                // Some errors of SQLite's take the whole transaction back, as this does.
                                if number % 20 == 5 { try database.execute(sql: "ROLLBACK") }
                            }
                            return (number, true)
                        } catch {
                            return (number, false)
                        }
                    }
                }
                return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            let kept = try await store.tasks(TaskFilter(), after: nil, limit: 100).compactMap { Int($0.id.native) }
            #expect(Set(kept) == Set(results.filter(\.value).keys))
            #expect(results.allSatisfy { !$0.value || ($0.key % 3 != 1 && $0.key % 20 != 5) })
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
        }
    }

    @Test func `keeps nothing of a write that does not fit on the disk, and goes on when there is room`() async throws {
        try await withStore { store in
            try await store.write { try $0.execute(sql: "PRAGMA max_page_count = 60") }
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            _ = try await store.claim(for: "a", until: .second(60), limit: 9, anew: false, at: .second(0))
            var seen = SeenTask.sample()
            seen.document = Array(repeating: UInt8(ascii: "x"), count: 1 << 20)
            let change = TaskChange(task: .sample(), seen: seen, events: [.sample("1")], ending: .done)
            let before = try await store.task(.sample())
            let problem = await #expect(throws: StoreProblem.self) {
                try await store.record([change], by: "a", at: .second(1))
            }
            #expect(problem?.kind == .unavailable)
            #expect(problem?.detail.contains("The disk is full, and nothing was kept: make room.") == true)
            #expect(try await store.task(.sample()) == before)
            #expect(try await store.events(of: nil, after: 0, limit: 9).isEmpty)
            _ = try await store.hold(.sample(), on: .sample(), at: .second(2))
            try await store.write { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
            #expect(try await store.record([change], by: "a", at: .second(3)).isEmpty)
        }
    }

    @Test func `waits for another program's lock, then says so, and goes on after it`() async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let store = try SQLiteStore(path: path, patience: .milliseconds(50)) {}
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let problem = await #expect(throws: StoreProblem.self) {
                try await store.put(.sample(), isDone: false, at: .second(0))
            }
            #expect(problem?.kind == .unavailable)
            #expect(problem?.detail.contains("Another program keeps the file locked") == true)
            #expect(try await store.watch(of: nil, on: .sample()) == nil)
            try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            try other.close()
            await store.close()
        }
    }

    @Test func `says what it cannot read, and reads the rest`() async throws {
        try await withStore { store in
            for native in ["good", "bad"] {
                _ = try await store.put(.sample(.sample(native)), isDone: false, at: .second(0))
            }
            try await store.write { database in
                try database.execute(sql: "UPDATE watches SET events = 'task.eaten' WHERE task = 'cloud:bad'")
            }
            let problem = await #expect(throws: StoreProblem.self) { try await store.task(.sample("bad")) }
            #expect(problem?.kind == .failed)
            #expect(problem?.detail.contains("task.eaten") == true)
            #expect(try await store.task(.sample("good"))?.watches.count == 1)
            // What a column does not allow does not come into it.
            await #expect(throws: StoreProblem.self) {
                try await store.write { try $0.execute(sql: "UPDATE tasks SET seen_at = 'yesterday'") }
            }
            await #expect(throws: StoreProblem.self) {
                try await store.write { try $0.execute(sql: "UPDATE watches SET lease_term = 5") }
            }
        }
    }

    @Test func `refuses what is asked after its end`() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore(path: folder + "/store.db") {}
            await store.close()
            await #expect(throws: StoreProblem.self) { try await store.task(.sample()) }
            await #expect(throws: StoreProblem.self) { try await store.put(.sample(), isDone: false, at: .second(0)) }
            await store.close()
        }
    }
}

/// The tasks whose watches a store said to have kept.
private final class Returned: Sendable {
    private let state = Mutex<Set<TaskID>>([])

    var tasks: Set<TaskID> { state.withLock { $0 } }

    func add(_ task: TaskID) {
        state.withLock { _ = $0.insert(task) }
    }
}

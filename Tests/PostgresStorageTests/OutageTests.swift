import PostgresStorage
import PostgresTesting
import ProgramTesting
import StorageTesting
import TaskModel
import TaskStorage
import Testing

/// Each with a server of its own, which it stops.
@Suite(.enabled(if: !PostgresServer.isSkipped), .serialized)
struct `A store whose PostgreSQL server` {
    /// A call that writes.
    private func put(_ name: String, in store: PostgresStore) async throws {
        _ = try await store.put(.sample(.sample(name)), isDone: false, at: .second(0))
    }

    @Test func `stops says so within seconds, and works again when it is back`() async throws {
        let server = try await PostgresServer()
        let log = LogRecorder()
        let store = try await PostgresStore.test(server.makeDatabase().connection, logger: log.logger)
        try await put("before", in: store)
        try await server.stop()
        let start = ContinuousClock.now
        let refusal = await problem { try await put("meanwhile", in: store) }
        #expect(refusal?.kind == .unavailable)
        #expect(ContinuousClock.now - start < .seconds(6))
        #expect(log.text.contains("it is tried again and again"))
        try await server.start()
        try await eventually("it works again") { await problem { try await put("after", in: store) } == nil }
        #expect(log.text.contains("PostgreSQL is there again"))
        #expect(try await store.task(.sample("before")) != nil)
        await store.close()
    }

    @Test(arguments: [PostgresServer.Stop.fast, .immediate])
    func `is restarted in the middle loses nothing that returned`(_ how: PostgresServer.Stop) async throws {
        let server = try await PostgresServer()
        let store = try await PostgresStore.test(server.makeDatabase().connection)
        let kept = try await withThrowingTaskGroup(of: [TaskID].self) { group in
            for writer in 0..<6 {
                group.addTask {
                    var kept: [TaskID] = []
                    for number in 0..<200 {
                        let id = TaskID.sample("\(writer) \(number)")
                        let refusal = await problem {
                            _ = try await store.put(.sample(id), isDone: false, at: .second(0))
                        }
                        if refusal == nil { kept.append(id) }
                        #expect(refusal == nil || refusal?.kind == .unavailable)
                    }
                    return kept
                }
            }
            try await server.restart(how)
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(kept.count > 600)
        let found = try await store.tasks(TaskFilter(), after: nil, limit: 10_000).map(\.id)
        #expect(Set(kept).isSubset(of: Set(found)))
        await store.close()
    }

    @Test func `does not answer any more says so within seconds, and works again when it does`() async throws {
        let server = try await PostgresServer()
        let store = try await PostgresStore.test(
            server.makeDatabase().connection,
            .init(connections: 2, time: .seconds(1))
        )
        try await put("before", in: store)
        let start = ContinuousClock.now
        try await server.whileFrozen {
            await withTaskGroup(of: StoreProblem?.self) { group in
                for number in 0..<20 {
                    group.addTask { await problem { try await self.put("\(number)", in: store) } }
                }
                for await refusal in group { #expect(refusal?.kind == .unavailable) }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(4))
        try await eventually("it works again") { await problem { try await put("after", in: store) } == nil }
        await store.close()
    }

    @Test func `does not answer refuses what is more than may wait, at once`() async throws {
        let server = try await PostgresServer()
        let limits = PostgresStore.Limits(connections: 1, waiting: 3, time: .seconds(2))
        let store = try await PostgresStore.test(server.makeDatabase().connection, limits)
        try await put("before", in: store)
        try await server.whileFrozen {
            let problems = await withTaskGroup(of: StoreProblem?.self) { group in
                for number in 0..<10 { group.addTask { await problem { try await self.put("\(number)", in: store) } } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = problems.count { $0?.detail.contains("3 calls wait for the database already") == true }
            // The first of them may be under way, or still wait as well.
            #expect((6...7).contains(refused))
            #expect(problems.allSatisfy { $0?.kind == .unavailable })
        }
        await store.close()
    }

    @Test func `ends its connections goes on with others, and looks for what it did not hear`() async throws {
        let server = try await PostgresServer()
        let database = try await server.makeDatabase()
        let (news, log) = (News(), LogRecorder())
        let store = try await PostgresStore.test(database.connection, logger: log.logger) { news.add() }
        try await eventually("it listens") { log.text.contains("hear of each other's changes at once") }
        for round in 0..<5 {
            let before = news.calls
            try await server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'"
            )
            #expect(try await news.came(since: before))
            try await put("\(round)", in: store)
        }
        await store.close()
    }

    @Test func `is closed fails what comes later, and has no connection left`() async throws {
        let server = try await PostgresServer()
        let database = try await server.makeDatabase()
        let store = try await PostgresStore.test(database.connection)
        try await put("before", in: store)
        await store.close()
        let refusal = await problem { try await put("after", in: store) }
        #expect(refusal == StoreProblem(.unavailable, "PostgreSQL: the store is closed"))
        try await eventually("no connection is left") {
            try await server.run("SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)'") == "0"
        }
    }
}

import PostgresStorage
import PostgresTesting
import StorageTesting
import TaskStorage
import Testing

@Suite(.enabled(if: !PostgresServer.isSkipped), .serialized)
struct `A store in PostgreSQL` {
    @Test(arguments: StoreSentence.all + StoreSentence.shuffles)
    func `does what every store does`(_ sentence: StoreSentence) async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await sentence.holds { changed in try await PostgresStore.test(database.connection, changed: changed) }
    }

    @Test func `keeps what returned, and finds it after a start`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let watch = Watch.sample(lease: .seconds(5))
        let before = try await database.withStores(1) { stores in
            _ = try await stores[0].put(watch, isDone: false, at: .second(0))
            try await stores[0].claim()
            try await stores[0].happen(.sample("1"))
            return (try await stores[0].task(watch.task), try await stores[0].allEvents())
        }
        try await database.withStores(1) { stores in
            let after = (try await stores[0].task(watch.task), try await stores[0].allEvents())
            #expect(after.0 == before.0)
            #expect(after.1 == before.1)
        }
    }

    @Test func `is reached by a URL, too`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let store = try await PostgresStore.test(database.url)
        #expect(try await store.eventRange() == EventRange(forgotten: 0, latest: 0))
        await store.close()
    }
}

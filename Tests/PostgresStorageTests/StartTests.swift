import PostgresTesting
import Synchronization
import TaskModel
import TaskStorage
import Testing

@testable import PostgresStorage

@Suite(.enabled(if: !PostgresServer.isSkipped), .serialized)
struct `A store in PostgreSQL does not start` {
    private func refusal(_ connection: String) async -> StoreProblem? {
        await problem { await (try PostgresStore.test(connection)).close() }
    }

    @Test func `with tables of a later version, and leaves them as they are`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.withStores(1) { _ in }
        try await database.run("UPDATE taskgate.schema_version SET version = 1000")
        let problem = await refusal(database.connection)
        #expect(problem?.kind == .foreign)
        #expect(problem?.detail.contains("of version 1000, written by a later Taskgate") == true)
        #expect(try await database.run("SELECT version FROM taskgate.schema_version") == "1000")
    }

    @Test func `where the schema holds somebody else's tables`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.run("CREATE SCHEMA taskgate CREATE TABLE recipes (name text)")
        let problem = await refusal(database.connection)
        #expect(problem?.kind == .foreign)
        #expect(problem?.detail.contains("holds tables that are not Taskgate's") == true)
    }

    @Test func `where the user may not make the schema, and says what to do`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let connection = database.connection(password: PostgresServer.password)
        let problem = await refusal(connection)
        #expect(problem?.kind == .failed)
        #expect(problem?.detail.contains("CREATE SCHEMA taskgate AUTHORIZATION") == true)
        // What it says is enough.
        try await database.run("CREATE SCHEMA taskgate AUTHORIZATION \"with-password\"")
        #expect(await refusal(connection) == nil)
    }

    @Test func `in a database of another encoding`() async throws {
        let server = try await PostgresServer.shared.value
        let database = try await server.makeDatabase("ENCODING 'LATIN1' TEMPLATE template0")
        let problem = await refusal(database.connection)
        #expect(problem?.detail.contains("the encoding of the database is LATIN1") == true)
    }

    @Test func `with a wrong password, and does not show it`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        let problem = await refusal(database.connection(password: "very-wrong-word"))
        #expect(problem?.kind == .unavailable)
        #expect(problem?.detail.contains("password authentication failed") == true)
        #expect(problem?.detail.contains("very-wrong-word") == false)
    }

    @Test(arguments: [
        "host=127.0.0.1 port=1 user=x password=very-secret-word dbname=x",
        "postgresql://x:very-secret-word@127.0.0.1:1/x", "host=/nowhere user=x password=very-secret-word",
    ])
    func `without a server, and says where it looked`(_ connection: String) async {
        let problem = await refusal(connection)
        #expect(problem?.kind == .unavailable)
        #expect(problem?.detail.contains(connection.contains("nowhere") ? "/nowhere" : "127.0.0.1") == true)
        #expect(problem?.detail.contains("very-secret-word") == false)
    }

    @Test(arguments: [
        "very-secret-word", "host=x password='very-secret-word", "postgresql://x:%zzvery-secret-word@x/y",
        "host=x passwort=very-secret-word",
    ])
    func `with a connection that cannot be read, and does not show it`(_ connection: String) async {
        let problem = await refusal(connection)
        #expect(problem?.kind == .failed)
        #expect(problem?.detail.contains("libpq can read") == true)
        #expect(problem?.detail.contains("very-secret-word") == false)
    }

    @Test func `unless the tables are there, which one of several that start at once makes`() async throws {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let store = try await PostgresStore.test(database.connection, .init(connections: 1))
                    _ = try await store.beat(at: Timestamp(millisecondsSinceEpoch: 0), gap: .seconds(1))
                    await store.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.run("SELECT version FROM taskgate.schema_version") == "\(Schema.steps.count)")
    }
}

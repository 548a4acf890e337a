import PostgresTesting
import StorageTesting
import TaskModel
import TaskStorage
import Testing

@testable import PostgresStorage

@Suite(.enabled(if: !PostgresServer.isSkipped), .serialized)
struct `Tables of an earlier version` {
    /// Makes a database as an earlier version left it.
    private func database(ofVersion version: Int, _ contents: String) async throws -> PostgresDatabase {
        let database = try await PostgresServer.shared.value.makeDatabase()
        try await database.run(
            """
            CREATE SCHEMA taskgate;
            CREATE TABLE taskgate.schema_version (version bigint NOT NULL);
            INSERT INTO taskgate.schema_version VALUES (\(version));
            \(Schema.steps[..<version].joined(separator: "\n"))
            \(contents)
            """
        )
        return database
    }

    @Test func `keep who follows what, and the lines of deliveries`() async throws {
        let now = Timestamp.second(100).millisecondsSinceEpoch
        let database = try await database(
            ofVersion: 1,
            """
            INSERT INTO taskgate.tasks (id, is_watched, owner, owned_until) VALUES
                ('cloud:dead', true, 'a', \(now - 1)), ('cloud:alive', true, 'b', \(now + 10_000)),
                ('cloud:free', true, NULL, 0);
            INSERT INTO taskgate.events VALUES (1, 'e1', 'cloud:alive', 0, 'task.updated', NULL, 'null'),
                (2, 'e2', 'cloud:alive', 0, 'task.done', NULL, 'null');
            UPDATE taskgate.numbers SET value = 2 WHERE name = 'latest_event';
            INSERT INTO taskgate.deliveries (event, client, task, url, origin, created_at, next_attempt_at)
                SELECT sequence, name, 'cloud:alive', 'https://a.example', 'https://a.example', 0, 0
                FROM taskgate.events, (VALUES ('x'), ('y')) AS clients (name);
            """
        )
        try await database.withStores(1) { stores in
            let store = stores[0]
            #expect(try await Set(store.claim("c", at: 100).map(\.id.native)) == ["dead", "free"])
            #expect(try await store.renew(for: "b", until: .second(200), at: .second(100)).map(\.native) == ["alive"])
            for expected in [["e1", "e1"], ["e2", "e2"], []] {
                let due = try await store.due(at: 100)
                #expect(due.map(\.event.event.id) == expected)
                for delivery in due { try await store.settle(delivery, .taken(), .delivered, by: "a") }
            }
        }
        #expect(try await database.run("SELECT version FROM taskgate.schema_version") == "\(Schema.steps.count)")
    }
}

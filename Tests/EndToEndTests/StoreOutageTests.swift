import GatewayTesting
import PostgresTesting
import ProgramTesting
import ProviderSimulator
import Testing

/// The database of a gateway is away for a while.
@Suite(.enabled(if: !PostgresServer.isSkipped), .timeLimit(.minutes(3))) struct `While the store is away` {
    @Test func `tasks are read and cancelled, what must be kept is refused, and nothing is lost`() async throws {
        let server = try await PostgresServer()
        let database = try await server.makeDatabase()
        try await KeptWorld.run(database: database.url) { world in
            let receiver = try await ScriptedServer.start { _ in [.answer("")] }
            let (watched, other, late) = (world.add(.qmail), world.add(.qmail), world.add(.qmail))
            let pending = world.add(.blackboxCloud, "pending")
            let gateway = try await world.start()
            let client = gateway.client
            let wish = #"{"webhook": {"url": "\#(receiver.origin)/hook", "events": ["task.done"]}}"#
            #expect(try await client.watch("qmail", watched, wish).status == 201)
            let stream = try await Stream(client, "/tasks/qmail:\(watched)/events")
            #expect(try await stream.event() == "task")

            try await server.stop()
            let read = try await client.task("qmail", other)
            #expect(read.status == 200 && read["status"] == "running", "\(read.everything)")
            let cancel = try await client.cancel("qmail", other)
            #expect(cancel.status == 202 && cancel.cancelState == "accepted", "\(cancel.everything)")
            let refused = try await client.watch("qmail", late, #"{"deadline": "1h"}"#)
            #expect(refused.status == 503 && refused.code == "store_unavailable", "\(refused.everything)")
            #expect(refused.header("Retry-After") != nil)
            for target in ["/tasks/qmail:\(watched)/watch", "/watches", "/tasks", "/deliveries"] {
                let answer = try await client.get(target)
                #expect(answer.code == "store_unavailable", "\(target): \(answer.everything)")
            }
            let held = try await client.cancel("blackbox-cloud", pending)
            #expect(held.status == 409 && held.code == "task_not_cancellable", "\(held.everything)")
            #expect(held.header("Retry-After") != nil)
            world.simulator.complete(watched, of: .qmail)
            try await eventually("the gateway has read the end") {
                try await client.task("qmail", watched)["status"] == "completed"
            }
            #expect(receiver.requests.isEmpty)

            try await server.start()
            #expect(try await stream.event() == "task.done")
            #expect(try await stream.event() == "end")
            try await eventually("the receiver is told") { !receiver.requests.isEmpty }
            try await eventually("a watch can be put") {
                try await client.watch("qmail", late, #"{"deadline": "1h"}"#).status == 201
            }
            try await eventually("a cancel can be held") {
                let answer = try await client.cancel("blackbox-cloud", pending)
                return answer.status == 202 && answer.cancelState == "deferred"
            }
            #expect(world.simulator.put(pending, of: .blackboxCloud, into: "processing"))
            try await eventually("the task is stopped", within: .seconds(60)) {
                world.simulator.state(of: pending, of: .blackboxCloud) == "stopped"
            }
            #expect(receiver.requests.count == 1)
            await stream.close()
            gateway.process.kill()
            await receiver.stop()
        }
    }
}

/// A stream of events, as a reader has it.
private struct Stream {
    private let connection: RawHTTPClient

    init(_ client: GatewayClient, _ target: String) async throws {
        connection = try await client.connect()
        try await connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        let head = try await connection.answer(toHead: true)
        #expect(head.status == 200, "\(head)")
    }

    /// The name of the next event.
    func event() async throws -> String {
        while true {
            let lines = try await connection.chunk().split(separator: "\n")
            if let line = lines.first(where: { $0.hasPrefix("event: ") }) { return String(line.dropFirst(7)) }
        }
    }

    func close() async { await connection.close() }
}

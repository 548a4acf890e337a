import ProgramTesting
import ProviderSimulator
import Testing

@Suite(.world) struct `An answer of a provider that cannot be read` {
    static let faults: [SimulatedFault] = [
        .truncatedJSON, .htmlPage, .emptyBody, .noContent, .jsonArray, .duplicateKey, .invalidUTF8, .depthBomb(),
        .answer(status: 200, body: "null"), .answer(status: 200, body: "{"), .answer(status: 200, body: "{}{}"),
        .answer(status: 200, body: "\"completed\""), .answer(status: 200, body: "{\"status\":completed}"),
        .answer(status: 200, body: "{\"status\":{},\"state\":[],\"payload\":{\"status\":{}}}"),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{\"a\":"),
        .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"status\":\"completed\"}"),
    ]

    @Test(arguments: SimulatedProvider.allCases, faults)
    func `is told as such`(_ provider: SimulatedProvider, _ fault: SimulatedFault) async throws {
        let world = try World.shared
        let id = world.add(provider)
        world.simulator.inject(fault, into: provider, ofTask: id)
        let answer = try await world.client.task(provider.name, id)
        expectProblem(answer, 502, "provider_bad_response")
        #expect(answer["provider"] == .text(provider.name))
        #expect(world.gateway.ended == nil)
    }

    @Test(arguments: [SimulatedFault.endlessBody(), .gzipBomb()])
    func `for its size is told as such`(_ fault: SimulatedFault) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(fault, into: .blackboxCloud, ofTask: id)
        expectProblem(try await world.client.task("blackbox-cloud", id), 502, "provider_bad_response")
    }

    @Test func `for a mark in front of it does no harm`() async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        world.simulator.inject(.byteOrderMark, into: .blackboxCloud, ofTask: id)
        let answer = try await world.client.task("blackbox-cloud", id)
        #expect(answer["status"] == "running" || answer.code == "provider_bad_response")
    }

    @Test(arguments: [301, 302, 303, 307, 308], [SimulatedOperation.status, .cancel])
    func `for it leads elsewhere is not followed`(_ status: Int, _ operation: SimulatedOperation) async throws {
        let world = try World.shared
        let id = world.add(.blackboxCloud)
        let place = "\(world.simulator.url(of: .xpander))/v1/tasks/moved-\(id)"
        world.simulator.inject(.redirect(to: place, status: status), into: .blackboxCloud, on: operation, ofTask: id)
        let answer =
            operation == .status
            ? try await world.client.task("blackbox-cloud", id) : try await world.client.cancel("blackbox-cloud", id)
        #expect(answer.status >= 400, "\(answer.text)")
        #expect(answer.code?.hasPrefix("provider_") == true)
        #expect(answer.header("Location") == nil)
        #expect(!world.simulator.providers(thatSaw: "moved-\(id)").contains(.xpander))
    }

    @Test func `costs no memory that stays`() async throws {
        try await World.run { world in
            let warm = world.add(.blackboxCloud)
            for _ in 0..<20 { _ = try await world.client.task("blackbox-cloud", warm) }
            let before = world.gateway.residentBytes
            #expect(before > 0)
            for fault in [SimulatedFault.endlessBody(), .gzipBomb(), .depthBomb(levels: 400_000)] {
                try await withThrowingTaskGroup(of: Answer.self) { group in
                    for _ in 0..<4 {
                        let id = world.add(.blackboxCloud)
                        world.simulator.inject(fault, into: .blackboxCloud, ofTask: id)
                        group.addTask { try await world.client.task("blackbox-cloud", id) }
                    }
                    for try await answer in group { #expect(answer.code == "provider_bad_response", "\(answer.text)") }
                }
                #expect(world.gateway.residentBytes - before < 60 << 20)
            }
            #expect(try await world.client.task("blackbox-cloud", warm).status == 200)
        }
    }

    @Test func `does not count against a provider that is served under another name`() async throws {
        let world = try World.shared
        let id = world.add(.qmail)
        #expect(try await world.client.task("qmail", id).status == 200)
        let report = try await world.client.get("/providers/qmail-moved")
        #expect(report.status == 200)
        #expect(report["failures"] == 0)
    }
}

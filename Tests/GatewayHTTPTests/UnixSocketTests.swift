import Addresses
import GatewayHTTP
import GatewayTesting
import Glibc
import Testing

private func mode(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}

@Suite struct `A Unix socket` {
    private static func path() -> String { "/tmp/taskgate-test-\(UInt64.random(in: 0...UInt64.max)).sock" }

    @Test func `is served, with its mode, for any Host, and removed in the end`() async throws {
        let path = Self.path()
        try await withServer(StubGateway(), .test { $0.listen = .unix(path: path) }) { (server) async throws in
            #expect(server.address == .unix(path: path))
            #expect(try await server.request("GET /tasks/cloud:a", ["Host: whatever.example"]).status == 200)
            #expect(try await server.request("GET /", ["Host: x", "Sec-Fetch-Site: cross-site"]).status == 403)
            #expect(mode(of: path) == 0o660)
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func `forgets the places of a client that goes away`() async throws {
        let gateway = StubGateway(nil)
        try await withServer(gateway, .test { $0.listen = .unix(path: Self.path()) }) { server in
            let client = try await server.connect()
            try await client.send("GET /tasks/cloud:a?wait=60s HTTP/1.1\r\nHost: x\r\n\r\n")
            var questions = gateway.questions.makeAsyncIterator()
            let asked = try #require(await questions.next())
            await client.close()
            var forgotten = gateway.forgotten.makeAsyncIterator()
            #expect(await forgotten.next() == asked.ticket)
        }
    }

    @Test func `takes the place of a stale one, and of nothing else`() async throws {
        let path = Self.path()
        try await withServer(StubGateway(), .test { $0.listen = .unix(path: path) }) { _ in
            await #expect(throws: ListenError.self) {
                try await withServer(StubGateway(), .test { $0.listen = .unix(path: path) }) { _ in }
            }
        }
        // A server that was killed leaves its file.
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(descriptor)
        try await withServer(StubGateway(), .test { $0.listen = .unix(path: path) }) { (server) async throws in
            #expect(try await server.request("GET /livez").status == 200)
        }
        // A file that is no socket is somebody's.
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        await #expect(throws: ListenError.self) {
            try await withServer(StubGateway(), .test { $0.listen = .unix(path: path) }) { _ in }
        }
        #expect(access(path, F_OK) == 0)
        unlink(path)
    }
}

import Testing

@testable import taskgate

@Suite struct `What answers the health command` {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        ("HTTP/1.1 503 Service Unavailable\r\n", 503),
        ("HTTP/1.0 404\n", 404),
    ])
    func `says its status in the first line`(_ head: String, _ status: Int) {
        #expect(ReadinessProbe.status(inHead: head.utf8) == status)
    }

    @Test(arguments: ["", "\r\n", "HTTP/1.1", "HTTP/1.1 20 OK", "HTTP/1.1 abc OK", "HTTP/2 200", "SSH-2.0-x 200 y"])
    func `may not speak HTTP at all`(_ head: String) {
        #expect(ReadinessProbe.status(inHead: head.utf8) == nil)
    }
}

import TaskModel
import Testing
import Webhooks

@Suite struct `Where a webhook may go` {
    private let targets = WebhookTargets(allowed: ["127.0.0.1", "Hooks.internal"])

    @Test func `is https, with any path and query`() throws {
        let target = try targets.target("https://Example.com:8443/a/b%20c?d=e&f")
        #expect(target.origin == "https://example.com:8443")
        #expect(target.path == "/a/b%20c?d=e&f")
        #expect(!target.isAllowed)
        #expect(try targets.target("https://example.com").path == "/")
        #expect(try targets.target("https://example.com?a=b").path == "/?a=b")
    }

    @Test func `is this machine without TLS where the configuration names it`() throws {
        #expect(try targets.target("http://127.0.0.1:9000/hook").isAllowed)
        #expect(try targets.target("https://hooks.internal/hook").isAllowed)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "http://example.com/", "http://hooks.internal/", "http://localhost/",
        "https://localhost/", "https://[::1]/", "https://127.0.0.2/", "https://user@example.com/",
        "https://example.com/#part", "https://exam ple.com/", "https://example.com/\u{e9}", "https://example.com:0/",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/",
    ])
    func `is nowhere else`(_ url: String) {
        let error = #expect(throws: GatewayError.self) { try targets.target(url) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `is no text without end`() {
        #expect(throws: GatewayError.self) {
            try targets.target("https://example.com/" + String(repeating: "a", count: 2048))
        }
    }
}

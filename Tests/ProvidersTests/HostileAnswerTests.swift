import Documents
import TaskModel
import Testing
import Upstream

@testable import Providers

@Suite struct `An answer that means harm` {
    private let id = TaskID(provider: "example", native: "abc")
    private let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    private func provider(_ credential: String, key: String) throws -> Provider {
        let text = """
            {
              "title": "Example", "documentation": "https://example.com/docs", "base_url": "https://example.com",
              "credential": \(credential), "id": {"parts": [{"name": "task", "pattern": "^[a-z]{1,9}$"}], "example": "abc"},
              "words": [{"is": "on", "status": "running"}, {"is": "off", "status": "failed"}],
              "status": {"request": "GET /tasks/{task}", "word": "/status", "read": {"error": "/error", "created_at": "/at"}},
              "cancel": {"request": "POST /tasks/{task}", "body": {"why": "{reason}"}, "belief": "final"}
            }
            """
        let definition = try ProviderDefinition.read(Array(text.utf8), name: "example", file: "example.json")
        return try Provider(definition, .init(name: "example", credential: Secret(key)))
    }

    private func plain() throws -> Provider { try provider(#"{"header": "X-Key"}"#, key: "k-0123456789") }

    private func error(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "{}") throws -> GatewayError?
    {
        let response = UpstreamResponse(
            status: status,
            headers: headers.map { UpstreamHeader($0.0, $0.1) },
            body: Array(body.utf8)
        )
        let provider = try plain()
        do throws(GatewayError) {
            _ = try provider.readStatus(response, of: id, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "x", ""])
    func `may name any time at which its rate limit ends`(_ reset: String) throws {
        let retryAfter = try #require(try error(429, [("x-ratelimit-reset", reset)])?.retryAfter)
        #expect(Duration.zero ... .seconds(86400) ~= retryAfter)
    }

    @Test func `is shown no longer than a task should be, whatever its characters are made of`() throws {
        let word = "a" + String(repeating: "\u{301}", count: 300_000)
        let body = Array(#"{"status": "\#(word)", "error": "\#(word)"}"#.utf8)
        let reading = try plain().readStatus(UpstreamResponse(status: 200, body: body), of: id, at: now)
        #expect(reading.snapshot.providerStatus.utf8.count <= 500)
        let message = try #require(try error(500, [], #"{"message": "\#(word)"}"#)?.providerMessage)
        #expect(message.utf8.count <= 500)
    }

    @Test(arguments: [
        (#"{"header": "X-Key"}"#, "k-0123456789", "k-0123456789"),
        (#"{"basic": "username"}"#, "k-0123456789", "ay0wMTIzNDU2Nzg5Og=="),
        (#"{"query": "token"}"#, "k+0123456789", "k%2B0123456789"),
    ])
    func `shows the key in none of the forms in which it is sent`(
        _ credential: String,
        _ key: String,
        _ sent: String
    ) throws {
        let provider = try provider(credential, key: key)
        let body = Array(#"{"status": "off", "error": "you sent \#(sent) and \#(key)"}"#.utf8)
        let reading = try provider.readStatus(UpstreamResponse(status: 200, body: body), of: id, at: now)
        #expect(reading.snapshot.error?.message == "you sent [secret] and [secret]")
        let whole = try #require(reading.snapshot.source?.response)
        #expect(!String(decoding: whole, as: UTF8.self).contains(sent))
    }

    @Test(arguments: 0..<24)
    func `shows the key nowhere, wherever it stands and however it is escaped`(_ length: Int) throws {
        let before = String(repeating: "k", count: length) + #"\\"#
        for key in ["k-0123456789", #"\u006b-0123456789"#, #"k\u002D012345\u00367\u0038\u0039"#] {
            let body = Array(#"{"status":"off","error":"\#(before)\#(key)\#(key)k"}"#.utf8)
            let reading = try plain().readStatus(UpstreamResponse(status: 200, body: body), of: id, at: now)
            let shown = String(repeating: "k", count: length) + #"\[secret][secret]k"#
            #expect(reading.snapshot.error?.message == shown)
        }
    }

    @Test func `made of nothing but the key costs time in proportion to its length`() throws {
        let keys = String(repeating: "k-0123456789", count: 80000)
        let message = try error(500, [], #"{"message": "\#(keys)"}"#)?.providerMessage
        #expect(message?.hasPrefix("[secret][secret]") == true)
    }

    @Test func `a reason that is empty is no reason`() throws {
        let request = try plain().request(.cancel, for: id, RequestValues(reason: ""))
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == #"{"why":"cancelled through Taskgate"}"#)
    }
}

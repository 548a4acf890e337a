import Addresses
import Testing

@Suite struct `An address` {
    @Test(arguments: [
        ("127.0.0.1:7070", ListenAddress.tcp(host: "127.0.0.1", port: 7070)),
        ("127.9.9.9:0", .tcp(host: "127.9.9.9", port: 0)),
        ("[::1]:7070", .tcp(host: "::1", port: 7070)),
        ("localhost:65535", .tcp(host: "localhost", port: 65_535)),
        ("unix:/run/taskgate.sock", .unix(path: "/run/taskgate.sock")),
    ])
    func `is read, and prints as it was written`(_ text: String, _ address: ListenAddress) throws {
        let read = try ListenAddress(text)
        #expect(read == address)
        #expect(read.description == text)
        #expect(read.isLoopback)
    }

    @Test func `of a provider is normalized, and says whether a key may go there`() throws {
        let url = try BaseURL("HTTPS://API.Example.com/v1/Agents/")
        #expect(url.scheme == .https)
        #expect(url.host == "api.example.com")
        #expect(url.port == nil)
        #expect(url.prefix == "/v1/Agents")
        #expect(url.origin == "https://api.example.com")
        #expect(url.description == "https://api.example.com/v1/Agents")
        #expect(url.mayCarryCredential)
        #expect(!url.isLoopback)
        #expect(try BaseURL("http://[::1]:8080/").description == "http://[::1]:8080")
        #expect(try BaseURL("http://[::1]").mayCarryCredential)
        #expect(try !BaseURL("http://192.0.2.1").mayCarryCredential)
    }
}

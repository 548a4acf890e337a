import Digests
import Synchronization
import TaskModel
import Testing

@testable import Clients

/// A clock that a test moves.
private final class Clock: Sendable {
    private let time = Mutex(Duration.seconds(1000))

    var uptime: Duration { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}

extension ClientDirectory {
    fileprivate func name(withKey key: String) -> String? {
        Array(key.utf8).withUnsafeBytes { account(withKey: $0) }?.client.name
    }
}

@Suite struct `The clients of a gateway` {
    private func client(_ name: String, rate: CallRate? = nil) -> Client {
        Client(
            name: name,
            keyDigest: KeyDigest(of: "key of \(name)"),
            providers: nil,
            permissions: [.read],
            rate: rate
        )
    }

    @Test func `are known by their keys, wherever they stand`() {
        let directory = ClientDirectory(["first", "second", "third"].map { client($0) }, uptime: { .zero })
        for name in ["first", "second", "third"] { #expect(directory.name(withKey: "key of \(name)") == name) }
        for key in ["", "key of fourth", "key of first ", "Key of first", KeyDigest(of: "key of first").description] {
            #expect(directory.name(withKey: key) == nil, "\(key)")
        }
        #expect(ClientDirectory([], uptime: { .zero }).name(withKey: "key of first") == nil)
    }

    @Test func `may use the providers that are named, and do what is named`() {
        var client = client("a")
        #expect(client.mayUse("qmail") && client.may(.read) && !client.may(.cancel))
        client.providers = ["xpander"]
        #expect(client.mayUse("xpander") && !client.mayUse("qmail"))
        client.providers = []
        #expect(!client.mayUse("xpander"))
    }

    @Test func `without a rate send as much as they like`() throws {
        let directory = ClientDirectory([client("a")], uptime: { .zero })
        let account = try #require(Array("key of a".utf8).withUnsafeBytes { directory.account(withKey: $0) })
        for _ in 0..<1000 { #expect(directory.count(account) == nil) }
    }

    @Test func `with a rate are told what it leaves them`() throws {
        let clock = Clock()
        let rate = CallRate(perSecond: 0.5, burst: 3)
        let directory = ClientDirectory([client("a", rate: rate), client("b", rate: rate)]) { clock.uptime }
        func count(_ name: String) throws -> RateStanding {
            let key = Array("key of \(name)".utf8)
            let account = try #require(key.withUnsafeBytes { directory.account(withKey: $0) })
            return try #require(directory.count(account))
        }
        let first = try count("a")
        #expect(first.isWithin && first.quota == 3 && first.window == 6 && first.left == 2 && first.reset == 2)
        #expect(try count("a").left == 1)
        let last = try count("a")
        #expect(last.isWithin && last.left == 0 && last.reset == 2 && last.wait == .seconds(2))
        let beyond = try count("a")
        #expect(!beyond.isWithin && beyond.left == 0 && beyond.reset == 2 && beyond.wait == .seconds(2))
        // What one has used is not taken from another.
        #expect(try count("b").left == 2)
        clock.advance(by: .milliseconds(1999))
        let early = try count("a")
        #expect(!early.isWithin && early.reset == 1 && early.wait == .milliseconds(1))
        clock.advance(by: .milliseconds(1))
        #expect(try count("a").isWithin)
        clock.advance(by: .seconds(3600))
        let rested = try count("a")
        #expect(rested.isWithin && rested.left == 2 && rested.reset == 2)
    }
}

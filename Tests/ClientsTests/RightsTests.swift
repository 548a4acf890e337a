import Clients
import Digests
import Testing

@Suite struct `What clients may have done for them` {
    private let rights = ClientRights([
        Client(name: "app", keyDigest: KeyDigest(of: "a"), providers: ["qmail"], permissions: [.watch]),
        Client(name: "all", keyDigest: KeyDigest(of: "b"), providers: nil, permissions: [.watch, .cancel]),
    ])

    @Test func `is what their permissions say of a provider`() {
        #expect(rights.allow("app", .watch, at: "qmail"))
        #expect(!rights.allow("app", .cancel, at: "qmail"))
        #expect(!rights.allow("app", .watch, at: "xpander"))
        #expect(rights.allow("all", .cancel, at: "xpander"))
    }

    @Test func `is nothing where they are gone`() {
        #expect(!rights.allow("gone", .watch, at: "qmail"))
        #expect(!ClientRights([]).allow("app", .watch, at: "qmail"))
    }

    @Test func `is everything where a gateway without clients was asked`() {
        #expect(rights.allow(nil, .cancel, at: "qmail"))
        #expect(ClientRights([]).allow(nil, .watch, at: "qmail"))
    }
}

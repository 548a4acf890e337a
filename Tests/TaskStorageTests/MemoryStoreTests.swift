import StorageTesting
import TaskModel
import TaskStorage
import Testing

@Suite struct `The store in memory` {
    @Test(arguments: StoreSentence.all)
    func `does what every store does`(_ sentence: StoreSentence) async throws {
        try await sentence.holds { MemoryStore(changed: $0) }
    }
}

@Suite struct `The origin of a URL` {
    @Test(arguments: [
        ("https://a.example/x?y#z", "https://a.example"), ("HTTPS://A.Example:8443", "https://a.example:8443"),
        ("http://a.example?https://b.example", "http://a.example"), ("https://a.example#/", "https://a.example"),
        ("no url", "no url"),
    ])
    func `is what stands before its path, in lower case`(_ url: String, _ origin: String) {
        #expect(Delivery.origin(of: url) == origin)
    }
}

@Suite struct `A kept task` {
    @Test func `is wanted by who watches, holds a cancel or streams, until it has ended`() {
        let now = Timestamp.second(10)
        #expect(!KeptTask(id: .sample()).isWanted(at: now))
        #expect(KeptTask(id: .sample(), watches: [.sample()]).isWanted(at: now))
        #expect(KeptTask(id: .sample(), heldCancel: .sample()).isWanted(at: now))
        #expect(KeptTask(id: .sample(), streamedUntil: .second(11)).isWanted(at: now))
        #expect(!KeptTask(id: .sample(), streamedUntil: now).isWanted(at: now))
        #expect(!KeptTask(id: .sample(), watches: [.sample()], endedAt: .second(1)).isWanted(at: now))
    }
}

@Suite struct `A watch` {
    @Test func `is due when its deadline has passed or its lease has run out`() {
        #expect(!Watch.sample().isDue(at: .second(1000)))
        #expect(!Watch.sample(deadline: .second(5), lease: .seconds(5)).isDue(at: .second(4)))
        #expect(Watch.sample(deadline: .second(5)).isDue(at: .second(5)))
        #expect(Watch.sample(deadline: .second(50), lease: .seconds(5)).isDue(at: .second(5)))
    }
}

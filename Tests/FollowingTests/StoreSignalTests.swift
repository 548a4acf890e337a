import Following
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The signal of a store` {
    @Test func `costs the millionth time what it costs the first`() {
        let signal = StoreSignal()
        let heard = Atomic(0)
        signal.fire()
        signal.listen { heard.add(1, ordering: .relaxed) }
        for _ in 0..<1_000_000 { signal.fire() }
        #expect(heard.load(ordering: .relaxed) == 1_000_000)
    }
}

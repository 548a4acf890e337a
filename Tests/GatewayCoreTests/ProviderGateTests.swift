import Providers
import TaskModel
import Testing

@testable import GatewayCore

@Suite struct `The door to a provider` {
    private let start = Duration.seconds(1000)

    private func gate(calls: Int = 2, waiting: Int = 3, rate: CallRate? = nil) -> ProviderGate {
        ProviderGate(ProviderLimits(calls: calls, waiting: waiting, rate: rate), at: start)
    }

    private func expect<Value: Equatable>(
        _ value: Value,
        _ expected: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    @Test func `lets in as many as may be under way, then lets wait, then refuses`() {
        var gate = gate()
        let admissions = (1...6).map { gate.enter(UInt64($0), isUrgent: false, at: start) }
        #expect(admissions == [.go, .go, .wait, .wait, .wait, .refused(.full)])
        #expect(gate.callsUnderWay == 2)
        #expect(gate.waitingCount == 3)
    }

    @Test func `gives a free place to the one who waited longest`() {
        var gate = gate()
        for number in 1...5 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        expect(gate.ended(1, isFailure: false, at: start).started, [3])
        expect(gate.ended(2, isFailure: false, at: start).started, [4])
        #expect(gate.callsUnderWay == 2)
    }

    @Test func `lets what a cancel needs go before everything else`() {
        var gate = gate(calls: 1)
        _ = gate.enter(1, isUrgent: false, at: start)
        _ = gate.enter(2, isUrgent: false, at: start)
        _ = gate.enter(3, isUrgent: true, at: start)
        expect(gate.ended(1, isFailure: false, at: start).started, [3])
        expect(gate.ended(3, isFailure: false, at: start).started, [2])
    }

    @Test func `keeps nobody waiting for longer than it may`() {
        var gate = gate(calls: 1)
        _ = gate.enter(1, isUrgent: false, at: start)
        _ = gate.enter(2, isUrgent: false, at: start)
        _ = gate.enter(3, isUrgent: false, at: start + .seconds(1))
        #expect(gate.nextWake(start) == start + .seconds(10))
        let turn = gate.woken(at: start + .seconds(10))
        #expect(turn.refused.map(\.call) == [2])
        #expect(turn.refused.map(\.why) == [.waitedTooLong])
        #expect(gate.nextWake(start + .seconds(10)) == start + .seconds(11))
    }

    @Test func `sends no more than its rate`() {
        var gate = gate(calls: 100, waiting: 100, rate: CallRate(perSecond: 10, burst: 2))
        let admissions = (1...4).map { gate.enter(UInt64($0), isUrgent: false, at: start) }
        #expect(admissions == [.go, .go, .wait, .wait])
        #expect(gate.nextWake(start) == start + .milliseconds(100))
        expect(gate.woken(at: start + .milliseconds(100)).started, [3])
        expect(gate.woken(at: start + .milliseconds(150)).started, [])
        expect(gate.woken(at: start + .milliseconds(200)).started, [4])
        #expect(gate.nextWake(start + .milliseconds(200)) == nil)
    }

    @Test func `turns all away when the circuit opens, those who wait too`() {
        var gate = gate(calls: 20, waiting: 5)
        for number in 1...22 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        var refused: [UInt64] = []
        for number in 1...20 { refused += gate.ended(UInt64(number), isFailure: true, at: start).refused.map(\.call) }
        #expect(gate.callsUnderWay == 2, "the two who waited had got places before")
        expect(gate.enter(100, isUrgent: true, at: start), .refused(.circuitOpen(retryAt: start + .seconds(5))))
        #expect(refused.isEmpty)
    }

    @Test func `tries one call when the pause is over, even while old calls hold all places`() {
        var gate = gate(calls: 20, waiting: 0)
        for number in 1...20 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        for number in 1...20 {
            _ = gate.ended(UInt64(number), isFailure: true, at: start)
            _ = gate.enter(UInt64(number + 100), isUrgent: false, at: start)
        }
        let now = start + .seconds(5)
        expect(gate.enter(200, isUrgent: false, at: now), .go)
        expect(gate.enter(201, isUrgent: false, at: now), .refused(.circuitOpen(retryAt: now + .seconds(1))))
        _ = gate.ended(200, isFailure: false, at: now)
        #expect(gate.breaker.state == .closed)
    }

    private func pause(until: Duration, _ code: ErrorCode = .providerRateLimited) -> ProviderGate.Pause {
        ProviderGate.Pause(until: until, code: code)
    }

    @Test func `refuses polls while the provider wants to be left alone, those that wait too, and lets cancels go`() {
        var gate = gate(calls: 1)
        _ = gate.enter(1, isUrgent: false, at: start)
        _ = gate.enter(2, isUrgent: false, at: start)
        _ = gate.enter(3, isUrgent: true, at: start)
        let pause = pause(until: start + .seconds(7))
        #expect(gate.pause(pause, at: start).refused.map(\.call) == [2])
        expect(gate.enter(4, isUrgent: false, at: start + .milliseconds(6999)), .refused(.paused(pause)))
        expect(gate.ended(1, isFailure: false, at: start).started, [3])
        expect(gate.ended(3, isFailure: false, at: start).started, [])
        expect(gate.enter(5, isUrgent: true, at: start), .go)
        _ = gate.ended(5, isFailure: false, at: start)
        expect(gate.enter(6, isUrgent: false, at: start + .seconds(7)), .go)
    }

    @Test func `does not let a later wish shorten an earlier one`() {
        var gate = gate()
        let long = pause(until: start + .seconds(60))
        _ = gate.pause(long, at: start)
        _ = gate.pause(pause(until: start + .seconds(2), .providerError), at: start)
        expect(gate.enter(1, isUrgent: false, at: start + .seconds(3)), .refused(.paused(long)))
    }

    @Test func `does not send the trial of a poll in a pause, but that of a cancel`() {
        var gate = gate(calls: 20, waiting: 0)
        for number in 1...20 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        let pause = pause(until: start + .seconds(60), .providerError)
        _ = gate.pause(pause, at: start)
        for number in 1...20 { _ = gate.ended(UInt64(number), isFailure: true, at: start) }
        let now = start + .seconds(5)
        expect(gate.enter(30, isUrgent: false, at: now), .refused(.paused(pause)))
        expect(gate.enter(31, isUrgent: true, at: now), .go)
        #expect(gate.breaker.state == .trying(call: 31))
    }

    @Test func `keeps the trial to the rate`() {
        var gate = gate(calls: 20, waiting: 0, rate: CallRate(perSecond: 0.1, burst: 20))
        for number in 1...20 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        for number in 1...20 { _ = gate.ended(UInt64(number), isFailure: true, at: start) }
        let due = start + .seconds(10)
        expect(gate.enter(30, isUrgent: true, at: start + .seconds(5)), .refused(.circuitOpen(retryAt: due)))
        expect(gate.enter(31, isUrgent: true, at: due), .go)
    }

    @Test func `lets a call go first that a cancel has come to need`() {
        var gate = gate(calls: 1, waiting: 9)
        for number in 1...4 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        _ = gate.enter(5, isUrgent: true, at: start + .seconds(1))
        gate.hurry(3)
        gate.hurry(99)
        let started = [1, 3, 5, 2].flatMap { gate.ended($0, isFailure: false, at: start + .seconds(2)).started }
        #expect(started == [3, 5, 2, 4], "the one that waited longer goes first")
    }

    @Test func `refuses those who wait when the circuit opens`() {
        var gate = gate(calls: 20, waiting: 5)
        for number in 1...20 { _ = gate.enter(UInt64(number), isUrgent: false, at: start) }
        var refused: [ProviderGate.Refusal] = []
        for number in 1...20 {
            // Each that ends makes room, which is taken again.
            _ = gate.enter(UInt64(100 + number), isUrgent: false, at: start)
            refused += gate.ended(UInt64(number), isFailure: true, at: start).refused.map(\.why)
        }
        #expect(gate.waitingCount == 0)
        #expect(gate.callsUnderWay == 19)
        #expect(refused == [.circuitOpen(retryAt: start + .seconds(5))])
    }

    /// Whatever happens in whatever order: no call is lost, named twice, or sent past the limits.
    @Test func `loses no call in ten thousand random steps`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var gate = ProviderGate(
                ProviderLimits(calls: 4, waiting: 6, rate: CallRate(perSecond: 50, burst: 5)),
                at: start
            )
            var now = start
            var under: Set<UInt64> = []
            var waiting: Set<UInt64> = []
            var trials = 0
            func take(_ turn: ProviderGate.Turn) {
                for call in turn.started {
                    #expect(waiting.remove(call) != nil)
                    under.insert(call)
                }
                for (call, _) in turn.refused { #expect(waiting.remove(call) != nil) }
            }
            for number in UInt64(1)...200 {
                now += .milliseconds(Int.random(in: 0...200, using: &random))
                switch Int.random(in: 0...4, using: &random) {
                case 0:
                    switch gate.enter(number, isUrgent: Bool.random(using: &random), at: now) {
                    case .go: under.insert(number)
                    case .wait: waiting.insert(number)
                    case .refused: break
                    }
                    if case .trying = gate.breaker.state { trials += 1 }
                case 1:
                    guard let call = under.randomElement(using: &random) else { continue }
                    under.remove(call)
                    take(gate.ended(call, isFailure: [true, true, false, nil].randomElement(using: &random)!, at: now))
                case 2: take(gate.woken(at: now))
                case 3: gate.hurry(UInt64.random(in: 1...number, using: &random))
                default:
                    guard Bool.random(using: &random) else { continue }
                    take(
                        gate.pause(pause(until: now + .milliseconds(Int.random(in: 0...900, using: &random))), at: now)
                    )
                }
                #expect(gate.callsUnderWay == under.count)
                #expect(gate.waitingCount == waiting.count)
                #expect(under.count <= 5, "the limit and one trial")
                if !waiting.isEmpty { #expect(gate.nextWake(now) != nil) }
            }
        }
    }
}

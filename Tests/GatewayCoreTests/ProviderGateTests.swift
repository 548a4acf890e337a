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
        let admissions = (1...6).map { gate.enter(UInt64($0), isCancel: false, at: start) }
        #expect(admissions == [.go, .go, .wait, .wait, .wait, .refused(.full)])
        #expect(gate.callsUnderWay == 2)
        #expect(gate.waitingCount == 3)
    }

    @Test func `gives a free place to the one who waited longest`() {
        var gate = gate()
        for number in 1...5 { _ = gate.enter(UInt64(number), isCancel: false, at: start) }
        expect(gate.ended(1, isFailure: false, at: start).started, [3])
        expect(gate.ended(2, isFailure: false, at: start).started, [4])
        #expect(gate.callsUnderWay == 2)
    }

    @Test func `lets cancels go before everything else`() {
        var gate = gate(calls: 1)
        _ = gate.enter(1, isCancel: false, at: start)
        _ = gate.enter(2, isCancel: false, at: start)
        _ = gate.enter(3, isCancel: true, at: start)
        expect(gate.ended(1, isFailure: false, at: start).started, [3])
        expect(gate.ended(3, isFailure: false, at: start).started, [2])
    }

    @Test func `keeps nobody waiting for longer than it may`() {
        var gate = gate(calls: 1)
        _ = gate.enter(1, isCancel: false, at: start)
        _ = gate.enter(2, isCancel: false, at: start)
        _ = gate.enter(3, isCancel: false, at: start + .seconds(1))
        #expect(gate.nextWake(start) == start + .seconds(10))
        let turn = gate.woken(at: start + .seconds(10))
        #expect(turn.refused.map(\.call) == [2])
        #expect(turn.refused.map(\.why) == [.waitedTooLong])
        #expect(gate.nextWake(start + .seconds(10)) == start + .seconds(11))
    }

    @Test func `sends no more than its rate`() {
        var gate = gate(calls: 100, waiting: 100, rate: CallRate(perSecond: 10, burst: 2))
        let admissions = (1...4).map { gate.enter(UInt64($0), isCancel: false, at: start) }
        #expect(admissions == [.go, .go, .wait, .wait])
        #expect(gate.nextWake(start) == start + .milliseconds(100))
        expect(gate.woken(at: start + .milliseconds(100)).started, [3])
        expect(gate.woken(at: start + .milliseconds(150)).started, [])
        expect(gate.woken(at: start + .milliseconds(200)).started, [4])
        #expect(gate.nextWake(start + .milliseconds(200)) == nil)
    }

    @Test func `turns all away when the circuit opens, those who wait too`() {
        var gate = gate(calls: 20, waiting: 5)
        for number in 1...22 { _ = gate.enter(UInt64(number), isCancel: false, at: start) }
        var refused: [UInt64] = []
        for number in 1...20 { refused += gate.ended(UInt64(number), isFailure: true, at: start).refused.map(\.call) }
        #expect(gate.callsUnderWay == 2, "the two who waited had got places before")
        expect(gate.enter(100, isCancel: true, at: start), .refused(.circuitOpen(retryAt: start + .seconds(5))))
        #expect(refused.isEmpty)
    }

    @Test func `tries one call when the pause is over, even while old calls hold all places`() {
        var gate = gate(calls: 20, waiting: 0)
        for number in 1...20 { _ = gate.enter(UInt64(number), isCancel: false, at: start) }
        for number in 1...20 {
            _ = gate.ended(UInt64(number), isFailure: true, at: start)
            _ = gate.enter(UInt64(number + 100), isCancel: false, at: start)
        }
        let now = start + .seconds(5)
        expect(gate.enter(200, isCancel: false, at: now), .go)
        expect(gate.enter(201, isCancel: false, at: now), .refused(.circuitOpen(retryAt: now + .seconds(1))))
        _ = gate.ended(200, isFailure: false, at: now)
        #expect(gate.breaker.state == .closed)
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
                switch Int.random(in: 0...2, using: &random) {
                case 0:
                    switch gate.enter(number, isCancel: Bool.random(using: &random), at: now) {
                    case .go: under.insert(number)
                    case .wait: waiting.insert(number)
                    case .refused: break
                    }
                    if case .trying = gate.breaker.state { trials += 1 }
                case 1:
                    guard let call = under.randomElement(using: &random) else { continue }
                    under.remove(call)
                    take(gate.ended(call, isFailure: [true, true, false, nil].randomElement(using: &random)!, at: now))
                default:
                    take(gate.woken(at: now))
                }
                #expect(gate.callsUnderWay == under.count)
                #expect(gate.waitingCount == waiting.count)
                #expect(under.count <= 5, "the limit and one trial")
                if !waiting.isEmpty { #expect(gate.nextWake(now) != nil) }
            }
        }
    }
}

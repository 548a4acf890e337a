import Providers
import TaskModel
import Testing

@testable import GatewayCore

@Suite struct `A circuit breaker` {
    private func breaker() -> CircuitBreaker { CircuitBreaker(BreakerRules()) }
    private let start = Duration.seconds(1000)

    /// Plays `count` calls that end one millisecond apart.
    private func play(_ breaker: inout CircuitBreaker, _ count: Int, fail: Bool?, from time: Duration) {
        for number in 0..<count {
            let now = time + .milliseconds(number)
            guard case .yes = breaker.admits(UInt64(number), at: now) else { continue }
            breaker.ended(UInt64(number), isFailure: fail, at: now)
        }
    }

    private func expectAdmission(
        _ breaker: inout CircuitBreaker,
        _ call: UInt64,
        at now: Duration,
        _ expected: CircuitBreaker.Admission,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let admission = breaker.admits(call, at: now)
        #expect(admission == expected, sourceLocation: sourceLocation)
    }

    @Test func `stays closed below twenty calls, however many fail`() {
        var breaker = breaker()
        play(&breaker, 19, fail: true, from: start)
        #expect(breaker.state == .closed)
        play(&breaker, 1, fail: true, from: start + .milliseconds(100))
        #expect(breaker.state == .open(until: start + .milliseconds(100) + .seconds(5)))
    }

    @Test func `opens at half, and not before`() {
        var breaker = breaker()
        play(&breaker, 21, fail: false, from: start)
        play(&breaker, 20, fail: true, from: start + .seconds(1))
        #expect(breaker.state == .closed)
        play(&breaker, 1, fail: true, from: start + .seconds(2))
        #expect(breaker.retryAt(start + .seconds(2)) != nil)
    }

    @Test func `forgets what is older than its window`() {
        var breaker = breaker()
        play(&breaker, 15, fail: true, from: start)
        play(&breaker, 15, fail: true, from: start + .seconds(11))
        #expect(breaker.state == .closed)
    }

    @Test func `does not count what says nothing of the provider`() {
        var breaker = breaker()
        play(&breaker, 100, fail: nil, from: start)
        #expect(breaker.state == .closed)
    }

    @Test func `lets one call try, and closes when that works`() {
        var breaker = breaker()
        play(&breaker, 20, fail: true, from: start)
        let opened = start + .milliseconds(19)
        expectAdmission(&breaker, 100, at: opened + .seconds(4), .no(retryAt: opened + .seconds(5)))
        let now = opened + .seconds(5)
        expectAdmission(&breaker, 101, at: now, .asTrial)
        expectAdmission(&breaker, 102, at: now, .no(retryAt: now + .seconds(1)))
        breaker.ended(101, isFailure: false, at: now + .seconds(1))
        #expect(breaker.state == .closed)
        expectAdmission(&breaker, 103, at: now + .seconds(1), .yes)
    }

    @Test func `stays open for another pause when the trial fails`() {
        var breaker = breaker()
        play(&breaker, 20, fail: true, from: start)
        let now = start + .seconds(10)
        expectAdmission(&breaker, 101, at: now, .asTrial)
        breaker.ended(101, isFailure: true, at: now + .seconds(3))
        #expect(breaker.state == .open(until: now + .seconds(8)))
    }

    @Test func `tries again at once when the trial said nothing`() {
        var breaker = breaker()
        play(&breaker, 20, fail: true, from: start)
        let now = start + .seconds(10)
        expectAdmission(&breaker, 101, at: now, .asTrial)
        breaker.ended(101, isFailure: nil, at: now + .seconds(1))
        expectAdmission(&breaker, 102, at: now + .seconds(1), .asTrial)
    }

    @Test func `does not hear calls from before it opened when they end after it closed`() {
        var breaker = breaker()
        for call in UInt64(1)...5000 { _ = breaker.admits(call, at: start) }
        for call in UInt64(1)...20 { breaker.ended(call, isFailure: true, at: start) }
        expectAdmission(&breaker, 6000, at: start + .seconds(5), .asTrial)
        breaker.ended(6000, isFailure: false, at: start + .seconds(5))
        // They had been sent into the dark, and their time is over now.
        for call in UInt64(21)...5000 { breaker.ended(call, isFailure: true, at: start + .seconds(10)) }
        #expect(breaker.state == .closed)
    }

    @Test func `does not hear calls that were sent before it opened`() {
        var breaker = breaker()
        play(&breaker, 20, fail: true, from: start)
        let now = start + .seconds(6)
        expectAdmission(&breaker, 101, at: now, .asTrial)
        breaker.ended(7, isFailure: false, at: now)
        #expect(breaker.state == .trying(call: 101))
    }
}

@Suite struct `A token bucket` {
    private let start = Duration.seconds(1000)

    /// How many of so many tries succeed.
    private func taken(_ tries: Int, _ bucket: inout TokenBucket, at now: Duration) -> Int {
        var count = 0
        for _ in 0..<tries where bucket.take(at: now) { count += 1 }
        return count
    }

    @Test func `gives its burst at once, then its rate`() {
        var bucket = TokenBucket(CallRate(perSecond: 10, burst: 3), at: start)
        #expect(taken(5, &bucket, at: start) == 3)
        #expect(bucket.wait(at: start) == .milliseconds(100))
        #expect(taken(1, &bucket, at: start + .milliseconds(99)) == 0)
        #expect(taken(1, &bucket, at: start + .milliseconds(100)) == 1)
    }

    @Test func `never holds more than its burst`() {
        var bucket = TokenBucket(CallRate(perSecond: 10, burst: 3), at: start)
        #expect(taken(5, &bucket, at: start + .seconds(3600)) == 3)
    }

    @Test func `can be waited for exactly, at odd rates too`() {
        for rate in [0.1, 0.3, 3, 7, 1000.0 / 3] {
            var bucket = TokenBucket(CallRate(perSecond: rate, burst: 1), at: start)
            var now = start
            for _ in 0..<100 {
                now += bucket.wait(at: now)
                #expect(taken(1, &bucket, at: now) == 1, "\(rate)")
            }
        }
    }
}

@Suite struct `A retry budget` {
    @Test func `allows one call in ten, and one to begin with`() {
        var budget = RetryBudget()
        var again = 0
        for _ in 0..<1000 {
            budget.earned()
            if budget.spend() { again += 1 }
        }
        #expect((100...101).contains(again))
    }

    @Test func `saves up ten`() {
        var budget = RetryBudget()
        for _ in 0..<10_000 { budget.earned() }
        var again = 0
        for _ in 0..<20 where budget.spend() { again += 1 }
        #expect(again == 10)
    }
}

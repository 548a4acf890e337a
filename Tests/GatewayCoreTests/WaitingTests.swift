import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

@Suite struct `Waiting for a task` {
    @Test func `until it is done`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.read(.completed)
        #expect(bench.snapshot(number)?.status == .completed)
        #expect(bench.machine.nextWake == nil)
    }

    @Test func `until a change from what was seen first`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30), until: .change(from: nil))
        bench.read(.running, progress: 1)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(2))
        bench.read(.running, progress: 2)
        #expect(bench.snapshot(number)?.progress == 2)
    }

    @Test func `until a change from what the caller saw`() throws {
        var bench = MachineBench()
        bench.know(.running)
        let seen = try #require(bench.machine.lastKnown).fingerprint(of: .brief)
        let number = bench.askStatus(wait: .seconds(30), until: .change(from: seen))
        #expect(!bench.isAnswered(number))
        let behind = bench.askStatus(wait: .seconds(30), until: .change(from: Fingerprint(rawValue: 1)))
        #expect(bench.isAnswered(behind))
        bench.pass(.seconds(2))
        bench.read(.paused)
        #expect(bench.snapshot(number)?.status == .paused)
    }

    @Test func `what becomes of a cancel is a change`() {
        var bench = MachineBench(belief: .promise)
        let number = bench.askStatus(wait: .seconds(30), until: .change(from: nil))
        bench.read(.running)
        _ = bench.askCancel()
        bench.accept()
        bench.read(.running)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
    }

    @Test func `the wait ends with the state at that time`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(1))
        bench.read(.running)
        bench.pass(.seconds(1))
        #expect(bench.isReading)
        bench.read(.paused)
        #expect(bench.snapshot(number)?.status == .paused)
    }

    @Test func `a fresh observation is answer enough when the wait ends, and the others cause no read`() {
        var bench = MachineBench()
        let other = bench.askStatus(wait: .seconds(30))
        let number = bench.askStatus(wait: .milliseconds(2500))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.read(.running)
        bench.pass(.milliseconds(500))
        #expect(bench.snapshot(number)?.status == .running)
        #expect(bench.reads == 2)
        #expect(!bench.isAnswered(other))
    }

    @Test func `the wait never ends with an error when something is known`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(4))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.failRead(.providerTimeout)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(2))
        bench.failRead(.providerUnavailable)
        #expect(bench.snapshot(number)?.status == .running)
    }

    @Test func `a read that failed just before the wait ends is not repeated`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .milliseconds(2500))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.failRead(.providerTimeout)
        bench.pass(.milliseconds(500))
        #expect(bench.snapshot(number)?.status == .running)
        #expect(bench.reads == 2)
    }

    @Test func `a failure that waiting cannot mend ends the wait`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.failRead(.taskNotFound)
        #expect(bench.error(number)?.code == .taskNotFound)
        #expect(bench.error(number)?.lastKnown?.status == .running)
    }

    @Test func `a failure is told at once when nothing is known`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.failRead(.providerUnavailable)
        #expect(bench.error(number)?.code == .providerUnavailable)
    }

    @Test func `a wait that ends at the moment of another event ends all the same`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .milliseconds(1500))
        bench.read(.running)
        // The clock moves, and somebody asks before the machine is woken.
        bench.uptime += .milliseconds(1500)
        let other = bench.askStatus()
        bench.read(.running)
        #expect(bench.isAnswered(number))
        #expect(bench.isAnswered(other))
    }

    @Test func `while waiting, the status is read slower and slower up to the maximum`() {
        let poll = PollRules(minimum: .seconds(1), first: .seconds(2), maximum: .seconds(10))
        var bench = MachineBench(poll: poll)
        _ = bench.askStatus(wait: .seconds(60))
        bench.read(.running)
        for expected in [Duration.seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10)] {
            let start = bench.uptime
            #expect(bench.machine.nextWake == start + expected)
            bench.pass(expected)
            bench.read(.running)
        }
        // Something changes: back to the first interval.
        bench.pass(.seconds(10))
        bench.read(.running, progress: 50)
        #expect(bench.machine.nextWake == bench.uptime + .seconds(2))
    }

    @Test func `failures while waiting slow the reads down as well`() {
        var bench = MachineBench()
        _ = bench.askStatus(wait: .seconds(60))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.failRead(.providerError)
        #expect(bench.machine.nextWake == bench.uptime + .seconds(4))
    }

    @Test(arguments: [(UInt16.min, Int64(0)), (.max / 2, 125), (.max, 250)])
    func `tasks that began together are polled up to an eighth of an interval after each other`(
        spread: UInt16,
        milliseconds: Int64
    ) {
        var bench = MachineBench(poll: PollRules(minimum: .seconds(1), first: .seconds(2)), spread: spread)
        _ = bench.askStatus(wait: .seconds(60))
        bench.read(.running)
        let late = (bench.machine.nextWake ?? .zero) - bench.uptime - .seconds(2)
        #expect(abs(late.nanoseconds - milliseconds * 1_000_000) < 100_000)
    }

    @Test func `the provider's hint counts, between the minimum and the maximum`() {
        var bench = MachineBench()
        _ = bench.askStatus(wait: .seconds(60))
        for (hint, expected) in [(5, 5), (0, 1), (3600, 30)] {
            bench.read(.running, pollHint: .seconds(hint))
            #expect(bench.machine.nextWake == bench.uptime + .seconds(expected))
            bench.pass(.seconds(expected))
        }
    }

    @Test func `when the provider says so, it is left alone`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.failRead(.providerRateLimited, retryAfter: .seconds(20))
        bench.pass(.milliseconds(19999))
        #expect(bench.reads == 2)
        bench.pass(.milliseconds(1))
        #expect(bench.reads == 3)
        bench.read(.completed)
        #expect(bench.isAnswered(number))
    }

    @Test func `an interval is never shorter than the minimum`() {
        let poll = PollRules(minimum: .seconds(10), first: .seconds(2), maximum: .seconds(3))
        var bench = MachineBench(poll: poll)
        let number = bench.askStatus()
        bench.read(.running)
        #expect(bench.pollAfter(number) == .seconds(10))
    }

    @Test func `nobody is woken for callers who left`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.read(.running)
        bench.machine.left(number: number)
        #expect(bench.machine.nextWake == nil)
        #expect(bench.machine.isIdle)
    }

    @Test func `a wait for what is over already is no wait`() {
        var bench = MachineBench()
        bench.know(.failed)
        let first = bench.askStatus(wait: .seconds(30))
        #expect(bench.isAnswered(first))
        let second = bench.askStatus(wait: .seconds(30), until: .change(from: nil))
        #expect(bench.isAnswered(second))
    }
}

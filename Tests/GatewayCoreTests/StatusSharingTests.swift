import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

@Suite struct `Sharing one status read` {
    @Test func `callers at the same moment share one call`() {
        var bench = MachineBench()
        let first = bench.askStatus()
        let second = bench.askStatus()
        #expect(bench.reads == 1)
        bench.read(.running)
        #expect(bench.snapshot(first)?.status == .running)
        #expect(bench.snapshot(second)?.status == .running)
        #expect(bench.machine.isIdle)
    }

    @Test func `within the minimum interval the last observation serves`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.milliseconds(999))
        let early = bench.askStatus()
        #expect(bench.snapshot(early)?.status == .running)
        #expect(bench.reads == 1)
        bench.pass(.milliseconds(1))
        let later = bench.askStatus()
        #expect(bench.reads == 2)
        #expect(!bench.isAnswered(later))
    }

    @Test func `a caller says how old an observation may be`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.seconds(4))
        let content = bench.ask(.status, maximumAge: .seconds(5))
        #expect(bench.snapshot(content)?.status == .running)
        #expect(bench.reads == 1)
    }

    @Test func `one who accepts old news does not give it to those who do not`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.seconds(4))
        let strict = bench.askStatus()
        let content = bench.ask(.status, maximumAge: .seconds(5))
        #expect(bench.isAnswered(content))
        #expect(!bench.isAnswered(strict))
        bench.read(.completed)
        #expect(bench.snapshot(strict)?.status == .completed)
    }

    @Test(arguments: [TaskStatus.completed, .failed, .cancelled])
    func `an end is kept for good`(_ end: TaskStatus) {
        var bench = MachineBench()
        bench.know(end)
        bench.pass(.seconds(86400))
        let later = bench.askStatus()
        #expect(bench.snapshot(later)?.status == end)
        #expect(bench.pollAfter(later) == nil)
        #expect(bench.reads == 1)
    }

    @Test func `an end ages like anything else where ids can start again`() {
        var bench = MachineBench(restarts: true)
        bench.know(.completed)
        bench.pass(.seconds(1))
        let later = bench.askStatus()
        bench.read(.running)
        #expect(bench.snapshot(later)?.status == .running)
    }

    @Test func `a late contradiction does not move an end back`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.seconds(2))
        // A rename makes the gateway read a task that it knows to be over.
        bench.know(.completed)
        let number = bench.ask(.rename(title: "Other"))
        bench.answerRename(number, .success(()))
        bench.read(.running)
        #expect(bench.snapshot(number)?.status == .completed)
        let later = bench.askStatus()
        #expect(bench.snapshot(later)?.status == .completed)
    }

    @Test func `a word that is not known is never an end`() {
        var bench = MachineBench()
        let waiting = bench.askStatus(wait: .seconds(30))
        bench.read(.unknown)
        #expect(!bench.isAnswered(waiting))
        bench.pass(.seconds(2))
        bench.read(.completed)
        #expect(bench.snapshot(waiting)?.status == .completed)
    }

    @Test func `that there is no such task is not kept, and not asked oftener than the minimum interval`() {
        var bench = MachineBench()
        let first = bench.askStatus()
        bench.failRead(.taskNotFound)
        #expect(bench.error(first)?.code == .taskNotFound)
        let second = bench.askStatus()
        #expect(bench.reads == 1)
        #expect(!bench.isAnswered(second))
        bench.pass(.seconds(1))
        #expect(bench.reads == 2)
        bench.read(.queued)
        #expect(bench.snapshot(second)?.status == .queued)
    }

    @Test func `a failure tells the task as it was last seen`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.seconds(5))
        let number = bench.askStatus()
        bench.failRead(.providerTimeout)
        #expect(bench.error(number)?.lastKnown?.status == .running)
        #expect(bench.machine.isWorthKeeping(at: bench.now))
    }

    @Test func `one who gives up leaves the call to the others`() {
        var bench = MachineBench()
        let gone = bench.askStatus()
        let other = bench.askStatus()
        bench.machine.left(number: gone)
        bench.read(.running)
        #expect(!bench.isAnswered(gone))
        #expect(bench.isAnswered(other))
    }

    @Test func `what a read finds after everybody left serves the next`() {
        var bench = MachineBench()
        let gone = bench.askStatus()
        bench.machine.left(number: gone)
        #expect(!bench.machine.isIdle)
        bench.read(.running)
        #expect(bench.machine.isIdle)
        let kept = bench.askStatus()
        #expect(bench.isAnswered(kept))
        #expect(bench.reads == 1)
    }

    @Test func `a cancel makes older observations unusable`() {
        var bench = MachineBench(belief: .promise)
        bench.know(.running)
        _ = bench.askCancel()
        bench.accept(.cancelled)
        let number = bench.askStatus()
        #expect(!bench.isAnswered(number))
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.status == .cancelled)
    }

    @Test func `a read that began before a cancel's answer is done again`() {
        var bench = MachineBench(belief: .promise)
        _ = bench.askCancel()
        let number = bench.askStatus()
        #expect(bench.isReading)
        bench.accept()
        bench.read(.running)
        #expect(!bench.isAnswered(number))
        #expect(bench.reads == 2)
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.status == .cancelled)
    }
}

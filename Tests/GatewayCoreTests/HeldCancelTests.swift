import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

@Suite struct `A cancel that has to wait` {
    @Test func `is sent as soon as the provider can take it`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let number = bench.askCancel(wait: .seconds(30))
        bench.read(.queued)
        #expect(!bench.isAnswered(number))
        #expect(bench.sends == 0)
        bench.pass(.seconds(2))
        bench.read(.running)
        #expect(bench.sends == 1)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test func `is given up when the wait ends, after a last look`() {
        var bench = MachineBench(from: [.running])
        let number = bench.askCancel(wait: .seconds(4))
        bench.refuse()
        bench.read(.queued)
        bench.pass(.seconds(2))
        bench.read(.queued)
        bench.pass(.seconds(2))
        #expect(bench.isReading)
        bench.read(.queued)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(bench.error(number)?.retryAfter != nil)
        #expect(bench.machine.isIdle)
        #expect(bench.machine.nextWake == nil)
        bench.pass(.seconds(60))
        #expect(bench.sends == 1)
    }

    @Test func `two callers wait for as long as each wants`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let short = bench.askCancel(wait: .seconds(3))
        let long = bench.askCancel(wait: .seconds(20))
        let none = bench.askCancel()
        bench.read(.queued)
        #expect(bench.error(none)?.code == .taskNotCancellable)
        bench.pass(.seconds(2))
        bench.read(.queued)
        bench.pass(.seconds(1))
        if bench.isReading { bench.read(.queued) }
        #expect(bench.error(short)?.code == .taskNotCancellable)
        #expect(!bench.isAnswered(long))
        bench.pass(.seconds(8))
        bench.read(.running)
        bench.accept(.cancelled)
        #expect(bench.snapshot(long)?.cancel?.state == .confirmed)
        #expect(bench.sends == 1)
    }

    @Test func `is tried for as long as the caller wanted, even if the caller left`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let number = bench.askCancel(wait: .seconds(30))
        bench.read(.queued)
        bench.machine.left(number: number)
        bench.pass(.seconds(2))
        bench.read(.running)
        #expect(bench.sends == 1)
    }

    @Test func `is over when its time is, if the callers left`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let number = bench.askCancel(wait: .seconds(3))
        bench.read(.queued)
        bench.machine.left(number: number)
        bench.pass(.seconds(2))
        bench.read(.queued)
        bench.pass(.seconds(1))
        #expect(bench.machine.isIdle)
        #expect(bench.machine.nextWake == nil)
        #expect(bench.sends == 0)
    }

    @Test func `a wait that ends at the moment of another event does not lose the caller`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let number = bench.askCancel(wait: .seconds(2))
        bench.uptime += .seconds(2)
        bench.read(.queued)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(bench.machine.isIdle)
    }

    @Test func `a caller without patience asks once more, and the others go on waiting`() {
        var bench = MachineBench(from: [.running], readsFirst: true)
        let patient = bench.askCancel(wait: .seconds(30))
        bench.read(.queued)
        bench.pass(.milliseconds(1500))
        let number = bench.askCancel()
        bench.read(.queued)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(!bench.isAnswered(patient))
    }

    @Test func `stop and confirm: the answer comes with the end`() {
        var bench = MachineBench(belief: .promise)
        let number = bench.askCancel(wait: .seconds(30))
        bench.accept()
        bench.read(.running)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(2))
        bench.failRead(.providerTimeout)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(4))
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
        #expect(bench.sends == 1)
    }

    @Test func `stop and confirm: accepted when the wait ends first`() {
        var bench = MachineBench(belief: .promise)
        let number = bench.askCancel(wait: .seconds(3))
        bench.accept()
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.read(.running)
        bench.pass(.seconds(1))
        if bench.isReading { bench.failRead(.providerTimeout) }
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
    }

    @Test func `a wait that ends while the cancel is on its way ends with its answer`() {
        var bench = MachineBench(belief: .final)
        let number = bench.askCancel(wait: .seconds(1))
        bench.pass(.seconds(5))
        #expect(!bench.isAnswered(number))
        #expect(bench.reads == 0)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test func `a status that is not known holds the cancel back`() {
        var bench = MachineBench(readsFirst: true)
        let number = bench.askCancel()
        bench.read(.unknown)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(bench.sends == 0)
    }
}

@Suite struct `Ids that can start again` {
    @Test func `what has ended may be executing again`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        _ = bench.askCancel()
        bench.accept()
        bench.read(.cancelled, startedAt: 1)
        bench.pass(.seconds(5))
        let number = bench.askStatus()
        bench.read(.running, startedAt: 2)
        #expect(bench.snapshot(number)?.status == .running)
        #expect(bench.snapshot(number)?.cancel == nil)
    }

    @Test func `a run that ended otherwise does not show the cancel of the run before`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        _ = bench.askCancel()
        bench.accept()
        bench.read(.cancelled)
        bench.pass(.seconds(5))
        let number = bench.askStatus()
        bench.read(.completed)
        #expect(bench.snapshot(number)?.cancel == nil)
    }

    @Test func `a held cancel belongs to the run that it was asked for`() {
        var bench = MachineBench(from: [.running], readsFirst: true, restarts: true)
        let number = bench.askCancel(wait: .seconds(30))
        bench.read(.paused, startedAt: 1)
        bench.pass(.seconds(2))
        bench.read(.running, startedAt: 2)
        #expect(bench.sends == 0)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(bench.machine.isIdle)
    }

    @Test func `a start that was not known belongs to the run that it was asked for`() {
        var bench = MachineBench(from: [.running], readsFirst: true, restarts: true)
        let number = bench.askCancel(wait: .seconds(30))
        bench.read(.queued)
        bench.pass(.seconds(2))
        bench.read(.paused, startedAt: 1)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(3))
        bench.read(.running, startedAt: 2)
        #expect(bench.error(number)?.code == .taskNotCancellable)
        #expect(bench.sends == 0)
    }

    @Test func `an old observation does not say for which run a cancel is asked`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        bench.know(.completed, startedAt: 1)
        bench.pass(.seconds(3600))
        let number = bench.askCancel()
        bench.accept()
        bench.read(.running, startedAt: 2)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
    }

    @Test func `a run that starts while the cancel is on its way does not let a second cancel out`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        bench.know(.running, startedAt: 1)
        let first = bench.askCancel()
        bench.pass(.seconds(2))
        _ = bench.askStatus()
        bench.read(.running, startedAt: 2)
        let second = bench.askCancel()
        #expect(bench.sends == 1)
        bench.accept()
        bench.read(.running, startedAt: 2)
        #expect(bench.isAnswered(first))
        #expect(bench.isAnswered(second))
    }

    @Test func `a cancel that was taken is not shown on the run that ended before`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        bench.know(.completed)
        bench.pass(.seconds(3600))
        let number = bench.askCancel()
        bench.accept()
        bench.failRead(.providerTimeout)
        #expect(bench.error(number)?.code == .providerTimeout)
        #expect(bench.error(number)?.lastKnown?.cancel == nil)
    }

    @Test func `a finished run that was seen just now is not cancelled`() {
        var bench = MachineBench(belief: .promise, restarts: true)
        bench.know(.completed)
        let number = bench.askCancel()
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
        #expect(bench.sends == 0)
    }
}

@Suite struct `Renaming a task` {
    @Test func `the new title is read back`() {
        var bench = MachineBench()
        bench.know(.running)
        let number = bench.ask(.rename(title: "New"), wait: .seconds(10))
        #expect(bench.renames == 1)
        bench.answerRename(number, .success(()))
        #expect(bench.reads == 2)
        bench.read(.running)
        #expect(bench.snapshot(number)?.title == "New")
    }

    @Test func `a title that was taken but cannot be read back is said to be taken`() throws {
        var bench = MachineBench()
        let number = bench.ask(.rename(title: "New"))
        bench.answerRename(number, .success(()))
        bench.failRead(.providerTimeout)
        let error = try #require(bench.error(number))
        #expect(error.detail.hasPrefix("The task was renamed"))
    }

    @Test func `a refusal is told with the task as last seen`() {
        var bench = MachineBench()
        bench.know(.running)
        let number = bench.ask(.rename(title: "New"))
        bench.answerRename(number, .failure(GatewayError(.providerRejected, "No.")))
        #expect(bench.error(number)?.lastKnown?.status == .running)
        #expect(bench.machine.isIdle)
    }

    @Test func `a status read fails without touching a rename that is on its way`() {
        var bench = MachineBench()
        let rename = bench.ask(.rename(title: "New"))
        let status = bench.askStatus()
        bench.failRead(.providerTimeout)
        #expect(bench.isAnswered(status))
        #expect(!bench.isAnswered(rename))
        bench.answerRename(rename, .success(()))
        bench.read(.running)
        #expect(bench.isAnswered(rename))
    }

    @Test func `one who left is not waited for`() {
        var bench = MachineBench()
        let number = bench.ask(.rename(title: "New"))
        bench.machine.left(number: number)
        bench.answerRename(number, .success(()))
        #expect(bench.reads == 0)
        #expect(bench.machine.isIdle)
    }
}

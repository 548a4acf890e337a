import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

@Suite struct `Cancelling a task` {
    @Test func `a final answer that says cancelled confirms, without a status read`() {
        var bench = MachineBench(belief: .final)
        let number = bench.askCancel(by: "billing")
        bench.accept(.cancelled)
        let cancel = bench.snapshot(number)?.cancel
        #expect(bench.snapshot(number)?.status == .cancelled)
        #expect(cancel?.state == .confirmed)
        #expect(cancel?.requestedBy == "billing")
        #expect(cancel?.attempts == 1)
        #expect(cancel?.confirmedAt == bench.now.time)
        #expect(bench.reads == 0)
    }

    @Test func `a final answer that says it ended otherwise is too late`() {
        var bench = MachineBench(belief: .final)
        let number = bench.askCancel()
        bench.accept(.completed)
        #expect(bench.snapshot(number)?.status == .completed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test(arguments: [nil, TaskStatus.running])
    func `a final answer without an end is settled by a status read`(_ status: TaskStatus?) {
        var bench = MachineBench(belief: .final)
        let number = bench.askCancel()
        bench.accept(status)
        #expect(!bench.isAnswered(number))
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test func `a promise is followed by one status read at once, and answered with what that says`() {
        var bench = MachineBench(belief: .promise)
        let number = bench.askCancel()
        bench.accept(.cancelled)
        #expect(bench.reads == 1)
        bench.read(.running)
        #expect(bench.snapshot(number)?.status == .running)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
        #expect(bench.pollAfter(number) != nil)
        // Only a later status read confirms.
        bench.pass(.seconds(2))
        let later = bench.askStatus()
        bench.read(.cancelled)
        #expect(bench.snapshot(later)?.cancel?.state == .confirmed)
        #expect(bench.sends == 1)
    }

    @Test func `a promise that the task outran is too late`() {
        var bench = MachineBench(belief: .promise)
        let number = bench.askCancel()
        bench.accept(.cancelled)
        bench.read(.completed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test func `a promise whose status cannot be read is accepted as far as is known`() {
        var bench = MachineBench(belief: .promise)
        bench.know(.running)
        let number = bench.askCancel()
        bench.accept()
        bench.failRead(.providerTimeout)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
        #expect(bench.snapshot(number)?.status == .running)
    }

    @Test func `a promise of which nothing else is known is told with the error`() throws {
        var bench = MachineBench(belief: .promise)
        let number = bench.askCancel()
        bench.accept()
        bench.failRead(.providerTimeout)
        let error = try #require(bench.error(number))
        #expect(error.code == .providerTimeout)
        #expect(error.detail.contains("took the cancel"))
        // Another call joins it: nothing is sent again.
        bench.pass(.seconds(2))
        let again = bench.askCancel()
        bench.read(.running)
        #expect(bench.snapshot(again)?.cancel?.state == .accepted)
        #expect(bench.sends == 1)
    }

    @Test func `a promise whose task is gone ends the wait`() {
        var bench = MachineBench(belief: .promise)
        bench.know(.running)
        let number = bench.askCancel(wait: .seconds(30))
        bench.accept()
        bench.failRead(.taskNotFound)
        #expect(bench.error(number)?.code == .taskNotFound)
        #expect(bench.error(number)?.lastKnown?.cancel?.state == .accepted)
    }

    @Test func `a cancel of a finished task sends nothing`() {
        for (end, state) in [
            (TaskStatus.completed, CancelState.tooLate), (.failed, .tooLate), (.cancelled, .confirmed),
        ] {
            var bench = MachineBench()
            bench.know(end)
            bench.pass(.seconds(3600))
            let number = bench.askCancel()
            #expect(bench.snapshot(number)?.status == end)
            #expect(bench.snapshot(number)?.cancel?.state == state)
            #expect(bench.sends == 0)
        }
    }

    @Test func `a second cancel after the end keeps the record of the first`() {
        var bench = MachineBench()
        _ = bench.askCancel(by: "first")
        bench.accept(.cancelled)
        let number = bench.askCancel(by: "second")
        #expect(bench.snapshot(number)?.cancel?.requestedBy == "first")
        #expect(bench.sends == 1)
    }

    @Test func `read first sends nothing to a finished task`() {
        var bench = MachineBench(belief: .promise, readsFirst: true)
        let number = bench.askCancel()
        #expect(bench.sends == 0)
        bench.read(.failed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
        #expect(bench.sends == 0)
    }

    @Test func `read first reads anew before it sends, however fresh an observation is`() {
        var bench = MachineBench(belief: .promise, readsFirst: true)
        bench.know(.running)
        _ = bench.askCancel()
        #expect(bench.reads == 2)
        #expect(bench.sends == 0)
        bench.read(.running)
        #expect(bench.sends == 1)
    }

    @Test func `read first does not trust a read that was under way when the cancel came`() {
        var bench = MachineBench(belief: .promise, readsFirst: true)
        _ = bench.askStatus()
        let number = bench.askCancel()
        bench.read(.running)
        #expect(bench.reads == 2)
        #expect(bench.sends == 0)
        bench.read(.failed)
        #expect(bench.sends == 0)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test func `read first believes a fresh observation that leaves nothing to send`() {
        var bench = MachineBench(belief: .promise, readsFirst: true)
        bench.know(.completed)
        let number = bench.askCancel()
        #expect(bench.reads == 1)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test func `read first does not send when the status cannot be read`() {
        var bench = MachineBench(readsFirst: true)
        let number = bench.askCancel()
        bench.failRead(.providerUnavailable)
        #expect(bench.error(number)?.code == .providerUnavailable)
        #expect(bench.sends == 0)
        #expect(bench.machine.isIdle)
    }

    @Test func `a provider's own word for being stopped is running and accepted, whoever asked`() {
        var bench = MachineBench()
        let number = bench.askStatus()
        bench.read(.running, isBeingCancelled: true)
        #expect(bench.snapshot(number)?.status == .running)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
        #expect(bench.snapshot(number)?.cancel?.requestedAt == nil)
    }

    @Test func `what somebody else has cancelled is not cancelled again`() {
        var bench = MachineBench(belief: .promise)
        _ = bench.askStatus()
        bench.read(.running, isBeingCancelled: true)
        let number = bench.askCancel()
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
        bench.pass(.seconds(5))
        let later = bench.askCancel()
        bench.read(.cancelled)
        #expect(bench.snapshot(later)?.cancel?.state == .confirmed)
        #expect(bench.sends == 0)
    }

    @Test func `any number of callers send one cancel`() {
        var bench = MachineBench(belief: .promise)
        let first = bench.askCancel()
        let second = bench.askCancel()
        bench.accept()
        let third = bench.askCancel()
        bench.read(.running)
        for number in [first, second, third] { #expect(bench.snapshot(number)?.cancel?.state == .accepted) }
        let fourth = bench.askCancel()
        #expect(bench.snapshot(fourth)?.cancel?.state == .accepted)
        #expect(bench.sends == 1)
        #expect(bench.reads == 1)
    }

    @Test func `a caller that hangs up cancels nothing and un-cancels nothing`() {
        var bench = MachineBench(belief: .promise, readsFirst: true)
        let number = bench.askCancel()
        bench.machine.left(number: number)
        bench.read(.running)
        #expect(bench.sends == 1)
        bench.accept()
        bench.read(.cancelled)
        #expect(!bench.isAnswered(number))
        #expect(bench.machine.lastKnown?.cancel?.state == .confirmed)
    }

    @Test func `a final answer is merged with what was seen before, and a later status read says more`() {
        var bench = MachineBench(belief: .final)
        _ = bench.askStatus()
        bench.read(.running, progress: 40, startedAt: 1000)
        let number = bench.askCancel()
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.progress == 40)
        #expect(bench.snapshot(number)?.startedAt == Timestamp(millisecondsSinceEpoch: 1000))
        bench.pass(.seconds(5))
        let later = bench.askStatus()
        bench.read(.cancelled, progress: 41)
        #expect(bench.snapshot(later)?.progress == 41)
        #expect(bench.snapshot(later)?.cancel?.state == .confirmed)
        bench.pass(.seconds(5))
        let kept = bench.askStatus()
        #expect(bench.isAnswered(kept))
    }

    @Test func `an end that only the cancel's answer told stays the end when the status read fails or contradicts`() {
        var bench = MachineBench(belief: .final)
        _ = bench.askCancel()
        bench.accept(.cancelled)
        bench.pass(.seconds(5))
        let number = bench.askStatus()
        bench.failRead(.taskNotFound)
        #expect(bench.snapshot(number)?.status == .cancelled)
        bench.pass(.seconds(5))
        let later = bench.askStatus()
        bench.read(.running)
        #expect(bench.snapshot(later)?.status == .cancelled)
        #expect(bench.snapshot(later)?.cancel?.state == .confirmed)
    }

    @Test func `a task seen to end while the cancel is on its way is not moved back`() {
        var bench = MachineBench(belief: .final)
        let number = bench.askCancel()
        _ = bench.askStatus()
        bench.read(.completed)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.status == .completed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test func `the caller's reason is sent and kept`() {
        var bench = MachineBench()
        let number = bench.ask(.cancel(reason: "too dear"))
        bench.accept(.cancelled)
        #expect(bench.reasonSent == "too dear")
        #expect(bench.snapshot(number)?.cancel?.reason == "too dear")
    }
}

import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

@Suite struct `A cancel that is refused, lost or not sent` {
    @Test func `a refusal is settled by a status read: it was over`() {
        for (end, state) in [(TaskStatus.completed, CancelState.tooLate), (.cancelled, .confirmed)] {
            var bench = MachineBench(from: [.running])
            let number = bench.askCancel()
            bench.refuse()
            #expect(bench.isReading)
            bench.read(end)
            #expect(bench.snapshot(number)?.cancel?.state == state)
            #expect(bench.sends == 1)
        }
    }

    @Test func `a refusal is settled by a status read: it cannot be stopped yet`() throws {
        var bench = MachineBench(from: [.running])
        let number = bench.askCancel()
        bench.refuse()
        bench.read(.queued)
        let error = try #require(bench.error(number))
        #expect(error.code == .taskNotCancellable)
        #expect(error.retryAfter != nil)
        #expect(error.lastKnown?.status == .queued)
        #expect(error.lastKnown?.cancel == nil)
        #expect(bench.machine.isIdle)
    }

    @Test func `a refusal is settled by a status read: the state that forbade it has passed`() {
        var bench = MachineBench(from: [.running])
        let number = bench.askCancel()
        bench.refuse()
        bench.read(.running)
        #expect(bench.sends == 2)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.attempts == 2)
    }

    @Test func `a refusal is settled by a status read: the provider would not, once more`() {
        var bench = MachineBench(from: [.running])
        let number = bench.askCancel()
        bench.refuse()
        bench.read(.running)
        bench.refuse()
        bench.read(.running)
        #expect(bench.error(number)?.code == .providerRejected)
        #expect(bench.error(number)?.lastKnown?.cancel?.state == .failed)
        #expect(bench.sends == 2)
    }

    @Test func `a refusal is settled by a status read: the provider is stopping it`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.refuse(.providerError)
        bench.read(.running, isBeingCancelled: true)
        #expect(bench.snapshot(number)?.cancel?.state == .accepted)
    }

    @Test func `an error of the provider's is settled, and not answered with a second cancel`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.refuse(.providerError)
        bench.read(.running)
        #expect(bench.error(number)?.code == .providerError)
        #expect(bench.sends == 1)
    }

    @Test func `an error of the provider's that worked all the same is confirmed`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.refuse(.providerError)
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test(arguments: [ErrorCode.providerAuthFailed, .taskNotFound, .providerRateLimited, .unsupportedOperation])
    func `a plain refusal is told at once`(_ code: ErrorCode) {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.answerCancel(.refused(GatewayError(code, "No.")))
        #expect(bench.error(number)?.code == code)
        #expect(bench.reads == 0)
    }

    @Test func `what a definition calls not cancellable is settled like any other refusal`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.answerCancel(.refused(GatewayError(.taskNotCancellable, "No.")))
        bench.read(.completed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
    }

    @Test func `a lost answer is settled before anything is sent again`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.lose()
        #expect(bench.sends == 1)
        #expect(bench.isReading)
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
        #expect(bench.sends == 1)
    }

    @Test func `a lost answer is sent again at most once`() {
        var bench = MachineBench()
        let number = bench.askCancel(wait: .seconds(30))
        bench.lose()
        bench.read(.running)
        #expect(bench.sends == 2)
        bench.lose()
        bench.read(.running)
        #expect(bench.sends == 2)
        #expect(bench.error(number)?.code == .providerTimeout)
        #expect(bench.error(number)?.lastKnown?.cancel?.state == .failed)
    }

    @Test func `a lost answer that cannot be settled is never followed by a blind cancel`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.lose()
        bench.failRead(.providerUnavailable)
        #expect(bench.error(number)?.code == .providerTimeout)
        #expect(bench.machine.isIdle)
        bench.pass(.seconds(60))
        let again = bench.askCancel()
        #expect(bench.sends == 1)
        bench.read(.cancelled)
        #expect(bench.snapshot(again)?.cancel?.state == .confirmed)
        #expect(bench.snapshot(again)?.cancel?.attempts == 1)
    }

    @Test func `a status read by others settles a lost cancel without sending anything`() {
        var bench = MachineBench()
        _ = bench.askCancel()
        bench.lose()
        bench.failRead(.providerUnavailable)
        bench.pass(.seconds(5))
        let number = bench.askStatus()
        bench.read(.completed)
        #expect(bench.snapshot(number)?.cancel?.state == .tooLate)
        #expect(bench.sends == 1)
    }

    @Test func `one who waits has a lost cancel settled as soon as the status can be read`() {
        var bench = MachineBench()
        let number = bench.askCancel(wait: .seconds(30))
        bench.lose()
        bench.failRead(.providerUnavailable)
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(2))
        bench.read(.running)
        #expect(bench.sends == 2)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test func `a cancel that failed and worked all the same is confirmed when that is seen`() {
        var bench = MachineBench()
        _ = bench.askCancel()
        bench.refuse(.providerError)
        bench.read(.running)
        bench.pass(.seconds(2))
        let number = bench.askStatus()
        bench.read(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
        #expect(bench.snapshot(number)?.cancel?.detail == nil)
    }

    @Test func `a cancel that was not sent is not an attempt`() {
        var bench = MachineBench()
        let number = bench.askCancel()
        bench.answerCancel(.notSent(GatewayError(.providerUnavailable, "No connection.")))
        #expect(bench.error(number)?.code == .providerUnavailable)
        #expect(bench.error(number)?.detail == "No connection.")
        #expect(bench.machine.cancel?.attempts == 0)
        #expect(bench.reads == 0)
    }

    @Test func `one who waits has a cancel that was not sent tried again`() {
        var bench = MachineBench()
        let number = bench.askCancel(wait: .seconds(30))
        bench.answerCancel(.notSent(GatewayError(.providerUnavailable, "No connection.")))
        bench.pass(.seconds(2))
        bench.read(.running)
        #expect(bench.sends == 2)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.attempts == 1)
    }

    @Test func `too many calls: nothing is sent before the provider allows it`() {
        var bench = MachineBench()
        let other = bench.askStatus(wait: .seconds(60))
        bench.read(.running)
        let number = bench.askCancel(wait: .seconds(60))
        bench.answerCancel(.refused(GatewayError(.providerRateLimited, "Slow down.", retryAfter: .seconds(10))))
        let impatient = bench.askCancel()
        #expect(bench.error(impatient)?.code == .providerRateLimited)
        bench.pass(.milliseconds(9999))
        #expect(bench.sends == 1)
        #expect(bench.reads == 1)
        bench.pass(.milliseconds(1))
        bench.read(.running)
        #expect(bench.sends == 2)
        bench.accept(.cancelled)
        #expect(bench.isAnswered(number))
        #expect(bench.isAnswered(other))
    }
}

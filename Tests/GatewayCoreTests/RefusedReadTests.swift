import TaskModel
import Testing

@testable import GatewayCore

@Suite struct `A status read that is refused before anything is sent` {
    @Test func `is told at once to those who do not wait, each time they ask`() {
        var bench = MachineBench()
        for round in 1...3 {
            let number = bench.askStatus()
            #expect(bench.reads == round, "no minimum interval holds where nothing was sent")
            bench.refuseRead()
            #expect(bench.error(number)?.code == .providerUnavailable)
            #expect(bench.error(number)?.retryAfter == .seconds(5))
        }
        #expect(bench.machine.isIdle)
        #expect(bench.machine.nextWake == nil)
    }

    @Test func `is tried again for those who wait, when the time for it has come`() {
        var bench = MachineBench()
        let number = bench.askStatus(wait: .seconds(30))
        bench.read(.running)
        bench.pass(.seconds(2))
        bench.refuseRead(retryAfter: .milliseconds(7300))
        bench.pass(.milliseconds(7299))
        #expect(bench.reads == 2)
        bench.pass(.milliseconds(1))
        #expect(bench.reads == 3)
        bench.refuseRead(retryAfter: .seconds(60))
        bench.pass(.seconds(30))
        // The wait is over: one last look, and then what was seen before.
        #expect(bench.reads == 4)
        bench.refuseRead()
        #expect(bench.snapshot(number)?.status == .running)
    }

    @Test func `does not make the next reads rarer`() {
        var bench = MachineBench()
        _ = bench.askStatus(wait: .seconds(60))
        bench.read(.running)
        for _ in 0..<5 {
            bench.pass(.seconds(2))
            bench.refuseRead(retryAfter: .zero)
        }
        #expect(bench.machine.nextWake == bench.uptime + .seconds(2))
    }

    @Test func `pauses a task for five minutes at most, whatever was asked for`() {
        var bench = MachineBench()
        bench.know(.running)
        bench.pass(.seconds(5))
        _ = bench.askStatus(wait: .seconds(1000))
        bench.failRead(.providerRateLimited, retryAfter: .seconds(86400))
        #expect(bench.machine.nextWake == bench.uptime + .seconds(300))
    }

    @Test func `is urgent where a cancel waits for it, and is hurried where one comes to`() {
        var bench = MachineBench(readsFirst: true)
        _ = bench.askStatus()
        #expect(!bench.isReadUrgent)
        _ = bench.askCancel()
        #expect(bench.hurries == 1)
        _ = bench.askCancel()
        #expect(bench.hurries == 1, "once is enough")
        bench.read(.running)
        #expect(bench.reads == 2)
        #expect(bench.isReadUrgent)
    }

    @Test func `for a held cancel is tried again until its time is over`() {
        var bench = MachineBench(from: [.running])
        bench.know(.queued)
        let number = bench.askCancel(wait: .seconds(30))
        bench.pass(.seconds(2))
        bench.refuseRead()
        #expect(!bench.isAnswered(number))
        bench.pass(.seconds(5))
        bench.read(.running)
        #expect(bench.sends == 1)
        bench.accept(.cancelled)
        #expect(bench.snapshot(number)?.cancel?.state == .confirmed)
    }

    @Test func `leaves a lost cancel unsettled, and nothing is sent again blindly`() {
        var bench = MachineBench()
        bench.know(.running)
        let number = bench.askCancel()
        bench.lose()
        #expect(bench.isReadUrgent)
        bench.refuseRead()
        #expect(bench.error(number)?.code == .providerTimeout)
        #expect(bench.sends == 1)
        _ = bench.askCancel()
        #expect(bench.sends == 1)
        #expect(bench.isReading)
    }
}

import GatewayCore
import NIOCore
import TaskModel
import Testing

@testable import GatewayHTTP

@Suite struct `The queue of a connection's requests` {
    private func exchange(minorVersion: Int = 1) -> ExchangeQueue.Exchange {
        ExchangeQueue.Exchange(
            requestID: .made(1),
            arrivedAt: .now(),
            isHead: false,
            minorVersion: minorVersion,
            keepsAlive: true,
            instance: "/"
        )
    }

    private let request = ReceivedRequest(
        method: .get,
        target: "/",
        fields: [(name: String, value: String)](),
        minorVersion: 1,
        randomness: { 1 }
    )

    private let shape = AnswerShape(call: .status, view: .brief, instance: "/", requestID: .made(1))

    private func answer(_ status: Int) -> HTTPAnswer { HTTPAnswer(status, .none, .never) }

    private func ticket(_ number: UInt64) -> TaskTicket {
        TaskTicket(task: TaskID(provider: "cloud", native: "a"), number: number)
    }

    private func queue(_ count: Int, maximumAsked: Int = 16) -> ExchangeQueue {
        var queue = ExchangeQueue(maximumAsked: maximumAsked)
        for _ in 0..<count {
            queue.begin(exchange(), owesContinue: false)
            queue.arrived(request)
        }
        return queue
    }

    @Test(arguments: [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]])
    func `gives answers back in the order of the requests`(_ order: [UInt64]) {
        var queue = queue(4)
        while let (number, _) = queue.next() { queue.expectReply(number, shape: shape) }
        var given: [Int] = []
        for number in order {
            queue.answer(number, with: answer(Int(number)))
            while let (_, answer) = queue.popAnswered() { given.append(answer.status) }
        }
        #expect(given == [1, 2, 3, 4])
        #expect(queue.isEmpty)
    }

    @Test func `hands out no more than may be asked at once`() {
        var queue = queue(5, maximumAsked: 2)
        #expect(queue.isFull)
        var numbers: [UInt64] = []
        while let (number, _) = queue.next() { numbers.append(number) }
        #expect(numbers == [1, 2])
        queue.answer(2, with: answer(200))
        while let (number, _) = queue.next() { numbers.append(number) }
        #expect(numbers == [1, 2, 3])
    }

    @Test func `takes an answer once, and none for what was given up`() {
        var queue = queue(2)
        while let (number, _) = queue.next() { queue.expectReply(number, shape: shape) }
        queue.hold(ticket(7), for: 1)
        queue.hold(ticket(8), for: 2)
        queue.answer(1, with: answer(200))
        let shape = queue.takeShape(of: 1)
        #expect(shape == nil)
        queue.answer(1, with: answer(500))
        queue.hold(ticket(9), for: 1)
        let free = queue.giveUp().tickets
        #expect(free == [ticket(8)])
        #expect(queue.isEmpty)
        queue.answer(2, with: answer(200))
        let popped = queue.popAnswered()
        #expect(popped == nil)
    }

    @Test func `answers all that is left, and says whose places are free`() {
        var queue = queue(3, maximumAsked: 2)
        queue.begin(exchange(), owesContinue: true)
        while let (number, _) = queue.next() { queue.expectReply(number, shape: shape) }
        queue.hold(ticket(1), for: 1)
        queue.hold(ticket(2), for: 2)
        queue.answer(2, with: answer(200))
        let free = queue.answerAll { _ in answer(503) }.tickets
        #expect(free == [ticket(1)])
        var given: [Int] = []
        while let (_, answer) = queue.popAnswered() { given.append(answer.status) }
        #expect(given == [503, 200, 503, 503])
    }

    @Test func `tells a request to go on when its turn has come, once`() {
        var queue = queue(1)
        queue.begin(exchange(), owesContinue: true)
        #expect(queue.isArriving)
        let first = queue.next()?.number ?? 0
        var turns = [queue.takeContinue()]
        queue.answer(first, with: answer(200))
        _ = queue.popAnswered()
        turns.append(queue.takeContinue())
        turns.append(queue.takeContinue())
        #expect(turns == [false, true, false])
    }

    @Test func `takes interim responses for what waits, and not in HTTP/1.0`() {
        var queue = queue(1)
        #expect(queue.oldestTakesInterim)
        let number = queue.next()?.number ?? 0
        #expect(queue.oldestTakesInterim)
        queue.answer(number, with: answer(200))
        #expect(!queue.oldestTakesInterim)
        var old = ExchangeQueue(maximumAsked: 1)
        old.begin(exchange(minorVersion: 0), owesContinue: false)
        old.arrived(request)
        #expect(!old.oldestTakesInterim)
    }
}

internal import GatewayCore
internal import NIOCore

/// The requests of one connection that have no answer on the wire yet, in the order in which they came.
///
/// Answers may become known in any order, and leave in this one. Never copied: what it holds are references.
struct ExchangeQueue {
    /// Without what belongs to the states, which is moved in and out and never copied.
    fileprivate enum State {
        /// Its body is still arriving.
        case arriving
        /// It is whole, and others are before it.
        case waiting
        case asked
        case answered
        /// A stream answers it, which begins when everything before it has left.
        case due
        /// Its stream is open.
        case streaming
    }

    /// What is known of a request, as far as its answer and its line in the log need it.
    ///
    /// A reference: it is large, changes where it stands, and is handed on to the end without being copied.
    final class Exchange {
        let requestID: RequestID
        let trace: TraceParent?
        /// Nil for a method that no path here answers, and for what is no request.
        let method: HTTPMethod?
        /// When its first byte came, on the clock of the event loop.
        let arrivedAt: NIODeadline
        let isHead: Bool
        let minorVersion: Int
        /// Whether the request lets the connection stay open.
        let keepsAlive: Bool
        /// The path, for problems; nil where the target is none.
        let instance: Substring?
        fileprivate(set) var subject = RequestSubject()
        /// The call to the provider that its answer rests on.
        fileprivate(set) var upstream: CallRecord?

        fileprivate var number: UInt64 = 0
        fileprivate var state = State.arriving
        fileprivate var owesContinue = false
        /// What is to be worked on, while it waits.
        fileprivate var request: ReceivedRequest?
        /// The answer, once it is known.
        fileprivate var answer: HTTPAnswer?
        /// The shape that the gateway's reply takes, while it is asked.
        fileprivate var shape: AnswerShape?
        /// The stream that is to answer it, until it is opened.
        fileprivate var wish: EventStreamWish?
        /// The place in the gateway's line, while it is asked.
        fileprivate var ticket: TaskTicket?
        /// What its answer waits for, where that is not one question.
        fileprivate var work: (any PendingWork)?

        init(
            requestID: RequestID,
            trace: TraceParent? = nil,
            method: HTTPMethod? = nil,
            arrivedAt: NIODeadline,
            isHead: Bool,
            minorVersion: Int,
            keepsAlive: Bool,
            instance: Substring?
        ) {
            self.requestID = requestID
            self.trace = trace
            self.method = method
            self.arrivedAt = arrivedAt
            self.isHead = isHead
            self.minorVersion = minorVersion
            self.keepsAlive = keepsAlive
            self.instance = instance
        }

        fileprivate var isAsked: Bool { state == .asked }

        fileprivate func answer(with answer: consuming HTTPAnswer) {
            self.answer = answer
            request = nil
            wish = nil
            work = nil
            state = .answered
        }
    }

    private var exchanges: [Exchange] = []
    private var lastNumber: UInt64 = 0
    private var askedCount = 0
    private let maximumAsked: Int

    init(maximumAsked: Int) {
        self.maximumAsked = maximumAsked
    }

    var count: Int { exchanges.count }
    var isEmpty: Bool { exchanges.isEmpty }
    /// Whether as much is under way as may be: nothing more is to be read.
    var isFull: Bool { exchanges.count >= maximumAsked }

    /// Whether the youngest request has not arrived whole.
    var isArriving: Bool { exchanges.last?.state == .arriving }

    /// What is needed to answer the youngest request.
    var youngest: Exchange? { exchanges.last }

    /// Whether the connection can stay open behind the youngest request.
    var youngestKeepsAlive: Bool { exchanges.last?.keepsAlive ?? true }

    /// The requests that were worked on, and whose answers have not left.
    var unanswered: [Exchange] {
        exchanges.filter { exchange in
            switch exchange.state {
            case .arriving, .waiting: false
            case .asked, .answered, .due: true
            // It has its answer, of which more may follow.
            case .streaming: false
            }
        }
    }

    /// Whether the oldest request is being answered by a stream.
    var isStreaming: Bool {
        guard case .streaming = exchanges.first?.state else { return false }
        return true
    }

    /// Whether the oldest request has arrived whole and is neither answered nor too old for interim responses; where it is
    /// answered by a stream, as long as nothing of that was written.
    var oldestTakesInterim: Bool {
        guard let first = exchanges.first, first.minorVersion >= 1 else { return false }
        switch first.state {
        case .arriving, .answered: return false
        case .waiting, .asked, .due, .streaming: return true
        }
    }

    // MARK: - What happens

    /// The head of a request arrived.
    mutating func begin(_ exchange: Exchange, owesContinue: Bool) {
        lastNumber += 1
        exchange.number = lastNumber
        exchange.owesContinue = owesContinue
        exchanges.append(exchange)
    }

    /// The youngest request arrived whole.
    mutating func arrived(_ request: ReceivedRequest) {
        guard let youngest = exchanges.last, youngest.state == .arriving else { return }
        youngest.state = .waiting
        youngest.request = request
        youngest.owesContinue = false
    }

    /// The youngest request, which is still arriving, gets its answer without being read to its end.
    mutating func refuseArriving(_ answer: HTTPAnswer) {
        guard let youngest = exchanges.last, youngest.state == .arriving else { return }
        youngest.answer(with: answer)
    }

    /// The next request to work on, if there is one and there is room for it; it counts as asked from here on.
    ///
    /// Behind a stream there is none: it may last for hours, and an answer would be as old when it left.
    mutating func next() -> (number: UInt64, request: ReceivedRequest)? {
        guard askedCount < maximumAsked else { return nil }
        for exchange in exchanges {
            switch exchange.state {
            case .waiting:
                guard let request = exchange.request.take() else { continue }
                exchange.state = .asked
                askedCount += 1
                return (exchange.number, request)
            case .due, .streaming: return nil
            case .arriving, .asked, .answered: continue
            }
        }
        return nil
    }

    /// It is known what a request is about.
    mutating func describe(_ number: UInt64, _ subject: consuming RequestSubject) {
        exchange(number)?.subject = subject
    }

    /// It is known which call to the provider its answer rests on.
    mutating func describe(_ number: UInt64, _ call: CallRecord) {
        exchange(number)?.upstream = call
    }

    /// The gateway is going to be asked; its reply takes this shape.
    mutating func expectReply(_ number: UInt64, shape: consuming AnswerShape) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.shape = shape
    }

    /// The gateway was asked, and may even have replied already.
    mutating func hold(_ ticket: TaskTicket, for number: UInt64) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.ticket = ticket
    }

    /// Something else than one question is under way for the answer, and may even have brought it already.
    mutating func hold(_ work: any PendingWork, for number: UInt64) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.work = work
    }

    /// The shape that the reply to a request takes, given once; nil if none is expected any more.
    mutating func takeShape(of number: UInt64) -> AnswerShape? {
        guard let exchange = exchange(number), exchange.isAsked else { return nil }
        return exchange.shape.take()
    }

    /// The answer to a request is known.
    mutating func answer(_ number: UInt64, with answer: consuming HTTPAnswer) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.answer(with: answer)
        askedCount -= 1
    }

    // MARK: - Streams

    /// The answer to a request is a stream.
    mutating func expectStream(_ number: UInt64, _ wish: EventStreamWish) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.state = .due
        exchange.wish = wish
        askedCount -= 1
    }

    /// The stream that answers the oldest request, once, when it is to be opened.
    mutating func takeDueStream() -> (request: Exchange, wish: EventStreamWish)? {
        guard let first = exchanges.first, first.state == .due, let wish = first.wish.take() else { return nil }
        first.state = .streaming
        return (first, wish)
    }

    /// The oldest request gets this answer instead of its stream, of which nothing was written.
    mutating func answerStream(with answer: HTTPAnswer) {
        guard isStreaming else { return }
        exchanges[0].answer(with: answer)
    }

    /// The stream of the oldest request is over, and with it the request.
    mutating func endStream() {
        if isStreaming { exchanges.removeFirst() }
    }

    /// The oldest request with its answer, which leaves the queue; nil while its answer is not known.
    mutating func popAnswered() -> (request: Exchange, answer: HTTPAnswer)? {
        guard let first = exchanges.first, let answer = first.answer.take() else { return nil }
        exchanges.removeFirst()
        return (first, answer)
    }

    /// Whether the oldest request waits to be told to go on; true once.
    mutating func takeContinue() -> Bool {
        guard let first = exchanges.first, first.owesContinue else { return false }
        first.owesContinue = false
        return first.state == .arriving
    }

    /// What nobody waits for any more.
    struct GivenUp {
        fileprivate(set) var tickets: [TaskTicket] = []
        fileprivate(set) var works: [any PendingWork] = []

        fileprivate mutating func add(_ exchange: Exchange) {
            guard exchange.isAsked else { return }
            if let ticket = exchange.ticket { tickets.append(ticket) }
            if let work = exchange.work { works.append(work) }
            exchange.work = nil
        }
    }

    /// Answers everything that has no answer but an open stream, and returns what is given up.
    mutating func answerAll(with answer: (Exchange) -> HTTPAnswer) -> GivenUp {
        var givenUp = GivenUp()
        for exchange in exchanges {
            switch exchange.state {
            case .answered, .streaming: continue
            case .asked, .arriving, .waiting, .due: break
            }
            givenUp.add(exchange)
            exchange.answer(with: answer(exchange))
        }
        askedCount = 0
        return givenUp
    }

    /// The client is gone: forgets everything, and returns what is given up.
    mutating func giveUp() -> GivenUp {
        var givenUp = GivenUp()
        for exchange in exchanges { givenUp.add(exchange) }
        exchanges = []
        askedCount = 0
        return givenUp
    }

    /// Numbers are in order, and nearly always the first is meant.
    private func exchange(_ number: UInt64) -> Exchange? {
        for exchange in exchanges where exchange.number == number { return exchange }
        return nil
    }
}

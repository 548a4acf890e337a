internal import GatewayCore
internal import NIOCore

/// The requests of one connection that have no answer on the wire yet, in the order in which they came.
///
/// Answers may become known in any order, and leave in this one. Never copied: what it holds are references.
struct ExchangeQueue {
    /// What of a request is needed to write its answer.
    struct Context: Sendable {
        var requestID: RequestID
        var trace: TraceParent?
        /// Nil for a method that no path here answers, and for what is no request.
        var method: HTTPMethod?
        /// When its first byte came, on the clock of the event loop.
        var arrivedAt: NIODeadline
        var isHead: Bool
        var minorVersion: Int
        /// Whether the request lets the connection stay open.
        var keepsAlive: Bool
        /// The path, for problems; nil where the target is none.
        var instance: Substring?
        var subject = RequestSubject()
        /// The call to the provider that its answer rests on.
        var upstream: CallRecord?
    }

    private enum State {
        /// Its body is still arriving.
        case arriving
        /// It is whole, and others are before it.
        case waiting(ReceivedRequest)
        case asked
        case answered(HTTPAnswer)
    }

    /// A reference: what is known of it is large, and changes where it stands.
    private final class Exchange {
        let number: UInt64
        var context: Context
        var state = State.arriving
        var owesContinue: Bool
        /// The shape that the gateway's reply takes, once it is asked.
        var shape: AnswerShape?
        /// The place in the gateway's line, while it is asked.
        var ticket: TaskTicket?

        init(number: UInt64, context: Context, owesContinue: Bool) {
            self.number = number
            self.context = context
            self.owesContinue = owesContinue
        }

        var isAsked: Bool {
            if case .asked = state { true } else { false }
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
    var isArriving: Bool {
        guard case .arriving = exchanges.last?.state else { return false }
        return true
    }

    /// What is needed to answer the youngest request.
    var youngest: Context? { exchanges.last?.context }

    /// Whether the connection can stay open behind the youngest request.
    var youngestKeepsAlive: Bool { exchanges.last?.context.keepsAlive ?? true }

    /// The requests that were worked on, and whose answers have not left.
    var unanswered: [Context] {
        exchanges.compactMap { exchange in
            switch exchange.state {
            case .arriving, .waiting: nil
            case .asked, .answered: exchange.context
            }
        }
    }

    /// Whether the oldest request has arrived whole and is neither answered nor too old for interim responses.
    var oldestTakesInterim: Bool {
        guard let first = exchanges.first, first.context.minorVersion >= 1 else { return false }
        switch first.state {
        case .arriving, .answered: return false
        case .waiting, .asked: return true
        }
    }

    // MARK: - What happens

    /// The head of a request arrived.
    mutating func begin(_ context: Context, owesContinue: Bool) {
        lastNumber += 1
        exchanges.append(Exchange(number: lastNumber, context: context, owesContinue: owesContinue))
    }

    /// The youngest request arrived whole.
    mutating func arrived(_ request: ReceivedRequest) {
        guard let youngest = exchanges.last, case .arriving = youngest.state else { return }
        youngest.state = .waiting(request)
        youngest.owesContinue = false
    }

    /// The youngest request, which is still arriving, gets its answer without being read to its end.
    mutating func refuseArriving(_ answer: HTTPAnswer) {
        guard let youngest = exchanges.last, case .arriving = youngest.state else { return }
        youngest.state = .answered(answer)
    }

    /// The next request to work on, if there is one and there is room for it; it counts as asked from here on.
    mutating func next() -> (number: UInt64, request: ReceivedRequest)? {
        guard askedCount < maximumAsked else { return nil }
        for exchange in exchanges {
            guard case .waiting(let request) = exchange.state else { continue }
            exchange.state = .asked
            askedCount += 1
            return (exchange.number, request)
        }
        return nil
    }

    /// It is known what a request is about.
    mutating func describe(_ number: UInt64, _ subject: RequestSubject) {
        exchange(number)?.context.subject = subject
    }

    /// It is known which call to the provider its answer rests on.
    mutating func describe(_ number: UInt64, _ call: CallRecord) {
        exchange(number)?.context.upstream = call
    }

    /// The gateway is going to be asked; its reply takes this shape.
    mutating func expectReply(_ number: UInt64, shape: AnswerShape) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.shape = shape
    }

    /// The gateway was asked, and may even have replied already.
    mutating func hold(_ ticket: TaskTicket, for number: UInt64) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.ticket = ticket
    }

    /// The shape that the reply to a request takes; nil if none is expected any more.
    func shape(of number: UInt64) -> AnswerShape? {
        guard let exchange = exchange(number), exchange.isAsked else { return nil }
        return exchange.shape
    }

    /// The answer to a request is known.
    mutating func answer(_ number: UInt64, with answer: HTTPAnswer) {
        guard let exchange = exchange(number), exchange.isAsked else { return }
        exchange.state = .answered(answer)
        askedCount -= 1
    }

    /// The oldest request with its answer, which leaves the queue; nil while its answer is not known.
    mutating func popAnswered() -> (context: Context, answer: HTTPAnswer)? {
        guard let first = exchanges.first, case .answered(let answer) = first.state else { return nil }
        exchanges.removeFirst()
        return (first.context, answer)
    }

    /// Whether the oldest request waits to be told to go on; true once.
    mutating func takeContinue() -> Bool {
        guard let first = exchanges.first, first.owesContinue else { return false }
        first.owesContinue = false
        if case .arriving = first.state { return true }
        return false
    }

    /// Answers everything that has no answer, and returns the places that are given up.
    mutating func answerAll(with answer: (Context) -> HTTPAnswer) -> [TaskTicket] {
        var tickets: [TaskTicket] = []
        for exchange in exchanges {
            switch exchange.state {
            case .answered: continue
            case .asked: if let ticket = exchange.ticket { tickets.append(ticket) }
            case .arriving, .waiting: break
            }
            exchange.state = .answered(answer(exchange.context))
        }
        askedCount = 0
        return tickets
    }

    /// The client is gone: forgets everything, and returns the places that are given up.
    mutating func giveUp() -> [TaskTicket] {
        let tickets = exchanges.compactMap { $0.isAsked ? $0.ticket : nil }
        exchanges = []
        askedCount = 0
        return tickets
    }

    /// Numbers are in order, and nearly always the first is meant.
    private func exchange(_ number: UInt64) -> Exchange? {
        for exchange in exchanges where exchange.number == number { return exchange }
        return nil
    }
}

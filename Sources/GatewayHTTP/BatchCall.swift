internal import GatewayCore
internal import NIOCore
internal import TaskModel

/// Asks about many tasks for one request, and answers when all have their results.
///
/// Belongs to the event loop of its connection. Of the tasks of one provider, few are asked about at once, so that a long
/// list does not stand in the provider's line before everybody else. A question that waits is over only when the wait is,
/// but its call is not: it counts among those few for a moment only, and then the next one is asked.
final class BatchCall: PendingWork {
    /// The most questions about one provider's tasks at once, and the most in one turn of the event loop.
    static let window = 64
    /// How long a question that waits counts among those that are asked at once.
    static let windowTime = TimeAmount.milliseconds(250)
    private struct Entry {
        var task: TaskID?
        var ticket: TaskTicket?
        var isInWindow = false
        /// Which question about it is the latest: what is replied to another one comes too late.
        var round = 0
        var result: [UInt8]?
    }

    /// The questions about the tasks of one provider.
    private struct Line {
        var inWindow = 0
        /// Those for which there was no room.
        var held: [Int] = []
    }

    private let question: BatchQuestion
    private let interpreter: RequestInterpreter
    private let core: ServerCore
    private let eventLoop: any EventLoop
    private let complete: (HTTPAnswer) -> Void
    private let begin = NIODeadline.now()

    private var entries: [Entry]
    private var lines: [String: Line] = [:]
    /// Those that can be asked about at once.
    private var ready: [Int] = []
    /// The first that was not looked up.
    private var position = 0
    private var missing: Int
    private var byteCount = 0
    private var isFilling = false
    /// Whether one is done, and the caller waits for no other.
    private var isHurrying = false
    private var isOver = false

    /// `complete` runs at most once, and not after `giveUp`.
    init(
        _ question: BatchQuestion,
        _ interpreter: RequestInterpreter,
        core: ServerCore,
        eventLoop: any EventLoop,
        complete: @escaping (HTTPAnswer) -> Void
    ) {
        self.question = question
        self.interpreter = interpreter
        self.core = core
        self.eventLoop = eventLoop
        self.complete = complete
        entries = Array(repeating: Entry(), count: question.ids.count)
        missing = question.ids.count
    }

    func giveUp() {
        guard !isOver else { return }
        isOver = true
        for entry in entries {
            if let ticket = entry.ticket { interpreter.gateway.forget(ticket) }
        }
    }

    /// Asks as much as may be asked now.
    func fill() {
        guard !isFilling, !isOver else { return }
        isFilling = true
        var asked: [Int] = []
        var turns = 0
        while turns < Self.window, let index = next() {
            turns += 1
            if ask(index) { asked.append(index) }
        }
        isFilling = false
        guard !isOver else { return }
        if missing == 0 { return finish() }
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        if turns == Self.window { eventLoop.execute { me.value.fill() } }
        guard question.wait != nil, !isHurrying, !asked.isEmpty, isAnyUnasked else { return }
        eventLoop.scheduleTask(in: Self.windowTime) { [asked] in me.value.leaveWindow(asked) }
    }

    private func finish() {
        isOver = true
        complete(question.answer(entries.map { $0.result ?? [] }))
    }

    // MARK: - Asking

    private var isAnyUnasked: Bool {
        position < entries.count || !ready.isEmpty || lines.values.contains { !$0.held.isEmpty }
    }

    /// The next one to look up or to ask about; nil where there is none now.
    private func next() -> Int? {
        if let index = ready.popLast() { return index }
        guard position < entries.count else { return nil }
        position += 1
        return position - 1
    }

    /// Looks one up if nobody did, and asks about it; false where there is no question, or no room for it.
    private func ask(_ index: Int) -> Bool {
        guard entries[index].result == nil, let task = task(at: index) else { return false }
        guard lines[task.provider, default: Line()].inWindow < Self.window else {
            lines[task.provider]?.held.append(index)
            return false
        }
        lines[task.provider]?.inWindow += 1
        entries[index].isInWindow = true
        entries[index].round += 1
        let round = entries[index].round
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        let ticket = interpreter.gateway.ask(question(about: task)) { reply, _ in
            if me.eventLoop.inEventLoop {
                me.value.replied(reply, to: index, round)
            } else {
                me.eventLoop.execute { me.value.replied(reply, to: index, round) }
            }
        }
        if entries[index].result == nil, entries[index].round == round { entries[index].ticket = ticket }
        return true
    }

    private func task(at index: Int) -> TaskID? {
        if let task = entries[index].task { return task }
        do throws(GatewayError) {
            let id = question.ids[index]
            let task = try interpreter.locate(named: id, provider: question.provider, among: question.allowed)
            entries[index].task = task
            if lines[task.provider] == nil { lines[task.provider] = Line() }
            return task
        } catch {
            settle(index, failed(index, error))
            return nil
        }
    }

    private func question(about task: TaskID) -> TaskQuestion {
        let age = Duration.nanoseconds((NIODeadline.now() - begin).nanoseconds)
        guard let wait = question.wait, !isHurrying else {
            // What was seen since the request began is new enough for a caller who waited.
            let maximumAge = isHurrying ? max(question.maximumAge, age) : question.maximumAge
            return question.question(about: task, wait: nil, maximumAge: maximumAge)
        }
        let left = wait - age
        return question.question(about: task, wait: left > .zero ? left : nil, maximumAge: question.maximumAge)
    }

    // MARK: - Results

    private func replied(_ reply: Result<TaskAnswer, GatewayError>, to index: Int, _ round: Int) {
        guard !isOver, entries[index].round == round, entries[index].result == nil else { return }
        entries[index].ticket = nil
        leaveWindow(index)
        switch reply {
        case .success(let answer):
            settle(index, shown(index, answer))
            if answer.snapshot.isDone, question.awaited == .any, question.wait != nil { hurry() }
        case .failure(let error):
            settle(index, failed(index, error))
        }
        fill()
    }

    private func settle(_ index: Int, _ result: [UInt8]) {
        entries[index].result = result
        byteCount += result.count
        missing -= 1
    }

    private func shown(_ index: Int, _ answer: TaskAnswer) -> [UInt8] {
        let result = BatchResult.task(question.ids[index], answer, view: question.view)
        guard byteCount + result.count > core.configuration.maximumResultBytes else { return result }
        return failed(
            index,
            GatewayError(
                .payloadTooLarge,
                "The answer would be larger than \(core.configuration.maximumResultBytes) bytes; ask for fewer tasks at once."
            )
        )
    }

    private func failed(_ index: Int, _ error: GatewayError) -> [UInt8] {
        let problem = ProblemRendering.answer(error, instance: nil, requestID: question.requestID)
        core.metrics.count(error.code, provider: error.provider)
        if let defect = problem.defect { core.log(defect, question.requestID) }
        return BatchResult.error(question.ids[index], problem)
    }

    /// Has those that wait answered with where they stand.
    private func hurry() {
        guard !isHurrying else { return }
        isHurrying = true
        for index in entries.indices {
            guard let ticket = entries[index].ticket else { continue }
            interpreter.gateway.forget(ticket)
            entries[index].ticket = nil
            entries[index].round += 1
            leaveWindow(index)
            ready.append(index)
        }
    }

    // MARK: - The window

    private func leaveWindow(_ asked: [Int]) {
        guard !isOver, !isHurrying else { return }
        for index in asked { leaveWindow(index) }
        fill()
    }

    private func leaveWindow(_ index: Int) {
        guard entries[index].isInWindow, let provider = entries[index].task?.provider else { return }
        entries[index].isInWindow = false
        lines[provider]?.inWindow -= 1
        if let next = lines[provider]?.held.popLast() { ready.append(next) }
    }
}

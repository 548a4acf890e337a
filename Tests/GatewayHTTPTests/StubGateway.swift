import GatewayCore
import Synchronization
import TaskModel

/// A gateway whose replies the test gives.
final class StubGateway: TaskAnswering {
    struct Asked: Sendable {
        let question: TaskQuestion
        let ticket: TaskTicket
        private let takesReply: TaskReply

        init(question: TaskQuestion, ticket: TaskTicket, reply: @escaping TaskReply) {
            self.question = question
            self.ticket = ticket
            takesReply = reply
        }

        func reply(_ result: Result<TaskAnswer, GatewayError>) { takesReply(result, nil) }
    }

    private struct State {
        var lastNumber: UInt64 = 0
        var asked: [Asked] = []
        var located: [String] = []
        var allowed: [Set<String>?] = []
        var forgotten: [TaskTicket] = []
        /// Nil keeps the question until the test replies.
        var answer: (@Sendable (TaskQuestion) -> Result<TaskAnswer, GatewayError>?)?
    }

    private let state = Mutex(State())
    /// Each question, when it is asked.
    let questions: AsyncStream<Asked>
    private let questionsInput: AsyncStream<Asked>.Continuation
    /// Each ticket, when it is forgotten.
    let forgotten: AsyncStream<TaskTicket>
    private let forgottenInput: AsyncStream<TaskTicket>.Continuation

    /// Replies with what `answer` returns; with nil (from it or instead of it) nothing is replied.
    init(_ answer: (@Sendable (TaskQuestion) -> Result<TaskAnswer, GatewayError>?)? = { .success(.running($0.task)) }) {
        (questions, questionsInput) = AsyncStream.makeStream()
        (forgotten, forgottenInput) = AsyncStream.makeStream()
        state.withLock { $0.answer = answer }
    }

    /// What was looked up, in order.
    var located: [String] { state.withLock(\.located) }
    /// Among which providers it was looked up, in the same order.
    var allowed: [Set<String>?] { state.withLock(\.allowed) }
    var asked: [TaskQuestion] { state.withLock { $0.asked.map(\.question) } }

    func locate(_ text: String, provider: String?, among allowed: Set<String>?) throws(GatewayError) -> TaskID {
        state.withLock { state in
            state.located.append(text)
            state.allowed.append(allowed)
        }
        if text == "ambiguous" {
            throw GatewayError(.ambiguousTaskID, "Several.", candidates: ["cloud:ambiguous", "agent:ambiguous"])
        }
        if let provider { return TaskID(provider: provider, native: text) }
        guard let colon = text.firstIndex(of: ":") else { throw GatewayError(.invalidTaskID, "No provider.") }
        let name = String(text[..<colon])
        guard TaskID.isProviderName(name) else { throw GatewayError(.invalidTaskID, "No provider's name.") }
        guard name != "nobody" else { throw GatewayError(.unknownProvider, "No such provider.") }
        return TaskID(provider: name, native: String(text[text.index(after: colon)...]))
    }

    func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket {
        let (asked, answer) = state.withLock { state in
            state.lastNumber += 1
            let ticket = TaskTicket(task: question.task, number: state.lastNumber)
            let asked = Asked(question: question, ticket: ticket, reply: reply)
            state.asked.append(asked)
            return (asked, state.answer)
        }
        questionsInput.yield(asked)
        if let answer = answer?(question) { reply(answer, nil) }
        return asked.ticket
    }

    func forget(_ ticket: TaskTicket) {
        state.withLock { $0.forgotten.append(ticket) }
        forgottenInput.yield(ticket)
    }

    func providers() -> [ProviderReport] {
        [
            ProviderReport(
                name: "cloud",
                definition: "cloud",
                title: "Cloud",
                documentation: "https://docs.example/cloud",
                origin: "https://cloud.example",
                state: .on,
                cancelConfirmation: .byStatus,
                cancelFrom: [.running],
                canRename: true,
                idParts: ["task"],
                idExample: "cloud:abc",
                minimumInterval: .milliseconds(1500)
            ),
            ProviderReport(
                name: "silent",
                definition: "other",
                title: "Silent",
                documentation: "https://docs.example/silent",
                origin: "https://silent.example",
                state: .off,
                detail: "no credential",
                cancelConfirmation: nil,
                cancelFrom: [],
                canRename: false,
                idParts: ["run"],
                idExample: "silent:1",
                minimumInterval: .seconds(1)
            ),
        ]
    }
}

extension TaskAnswer {
    /// A task that runs.
    static func running(_ id: TaskID) -> TaskAnswer {
        var snapshot = TaskSnapshot(
            id: id,
            status: .running,
            providerStatus: "processing",
            observedAt: Timestamp(millisecondsSinceEpoch: 1_795_224_003_123)
        )
        snapshot.progress = 45
        snapshot.createdAt = Timestamp("2024-01-15T10:00:00Z")
        return TaskAnswer(snapshot: snapshot, pollAfter: .milliseconds(1200))
    }

    /// A task with what became of a cancel.
    static func cancelled(_ id: TaskID, _ state: CancelState) -> TaskAnswer {
        var answer = running(id)
        answer.snapshot.cancel = CancelRecord(
            state: state,
            requestedAt: Timestamp(millisecondsSinceEpoch: 1_795_224_000_000),
            attempts: 1
        )
        if state == .confirmed {
            answer.snapshot.status = .cancelled
            answer.pollAfter = nil
        }
        return answer
    }
}

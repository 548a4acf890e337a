import GatewayCore
import Metrics
import Synchronization
import TaskModel

/// A gateway whose tasks stand where a test puts them.
final class PlayedGateway: TaskAnswering {
    private struct Waiter {
        let question: TaskQuestion
        let number: UInt64
        let reply: TaskReply
    }

    private struct State {
        var tasks: [TaskID: TaskSnapshot] = [:]
        var failures: [TaskID: GatewayError] = [:]
        var waiters: [Waiter] = []
        var asked: [TaskQuestion] = []
        var lastNumber: UInt64 = 0
        /// What a cancel is answered with; nil stops the task at once.
        var cancelFailure: GatewayError?
        var restarts = false
    }

    private let timekeeper: any Timekeeper
    private let state = Mutex(State())

    init(_ timekeeper: any Timekeeper) {
        self.timekeeper = timekeeper
    }

    /// Puts a task somewhere, and tells whoever waits for that.
    func put(_ id: TaskID, _ status: TaskStatus, startedAt: Timestamp? = nil) {
        var snapshot = TaskSnapshot(
            id: id,
            status: status,
            providerStatus: status.rawValue,
            observedAt: timekeeper.now().time
        )
        snapshot.startedAt = startedAt
        put(snapshot)
    }

    func put(_ snapshot: TaskSnapshot) {
        let told = state.withLock { state -> [Waiter] in
            state.tasks[snapshot.id] = snapshot
            state.failures[snapshot.id] = nil
            let told = state.waiters.filter { $0.question.task == snapshot.id && $0.question.kind == .status }
            state.waiters.removeAll { waiter in told.contains { $0.number == waiter.number } }
            return told
        }
        for waiter in told { waiter.reply(.success(TaskAnswer(snapshot: snapshot, pollAfter: .seconds(2))), nil) }
    }

    /// Has questions about a task fail from now on, those that wait included.
    func fail(_ id: TaskID, _ error: GatewayError) {
        let told = state.withLock { state -> [Waiter] in
            state.failures[id] = error
            let told = state.waiters.filter { $0.question.task == id }
            state.waiters.removeAll { $0.question.task == id }
            return told
        }
        for waiter in told { waiter.reply(.failure(error), nil) }
    }

    func refuseCancels(_ error: GatewayError?) { state.withLock { $0.cancelFailure = error } }

    /// Every question, in its order.
    var asked: [TaskQuestion] { state.withLock { $0.asked } }

    func asked(_ id: TaskID) -> [TaskQuestion] { asked.filter { $0.task == id } }

    var cancels: [TaskQuestion] { asked.filter { $0.kind != .status } }

    /// How many are waiting for an answer.
    var waiting: Int { state.withLock { $0.waiters.count } }

    // MARK: - TaskAnswering

    func locate(_ text: String, provider: String?, among allowed: Set<String>?) throws(GatewayError) -> TaskID {
        throw GatewayError(.invalidTaskID, "nobody looks for tasks here")
    }

    func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket {
        let (number, answer) = state.withLock { state -> (UInt64, Result<TaskAnswer, GatewayError>?) in
            state.asked.append(question)
            state.lastNumber += 1
            return (state.lastNumber, Self.answer(question, &state, reply))
        }
        if let answer {
            reply(answer, nil)
            if case .success(let answer) = answer, question.kind != .status { put(answer.snapshot) }
        }
        return TaskTicket(task: question.task, number: number)
    }

    /// Nil where the question waits.
    private static func answer(
        _ question: TaskQuestion,
        _ state: inout State,
        _ reply: @escaping TaskReply
    ) -> Result<TaskAnswer, GatewayError>? {
        if let failure = state.failures[question.task] { return .failure(failure) }
        guard var snapshot = state.tasks[question.task] else {
            return .failure(GatewayError(.taskNotFound, "nobody put it anywhere"))
        }
        if case .cancel = question.kind {
            if var failure = state.cancelFailure {
                failure.lastKnown = snapshot
                return .failure(failure)
            }
            if !snapshot.isDone { snapshot.status = .cancelled }
            state.tasks[question.task] = snapshot
        } else if question.wait != nil, case .change(let seen) = question.until,
            seen == snapshot.fingerprint(of: .brief)
        {
            state.waiters.append(Waiter(question: question, number: state.lastNumber, reply: reply))
            return nil
        }
        return .success(TaskAnswer(snapshot: snapshot, pollAfter: .seconds(2)))
    }

    func forget(_ ticket: TaskTicket) {
        state.withLock { $0.waiters.removeAll { $0.number == ticket.number } }
    }

    /// Whether its tasks run again under their ids.
    var restarts: Bool {
        get { state.withLock { $0.restarts } }
        set { state.withLock { $0.restarts = newValue } }
    }

    func providers() -> [ProviderReport] {
        [
            ProviderReport(
                name: "qmail",
                definition: "qmail",
                title: "QMail",
                documentation: "",
                origin: "",
                state: .on,
                cancelConfirmation: .byStatus,
                cancelFrom: TaskStatus.allCases.filter { !$0.isDone },
                canRename: false,
                idParts: ["task"],
                idExample: "",
                minimumInterval: .seconds(1),
                restarts: restarts
            )
        ]
    }

    func write(to text: inout MetricsText) {}
}

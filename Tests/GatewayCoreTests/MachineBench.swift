import TaskModel
import Testing

@testable import GatewayCore
@testable import Providers

/// One machine on a bench: a clock moved by hand, and a note of everything that it wants done.
struct MachineBench {
    typealias Answer = Result<TaskAnswer, GatewayError>

    static let task = TaskID(provider: "acme", native: "task-1")

    var machine: TaskMachine
    var uptime = Duration.seconds(1000)
    /// How often the status was read, the cancel sent and a title sent, all in all.
    var reads = 0
    var sends = 0
    var renames = 0
    var hurries = 0
    var isReadUrgent = false
    /// What is under way.
    var isReading = false
    var isSending = false
    var reasonSent: String?
    private(set) var answers: [UInt64: [Answer]] = [:]
    private var lastNumber: UInt64 = 0

    init(
        belief: CancelRules.Belief = .final,
        from: [TaskStatus] = [.queued, .running, .inputRequired, .paused],
        readsFirst: Bool = false,
        restarts: Bool = false,
        poll: PollRules = PollRules(),
        spread: UInt16 = 0
    ) {
        let cancel = CancelRules(belief: belief, from: from, readsFirst: readsFirst)
        machine = TaskMachine(policy: TaskPolicy(poll: poll, restarts: restarts, cancel: cancel), spread: spread)
    }

    var now: Moment {
        let milliseconds = uptime.nanoseconds / 1_000_000
        return Moment(time: Timestamp(millisecondsSinceEpoch: 1_800_000_000_000 + milliseconds), uptime: uptime)
    }

    // MARK: - Callers

    mutating func ask(
        _ kind: TaskQuestion.Kind,
        caller: String? = nil,
        wait: Duration? = nil,
        until: TaskQuestion.Until = .done,
        maximumAge: Duration = .zero,
        view: TaskView = .brief
    ) -> UInt64 {
        lastNumber += 1
        let question = TaskQuestion(
            kind,
            about: Self.task,
            caller: caller,
            wait: wait,
            until: until,
            maximumAge: maximumAge,
            view: view
        )
        take(machine.asked(question, number: lastNumber, at: now))
        return lastNumber
    }

    mutating func askStatus(wait: Duration? = nil, until: TaskQuestion.Until = .done) -> UInt64 {
        ask(.status, wait: wait, until: until)
    }

    mutating func askCancel(wait: Duration? = nil, by caller: String? = nil) -> UInt64 {
        ask(.cancel(reason: nil), caller: caller, wait: wait)
    }

    func isAnswered(_ number: UInt64) -> Bool { !(answers[number] ?? []).isEmpty }

    func snapshot(_ number: UInt64) -> TaskSnapshot? {
        guard case .success(let answer)? = answers[number]?.first else { return nil }
        return answer.snapshot
    }

    func pollAfter(_ number: UInt64) -> Duration? {
        guard case .success(let answer)? = answers[number]?.first else { return nil }
        return answer.pollAfter
    }

    func error(_ number: UInt64) -> GatewayError? {
        guard case .failure(let error)? = answers[number]?.first else { return nil }
        return error
    }

    // MARK: - The provider

    /// The status read that is under way ends.
    mutating func read(_ reading: TaskReading) {
        isReading = false
        take(machine.statusRead(.success(reading), at: now))
    }

    mutating func read(
        _ status: TaskStatus,
        isBeingCancelled: Bool = false,
        progress: Double? = nil,
        startedAt: Int64? = nil,
        pollHint: Duration? = nil
    ) {
        var reading = self.reading(status, progress: progress, startedAt: startedAt)
        reading.isBeingCancelled = isBeingCancelled
        reading.pollHint = pollHint
        read(reading)
    }

    mutating func failRead(_ code: ErrorCode, retryAfter: Duration? = nil) {
        isReading = false
        let error = GatewayError(code, "The status read failed.", provider: "acme", retryAfter: retryAfter)
        take(machine.statusRead(.failure(error), at: now))
    }

    /// The read is refused: nothing is sent.
    mutating func refuseRead(_ code: ErrorCode = .providerUnavailable, retryAfter: Duration = .seconds(5)) {
        isReading = false
        let error = GatewayError(code, "Nothing was sent.", provider: "acme", retryAfter: retryAfter)
        take(machine.readRefused(error, at: now))
    }

    func reading(_ status: TaskStatus, progress: Double? = nil, startedAt: Int64? = nil) -> TaskReading {
        var snapshot = TaskSnapshot(
            id: Self.task,
            status: status,
            providerStatus: status.rawValue,
            observedAt: now.time
        )
        snapshot.progress = progress
        snapshot.startedAt = startedAt.map { Timestamp(millisecondsSinceEpoch: $0) }
        return TaskReading(snapshot: snapshot)
    }

    /// The cancel that is under way ends.
    mutating func answerCancel(_ answer: CancelAnswer) {
        isSending = false
        take(machine.cancelAnswered(answer, at: now))
    }

    mutating func accept(_ status: TaskStatus? = nil) {
        answerCancel(.read(.accepted(status.map { reading($0) })))
    }

    /// The provider refuses in a way that a status read settles.
    mutating func refuse(_ code: ErrorCode = .providerRejected) {
        answerCancel(.read(.refused(GatewayError(code, "The cancel was refused.", provider: "acme"))))
    }

    mutating func lose() {
        answerCancel(.lost(GatewayError(.providerTimeout, "The cancel has no answer.", provider: "acme")))
    }

    mutating func answerRename(_ number: UInt64, _ result: Result<Void, GatewayError>) {
        take(machine.renameAnswered(number: number, result, at: now))
    }

    // MARK: - Time

    /// Moves the clock, stopping at each time at which the machine wants to be woken.
    mutating func pass(_ duration: Duration) {
        let end = uptime + duration
        while let wake = machine.nextWake, wake <= end {
            uptime = max(wake, uptime)
            take(machine.woken(at: now))
        }
        uptime = end
    }

    /// Puts the machine into a state in which `status` is known and fresh.
    mutating func know(_ status: TaskStatus, startedAt: Int64? = nil) {
        _ = askStatus()
        read(status, startedAt: startedAt)
    }

    private mutating func take(_ actions: [TaskMachine.Action]) {
        for action in actions {
            switch action {
            case .readStatus(let isUrgent):
                precondition(!isReading, "two status reads at once")
                isReadUrgent = isUrgent
                reads += 1
                isReading = true
            case .sendCancel(let reason):
                precondition(!isSending, "two cancels at once")
                sends += 1
                isSending = true
                reasonSent = reason
            case .sendRename: renames += 1
            case .hurryRead:
                precondition(isReading, "nothing to hurry")
                hurries += 1
            case .answer(let number, let result): answers[number, default: []].append(result)
            }
        }
    }
}

extension MachineBench: CustomTestStringConvertible {
    /// Short, so that a failure can be read.
    var testDescription: String { "bench" }
}

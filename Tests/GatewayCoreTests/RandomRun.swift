import GatewayTesting
import TaskModel

@testable import GatewayCore
@testable import Providers

/// One random order of events between callers, the machine and a provider, and everything that went wrong in it.
struct RandomRun {
    private enum Call {
        case read(Result<TaskReading, GatewayError>?)
        case cancel(CancelAnswer?)
        case rename(UInt64)
    }

    private struct Caller {
        var kind: TaskQuestion.Kind
        var hasLeft = false
        var answers = 0
    }

    private(set) var violations: [String] = []
    private var random: SeededGenerator
    private var task: SimulatedTask
    private var machine: TaskMachine
    private var uptime = Duration.seconds(1000)
    private var calls: [Call] = []
    private var callers: [UInt64: Caller] = [:]
    private var lastNumber: UInt64 = 0
    /// How many callers have neither been answered nor left.
    private var waiting = 0
    private var sends = 0
    private var trials = 0
    private var cancelsAsked = 0
    /// When the last read ended, and whether a cancel or a rename has asked for another since the last began.
    private var lastReadEnd: Duration?
    private var isReadDemanded = true
    private let minimum = Duration.seconds(1)

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let habits = SimulatedTask.Habits(&random)
        task = SimulatedTask(habits)
        machine = TaskMachine(
            policy: TaskPolicy(
                poll: PollRules(),
                restarts: habits.restarts,
                cancel: CancelRules(belief: habits.belief, from: habits.from, readsFirst: habits.readsFirst)
            )
        )
    }

    mutating func play() {
        for _ in 0..<(20 + random.below(30)) { step() }
        settle()
    }

    private mutating func step() {
        switch random.below(20) {
        case 0, 1, 2: ask(.status)
        case 3, 4: ask(.cancel(reason: nil))
        case 5: ask(.rename(title: "title"))
        case 6: leave()
        case 7, 8: task.live(&random)
        case 9, 10, 11: pass(.milliseconds(Int64(random.below(3000))))
        default: deliver(at: calls.isEmpty ? 0 : Int(random.below(UInt64(calls.count))), isFaulty: random.chance(25))
        }
        check()
    }

    /// Everything is delivered, and time passes, until nobody is left waiting.
    private mutating func settle() {
        for round in 0..<100 {
            if machine.isIdle, machine.nextWake == nil, calls.isEmpty { break }
            if round == 40 { task.finish() }
            var deliveries = 0
            while !calls.isEmpty {
                deliveries += 1
                guard deliveries < 1000 else { return fail("calls the provider without end") }
                deliver(at: 0, isFaulty: false)
            }
            pass(.seconds(2))
            check()
        }
        if !machine.isIdle { fail("is not idle at the end") }
        if machine.nextWake != nil { fail("wants to be woken at the end") }
        if !machine.waiters.isEmpty { fail("keeps callers at the end") }
        for (number, caller) in callers where !caller.hasLeft && caller.answers != 1 {
            fail("caller \(number) (\(caller.kind)) was answered \(caller.answers) times")
        }
        // Each request sends at most twice, and once more for each time that it was tried while somebody waited.
        if sends > 2 * (cancelsAsked + trials) { fail("sent \(sends) cancels for \(cancelsAsked) requests") }
    }

    // MARK: - Events

    private var now: Moment {
        Moment(
            time: Timestamp(millisecondsSinceEpoch: 1_800_000_000_000 + uptime.nanoseconds / 1_000_000),
            uptime: uptime
        )
    }

    private mutating func ask(_ kind: TaskQuestion.Kind) {
        lastNumber += 1
        let wait: Duration? = random.chance(50) ? .milliseconds(Int64(random.below(20000))) : nil
        let question = TaskQuestion(
            kind,
            about: MachineBench.task,
            wait: wait,
            until: random.chance(50) ? .done : .change(from: nil),
            maximumAge: .seconds(Int64(random.below(3)))
        )
        callers[lastNumber] = Caller(kind: kind)
        waiting += 1
        if case .cancel = kind {
            cancelsAsked += 1
            isReadDemanded = true
        }
        take(machine.asked(question, number: lastNumber, at: now))
    }

    private mutating func leave() {
        guard lastNumber > 0 else { return }
        let number = 1 + random.below(lastNumber)
        guard let caller = callers[number], caller.answers == 0, !caller.hasLeft else { return }
        callers[number]?.hasLeft = true
        waiting -= 1
        machine.left(number: number)
    }

    private mutating func pass(_ duration: Duration) {
        let end = uptime + duration
        var wakes = 0
        while let wake = machine.nextWake, wake <= end {
            wakes += 1
            guard wakes < 1000 else { return fail("is woken without end") }
            uptime = max(uptime, wake)
            take(machine.woken(at: now))
        }
        uptime = end
    }

    /// An answer arrives: it was made when the request was sent, or is made now: the provider has its own time.
    private mutating func deliver(at index: Int, isFaulty: Bool) {
        guard calls.indices.contains(index) else { return }
        switch calls.remove(at: index) {
        case .read where isFaulty && random.chance(30):
            // Nothing was sent, so it may be tried again at any time.
            isReadDemanded = true
            let refusal = GatewayError(.providerUnavailable, "Left alone.", retryAfter: .seconds(2))
            take(machine.readRefused(refusal, at: now))
        case .read(let early):
            lastReadEnd = uptime
            let code: ErrorCode = random.chance(70) ? .providerTimeout : .taskNotFound
            let failure = GatewayError(code, "The read failed.", retryAfter: random.chance(20) ? .seconds(5) : nil)
            let result = isFaulty ? .failure(failure) : early ?? .success(task.reading(at: now))
            take(machine.statusRead(result, at: now))
        case .cancel(let early):
            isReadDemanded = true
            take(machine.cancelAnswered(early ?? cancelArrives(isFaulty: isFaulty), at: now))
        case .rename(let number):
            isReadDemanded = true
            let result: Result<Void, GatewayError> =
                isFaulty ? .failure(GatewayError(.providerTimeout, "No.")) : .success(())
            take(machine.renameAnswered(number: number, result, at: now))
        }
    }

    private mutating func cancelArrives(isFaulty: Bool) -> CancelAnswer {
        guard isFaulty else { return .read(task.cancel(at: now)) }
        switch random.below(4) {
        case 0:
            _ = task.cancel(at: now)
            return .lost(GatewayError(.providerTimeout, "Lost on the way back."))
        case 1: return .lost(GatewayError(.providerTimeout, "Lost on the way."))
        case 2: return .notSent(GatewayError(.providerUnavailable, "No connection."))
        default: return .refused(GatewayError(.providerRateLimited, "Slow down.", retryAfter: .seconds(3)))
        }
    }

    // MARK: - What must be true

    private mutating func take(_ actions: [TaskMachine.Action]) {
        for action in actions {
            switch action {
            case .readStatus: noteRead()
            case .sendCancel: noteSend()
            case .hurryRead:
                if !calls.contains(where: { if case .read = $0 { true } else { false } }) { fail("hurries no read") }
            case .sendRename(let number, _): calls.append(.rename(number))
            case .answer(let number, let result): noteAnswer(number, result)
            }
        }
    }

    private mutating func noteRead() {
        for case .read in calls { fail("reads the status twice at once") }
        if let lastReadEnd, uptime - lastReadEnd < minimum, !isReadDemanded { fail("reads too often") }
        isReadDemanded = false
        calls.append(.read(random.chance(50) ? .success(task.reading(at: now)) : nil))
    }

    private mutating func noteSend() {
        for case .cancel in calls { fail("sends two cancels at once") }
        if machine.lastKnown?.cancel?.state == .accepted { fail("sends a cancel while one is accepted") }
        if machine.waiters.allSatisfy({ !$0.wantsCancel }) { trials += 1 }
        if machine.waiters.contains(where: { $0.wantsCancel && $0.deadline != nil }) { trials += 1 }
        sends += 1
        calls.append(.cancel(random.chance(50) ? cancelArrives(isFaulty: random.chance(25)) : nil))
    }

    private mutating func noteAnswer(_ number: UInt64, _ result: Result<TaskAnswer, GatewayError>) {
        callers[number]?.answers += 1
        waiting -= 1
        if callers[number]?.hasLeft == true { fail("answers caller \(number), who left") }
        guard case .success(let answer) = result else { return }
        let snapshot = answer.snapshot
        if snapshot.isDone, !task.ends.contains(snapshot.status) { fail("says \(snapshot.status), which is not true") }
        switch snapshot.cancel?.state {
        case .confirmed: if snapshot.status != .cancelled { fail("confirms a task that is \(snapshot.status)") }
        case .tooLate:
            if !snapshot.isDone || snapshot.status == .cancelled {
                fail("is too late for a task that is \(snapshot.status)")
            }
        case .accepted: if snapshot.isDone { fail("has accepted a cancel of a task that is \(snapshot.status)") }
        case .deferred: fail("has deferred a cancel")
        case .failed, nil: break
        }
        if case .cancel? = callers[number]?.kind, snapshot.cancel == nil { fail("answers a cancel without a record") }
        if (answer.pollAfter == nil) != snapshot.isDone { fail("says when to ask again at the wrong time") }
    }

    /// What must be true between any two events.
    private mutating func check() {
        let hasCall = !calls.isEmpty
        if !machine.waiters.isEmpty, !hasCall, machine.nextWake == nil { fail("loses a wake") }
        if machine.isIdle, calls.contains(where: { if case .rename = $0 { false } else { true } }) {
            fail("is idle with a call under way")
        }
        if machine.waiters.count != waiting { fail("keeps \(machine.waiters.count) callers where \(waiting) wait") }
    }

    private mutating func fail(_ what: String) {
        violations.append("\(what) (at \(uptime))")
    }
}

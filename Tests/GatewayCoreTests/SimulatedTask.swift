import GatewayTesting
import TaskModel

@testable import GatewayCore
@testable import Providers

/// A provider with one task: it finishes at random, refuses, loses answers and makes promises.
struct SimulatedTask {
    /// How this provider behaves.
    struct Habits {
        var belief = CancelRules.Belief.final
        var from: [TaskStatus] = [.queued, .running]
        var readsFirst = false
        var restarts = false
        /// Whether it says that a task is being stopped while it is.
        var saysStopping = false

        init(_ random: inout SeededGenerator) {
            belief = random.chance(50) ? .final : .promise
            if random.chance(50) { from = [.running] }
            readsFirst = random.chance(30)
            restarts = random.chance(25)
            saysStopping = belief == .promise && random.chance(50)
        }
    }

    let habits: Habits
    private(set) var status = TaskStatus.queued
    private(set) var isStopping = false
    private(set) var run: Int64 = 1
    /// Every end that the task has come to.
    private(set) var ends: Set<TaskStatus> = []
    private var progress = 0.0

    init(_ habits: Habits) {
        self.habits = habits
    }

    /// Something happens at the provider.
    mutating func live(_ random: inout SeededGenerator) {
        if status.isDone {
            if habits.restarts, random.chance(10) {
                status = .queued
                isStopping = false
                run += 1
            }
            return
        }
        switch random.below(10) {
        case 0, 1, 2: if status == .queued { status = .running }
        case 3: if !isStopping { status = random.chance(80) ? .running : .paused }
        case 4: end(isStopping && random.chance(80) ? .cancelled : random.chance(50) ? .completed : .failed)
        case 5: if isStopping { end(.cancelled) }
        default: progress += 1
        }
    }

    /// Whatever is still going on comes to its end.
    mutating func finish() {
        if !status.isDone { end(isStopping ? .cancelled : .completed) }
    }

    private mutating func end(_ end: TaskStatus) {
        status = end
        ends.insert(end)
    }

    // MARK: - Answers

    func reading(at now: Moment) -> TaskReading {
        var snapshot = TaskSnapshot(
            id: MachineBench.task,
            status: status,
            providerStatus: status.rawValue,
            observedAt: now.time
        )
        snapshot.progress = progress
        snapshot.startedAt = Timestamp(millisecondsSinceEpoch: run)
        var reading = TaskReading(snapshot: snapshot)
        reading.isBeingCancelled = habits.saysStopping && isStopping && !status.isDone
        return reading
    }

    /// The cancel arrives.
    mutating func cancel(at now: Moment) -> CancelReading {
        guard habits.from.contains(status), !isStopping else {
            return .refused(GatewayError(.providerRejected, "Not in a state to be stopped."))
        }
        guard habits.belief == .final else {
            isStopping = true
            var promise = reading(at: now)
            promise.snapshot.status = .cancelled
            return .accepted(promise)
        }
        end(.cancelled)
        return .accepted(reading(at: now))
    }
}

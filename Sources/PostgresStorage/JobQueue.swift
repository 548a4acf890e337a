internal import DequeModule
internal import Synchronization
internal import TaskStorage

/// Jobs that wait for a connection, in order, and the threads that wait for jobs.
///
/// It is bounded in length and in time: what has waited too long is told so, whatever the threads are stuck in.
final class JobQueue: Sendable {
    private struct State {
        var jobs: Deque<Job> = []
        var idle: [WakeUp] = []
        var isClosed = false
        /// Why there is no connection, as far as is known; nil while there is one.
        var absence: String?
    }

    private let state = Mutex(State())
    private let limit: Int
    /// Wakes the thread that looks for what has waited too long.
    private let watch: WakeUp

    init(limit: Int) throws(DatabaseError) {
        self.limit = limit
        watch = try WakeUp()
    }

    /// What is refused is told so before this returns.
    func append(_ job: Job) {
        let outcome = state.withLock { state -> (refusal: String?, worker: WakeUp?, isFirst: Bool) in
            if state.isClosed { return ("the store is closed", nil, false) }
            guard state.jobs.count < limit else { return ("\(limit) calls wait for the database already", nil, false) }
            state.jobs.append(job)
            return (nil, state.idle.popLast(), state.jobs.count == 1)
        }
        if let refusal = outcome.refusal { return job.fail(.unavailable(refusal)) }
        outcome.worker?.signal()
        if outcome.isFirst { watch.signal() }
    }

    /// Puts a job that lost its connection in front of all others.
    func putBack(_ job: Job, after error: DatabaseError) {
        var job = job
        job.losses += 1
        // A job that every connection breaks under would otherwise break them all, again and again.
        guard job.losses < 3, job.deadline.millisecondsLeft > 0 else { return job.fail(error.problem) }
        let worker = state.withLock { state -> WakeUp?? in
            guard !state.isClosed else { return nil }
            state.jobs.prepend(job)
            return .some(state.idle.popLast())
        }
        guard let worker else { return job.fail(.unavailable("the store is closed")) }
        worker?.signal()
        watch.signal()
    }

    /// For a thread with a connection: the next job, or, where there is none, the promise that `worker` will be woken.
    func take(for worker: WakeUp) -> Job? {
        state.withLock { state in
            state.idle.removeAll { $0 === worker }
            if let job = state.jobs.popFirst() { return job }
            if !state.isClosed { state.idle.append(worker) }
            return nil
        }
    }

    /// For a thread that was promised to be woken, and does something else now.
    func leave(_ worker: WakeUp) {
        let next = state.withLock { state -> WakeUp? in
            state.idle.removeAll { $0 === worker }
            // It may have been woken for a job meanwhile: another one takes that.
            return state.jobs.isEmpty ? nil : state.idle.popLast()
        }
        next?.signal()
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Takes nothing more, and fails what waits.
    func close() {
        let (jobs, idle) = state.withLock { state -> (Deque<Job>, [WakeUp]) in
            state.isClosed = true
            defer {
                state.jobs = []
                state.idle = []
            }
            return (state.jobs, state.idle)
        }
        for worker in idle { worker.signal() }
        watch.signal()
        for job in jobs { job.fail(.unavailable("the store is closed")) }
    }

    // MARK: - Whether the database is there

    /// True where that is news.
    func noteAbsence(_ detail: String) -> Bool {
        state.withLock { state in
            defer { state.absence = detail }
            return state.absence == nil
        }
    }

    /// True where that is news.
    func notePresence() -> Bool {
        state.withLock { state in
            defer { state.absence = nil }
            return state.absence != nil
        }
    }

    // MARK: - The watch

    /// The work of a thread: fails what has waited too long, until the queue is closed.
    func failLateJobs() {
        while true {
            let now = ContinuousClock.now
            var late: [Job] = []
            let (next, absence, isClosed) = state.withLock { state in
                // All wait for the same time, but those that were put back; these stand in front.
                while let job = state.jobs.first, job.deadline <= now {
                    late.append(job)
                    state.jobs.removeFirst()
                }
                return (state.jobs.first?.deadline, state.absence, state.isClosed)
            }
            for job in late {
                job.fail(.unavailable(absence ?? "no connection was free in time"))
            }
            if isClosed { return }
            _ = watch.sleep(until: next)
        }
    }
}

extension StoreProblem {
    static func unavailable(_ detail: String) -> StoreProblem { StoreProblem(.unavailable, "PostgreSQL: \(detail)") }
}

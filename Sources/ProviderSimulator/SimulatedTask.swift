/// One task of a simulated provider, described by the moments at which its state changes.
struct SimulatedTask: Sendable {
    struct Moment: Sendable {
        var time: SimulatorTime
        var state: String
    }

    /// What a paused task waits for.
    enum Wait: Sendable {
        case approval(node: String)
        case authorization(connector: String, url: String)
    }

    let id: String
    /// The key that created it and alone may see it; nil for a task that every key may see.
    let owner: String?
    let createdAt: SimulatorTime
    /// In order of time; never empty.
    private(set) var moments: [Moment]
    /// When it would end if nobody interfered, which is what its progress is reckoned from.
    private(set) var plannedEnd: SimulatorTime?
    var title: String?
    var prompt = "Simulated work"
    var isManuallyStopped = false
    /// Until when the worker goes on after it was told to stop.
    var workerRunsUntil: SimulatorTime?
    var wait: Wait?
    /// What this task is there to show, for whoever lists the tasks.
    var shows: String

    init(
        id: String,
        owner: String?,
        script: SimulatedScript,
        createdAt: SimulatorTime,
        shows: String,
        vocabulary: SimulatedVocabulary
    ) {
        self.id = id
        self.owner = owner
        self.createdAt = createdAt
        self.shows = shows
        moments = []
        restart(script, at: createdAt, vocabulary: vocabulary)
    }

    func moment(at now: SimulatorTime) -> Moment {
        moments.last { $0.time <= now } ?? moments[0]
    }

    func state(at now: SimulatorTime) -> String { moment(at: now).state }

    func isFinished(at now: SimulatorTime, _ vocabulary: SimulatedVocabulary) -> Bool {
        vocabulary.isFinished(state(at: now))
    }

    /// When it began to work, nil if it never did: a task may end without ever having run.
    func startedAt(_ now: SimulatorTime, _ vocabulary: SimulatedVocabulary) -> SimulatorTime? {
        moments.first { $0.time <= now && vocabulary.isWorking($0.state) }?.time
    }

    func finishedAt(_ now: SimulatorTime, _ vocabulary: SimulatedVocabulary) -> SimulatorTime? {
        let last = moment(at: now)
        return vocabulary.isFinished(last.state) ? last.time : nil
    }

    /// How far it has come, 0 to 100; a task that failed stays where it was.
    func progress(at now: SimulatorTime, _ vocabulary: SimulatedVocabulary) -> Int {
        let last = moment(at: now)
        if last.state == vocabulary.succeeded { return 100 }
        guard let started = startedAt(now, vocabulary) else { return 0 }
        // A task without an end in sight shows the number of the documentation's examples.
        guard let plannedEnd, plannedEnd > started else { return 45 }
        let until = vocabulary.isFinished(last.state) ? last.time : now
        let done = until.microseconds - started.microseconds
        return min(99, Int(done * 100 / (plannedEnd.microseconds - started.microseconds)))
    }

    /// What was still to come is forgotten: it stays as it is until `time`, and is in `state` from then on.
    mutating func turn(to state: String, at time: SimulatorTime, now: SimulatorTime) {
        moments.removeAll { $0.time > now || $0.time >= time }
        moments.append(Moment(time: time, state: state))
    }

    /// Whatever a client did to it before is forgotten, too: the system puts it into this state.
    mutating func put(into state: String, at now: SimulatorTime) {
        turn(to: state, at: now, now: now)
        isManuallyStopped = false
        workerRunsUntil = nil
    }

    /// Begins the script from its first state, as if nothing had been before.
    mutating func restart(_ script: SimulatedScript, at beginning: SimulatorTime, vocabulary: SimulatedVocabulary) {
        moments = []
        var time = beginning
        for step in script.steps {
            moments.append(Moment(time: time, state: step.state))
            guard let length = step.length else { break }
            time = time + length
        }
        plannedEnd = moments.first { $0.time > beginning && vocabulary.isFinished($0.state) }?.time
        isManuallyStopped = false
        workerRunsUntil = nil
    }
}

/// One task in a list of what a simulator holds.
package struct SimulatedTaskSummary: Sendable, Equatable {
    /// Whose task it is.
    package let provider: SimulatedProvider
    /// Its id, as the provider's paths have it.
    package let id: String
    /// Its present state, in the provider's word.
    package let state: String
    /// What it is there to show.
    package let shows: String
}

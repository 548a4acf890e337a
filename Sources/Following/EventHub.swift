package import GatewayCore
package import Logging
internal import TaskJSON
internal import TaskModel
package import TaskStorage

/// Tells all streams what the store says has happened.
///
/// The store is the only source of events, so that each stream gets them in the order of their sequences, whichever
/// gateway follows the task, and a reader that was cut off goes on behind the last one that it has. However many streams
/// show a task, it is followed once and each of its events is fetched once.
package actor EventHub {
    /// A task that streams show.
    private struct Topic {
        /// Where it stood last; nil until that is known.
        var latest: (document: SharedBytes, sequence: Int64)?
        /// Why it cannot be shown.
        var failure: GatewayError?
        var isOver = false
        /// Whether its end is an event in the store, and not only what was read a moment ago.
        var isEndKept = false
        /// Learns where it stands, once for all streams that begin meanwhile.
        var loading: Task<Void, Never>?
        /// Until when the store has it followed for streams.
        var followedUntil: Timestamp?
        /// Those for which it is not over, by their numbers.
        var streams: [UInt64: Stream] = [:]
    }

    /// A reference, so that telling it something copies nothing.
    private final class Stream {
        let sink: any EventSink
        let tasks: [TaskID]
        /// Who reads: events that concern one client alone are told to nobody else.
        let audience: NewEvent.Audience
        /// How many of them are not over for it, once it is live.
        var remaining = 0
        /// Whether it gets events as they come; before that it is told what it missed.
        var isLive = false

        init(_ sink: any EventSink, _ tasks: [TaskID], _ audience: NewEvent.Audience) {
            self.sink = sink
            self.tasks = tasks
            self.audience = audience
        }

        func tell(_ event: TaskEvent, _ document: SharedBytes) {
            sink.event(StreamedEvent(event, document))
        }

        /// Whether an event is for its reader.
        func concerns(_ event: TaskEvent) -> Bool { event.event.audience.map { $0 == audience } ?? true }
    }

    private static let page = 500
    /// Between two looks at the store at least, however much news there is.
    private static let pause = Duration.milliseconds(20)
    /// How long the store has a task followed for streams without being told again.
    private static let interest = Duration.seconds(40)

    private let store: any TaskStore
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private var gateway: any TaskAnswering
    private var topics: [TaskID: Topic] = [:]
    private var streams: [UInt64: Stream] = [:]
    /// The sequence of the last event that was told.
    private var told: Int64 = 0
    private var isReading = false
    private var readsAgain = false
    private var isAway = false
    private var lookedAt = Duration.zero
    private var isWaitingToLook = false

    package init(
        _ store: any TaskStore,
        gateway: any TaskAnswering,
        timekeeper: any Timekeeper,
        logger: Logger
    ) {
        self.store = store
        self.gateway = gateway
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// How many streams are open.
    package var count: Int { streams.count }

    /// Asks another gateway from now on: the configuration was read again.
    package func use(_ gateway: any TaskAnswering) { self.gateway = gateway }

    // MARK: - Streams

    func open(
        _ stream: OpenStream,
        _ tasks: [TaskID],
        for audience: NewEvent.Audience,
        after sequence: Int64?,
        into sink: any EventSink
    ) async {
        let number = stream.number
        do throws(StoreProblem) {
            if topics.isEmpty {
                let latest = try await store.eventRange().latest
                // Meanwhile another stream may have begun.
                if topics.isEmpty { told = latest }
            }
            guard !stream.isClosed else { return }
            let opened = Stream(sink, tasks, audience)
            streams[number] = opened
            for task in tasks { topics[task, default: Topic()].streams[number] = opened }
            try await keepFollowed(tasks, for: Self.interest / 2)
            await load(tasks)
            try await begin(number, after: sequence)
        } catch {
            logger.error("A stream could not be opened: \(error).")
            sink.cut(error.gatewayError)
            close(number)
        }
    }

    func close(_ number: UInt64) {
        guard let stream = streams.removeValue(forKey: number) else { return }
        for task in stream.tasks { leave(task, number) }
    }

    /// A stream has nothing more to be told of a task; one that no stream shows is forgotten.
    private func leave(_ task: TaskID, _ number: UInt64) {
        topics[task]?.streams[number] = nil
        if topics[task]?.streams.isEmpty == true { topics[task] = nil }
    }

    /// Ends all streams: their readers come back elsewhere.
    package func stop() {
        for stream in streams.values { stream.sink.cut(.gatewayStops) }
        streams = [:]
        topics = [:]
    }

    // MARK: - Beginning

    /// Learns where tasks stand that no stream has shown before.
    private func load(_ tasks: [TaskID]) async {
        var loadings: [Task<Void, Never>] = []
        for task in tasks {
            guard let topic = topics[task], topic.latest == nil else { continue }
            let loading = topic.loading ?? Task { await self.load(task) }
            topics[task]?.loading = loading
            loadings.append(loading)
        }
        for loading in loadings { await loading.value }
    }

    private func load(_ task: TaskID) async {
        defer { topics[task]?.loading = nil }
        let kept = try? await store.task(task)
        if let kept, kept.endedAt != nil, !kept.isLost, let seen = kept.seen, !restarts(task) {
            return loaded(task, seen.document, isOver: true, isEndKept: true)
        }
        let answer = await gateway.answer(TaskQuestion(.status, about: task))
        // Meanwhile whoever follows it may have seen more, or the same later.
        let followed = (try? await store.task(task)) ?? kept
        let isEndKept = followed?.endedAt != nil
        switch answer {
        case .success(let answer):
            let seenAt = answer.snapshot.observedAt
            if isEndKept, !answer.snapshot.isDone, followed?.seen.map({ $0.at < seenAt }) ?? true {
                await followAnew(task, seenAt: seenAt)
                loaded(task, answer, isEndKept: false)
            } else if let seen = followed?.seen, seen.at >= seenAt {
                loaded(task, seen.document, isOver: isEndKept, isEndKept: isEndKept)
            } else {
                loaded(task, answer, isEndKept: isEndKept)
            }
        case .failure(let error):
            if let seen = followed?.seen, error.code.mayPass || isEndKept, followed?.isLost != true {
                loaded(task, seen.document, isOver: isEndKept, isEndKept: isEndKept)
            } else if topics[task]?.latest == nil {
                topics[task]?.failure = error
                topics[task]?.isEndKept = isEndKept
            }
        }
    }

    /// Whether an id may be that of another run later, so that an end is not for good.
    private func restarts(_ task: TaskID) -> Bool {
        gateway.providers().first { $0.name == task.provider }?.restarts ?? false
    }

    /// It was over, or lost, and is not any more.
    private func followAnew(_ task: TaskID, seenAt: Timestamp) async {
        do throws(StoreProblem) {
            try await store.revive(task, seenAt: seenAt)
            topics[task]?.followedUntil = nil
            try await keepFollowed([task], for: Self.interest / 2)
        } catch {
            logger.warning("A task that runs again is not followed, until the store answers: \(error).")
        }
    }

    private func loaded(_ task: TaskID, _ answer: TaskAnswer, isEndKept: Bool) {
        let document = TaskRendering.bytes(answer.snapshot, pollAfter: answer.pollAfter, view: .brief)
        loaded(task, document, isOver: answer.snapshot.isDone, isEndKept: isEndKept)
    }

    private func loaded(_ task: TaskID, _ document: [UInt8], isOver: Bool, isEndKept: Bool) {
        // An event that came meanwhile is newer.
        guard topics[task]?.latest == nil else { return }
        topics[task]?.latest = (SharedBytes(document), told)
        topics[task]?.failure = nil
        topics[task]?.isOver = isOver
        topics[task]?.isEndKept = isEndKept
    }

    /// Tells a stream what it does not have, until there is nothing that it missed.
    private func begin(_ number: UInt64, after sequence: Int64?) async throws(StoreProblem) {
        var position = told
        var isResumed = false
        if let sequence, try await isKept(sequence) {
            isResumed = true
            position = sequence
        } else {
            guard let stream = streams[number] else { return }
            tellFirst(to: stream)
            position = told
        }
        var isRepeated = isResumed
        while position < told {
            guard let stream = streams[number] else { return }
            let target = told
            let events = try await store.events(of: stream.tasks, after: position, limit: Self.page)
            guard streams[number] != nil else { return }
            for event in events where event.sequence <= target && stream.concerns(event) {
                isRepeated = false
                stream.tell(event, SharedBytes(event.event.document))
            }
            position = events.count < Self.page ? target : min(events.last?.sequence ?? target, target)
        }
        goLive(number, isResumed: isResumed, isRepeated: isRepeated)
    }

    /// Whether the store still has everything that came behind an event.
    private func isKept(_ sequence: Int64) async throws(StoreProblem) -> Bool {
        if sequence >= told { return sequence == told }
        return try await store.eventRange().forgotten <= sequence
    }

    /// Where each task stands.
    ///
    /// Only the last of these has an id to come back with: a reader that was cut off before has not seen them all, and
    /// begins anew.
    private func tellFirst(to stream: Stream) {
        for task in stream.tasks {
            guard let topic = topics[task] else { continue }
            let sequence = task == stream.tasks.last ? told : nil
            if let latest = topic.latest {
                stream.sink.task(task, latest.document, sequence: sequence)
            } else if let failure = topic.failure {
                stream.sink.failed(task, failure, sequence: sequence)
            }
        }
    }

    /// From here on it gets events as they come.
    ///
    /// A reader that came back was told neither of an end that was read just now nor of what went wrong just now: for it,
    /// such a task goes on until the store has its end.
    private func goLive(_ number: UInt64, isResumed: Bool, isRepeated: Bool) {
        guard let stream = streams[number] else { return }
        stream.isLive = true
        for task in stream.tasks {
            if let topic = topics[task], isResumed ? !topic.isEndKept : !topic.isOver && topic.failure == nil {
                stream.remaining += 1
            } else {
                leave(task, number)
            }
        }
        if stream.remaining > 0 { stream.sink.stands() }
        endIfOver(number, stream, isRepeated: isRepeated)
    }

    private func endIfOver(_ number: UInt64, _ stream: Stream, isRepeated: Bool = false) {
        guard stream.remaining == 0 else { return }
        stream.sink.end(isRepeated: isRepeated, sequence: told)
        close(number)
    }

    // MARK: - Events

    /// There may be news in the store: looks at it as soon as it may be looked at again.
    package func lookSoon() {
        guard !topics.isEmpty, !isWaitingToLook else { return }
        isWaitingToLook = true
        timekeeper.wake(at: max(timekeeper.now().uptime, lookedAt + Self.pause)) { [weak self] in
            Task { await self?.look() }
        }
    }

    /// Fetches what happened since, and tells it.
    package func look() async {
        isWaitingToLook = false
        lookedAt = timekeeper.now().uptime
        guard !topics.isEmpty else { return }
        guard !isReading else {
            readsAgain = true
            return
        }
        isReading = true
        defer { isReading = false }
        do throws(StoreProblem) {
            repeat {
                readsAgain = false
                var events: [TaskEvent] = []
                repeat {
                    events = try await store.events(of: nil, after: told, limit: Self.page)
                    for event in events { tell(event) }
                } while events.count == Self.page
            } while readsAgain
            isAway = false
        } catch {
            // The streams stay: what they miss comes when the store answers again.
            if !isAway { logger.warning("Streams wait for the store: \(error).") }
            isAway = true
        }
    }

    private func tell(_ event: TaskEvent) {
        told = event.sequence
        guard var topic = topics[event.task] else { return }
        let document = SharedBytes(event.event.document)
        guard event.event.audience == nil else {
            for stream in topic.streams.values where stream.isLive && stream.concerns(event) {
                stream.tell(event, document)
            }
            return
        }
        let isEnd = event.event.type == .done || event.event.type == .lost
        topic.latest = (document, event.sequence)
        topic.isOver = isEnd
        topic.isEndKept = isEnd
        topic.failure = nil
        topics[event.task] = topic
        for (number, stream) in topic.streams where stream.isLive {
            stream.tell(event, document)
            guard isEnd else { continue }
            stream.remaining -= 1
            leave(event.task, number)
            endIfOver(number, stream)
        }
    }

    /// Has everything that streams show followed for a while longer.
    package func prolong() async {
        do throws(StoreProblem) {
            // What is over for all streams is forgotten: everything here is waited for.
            try await keepFollowed(Array(topics.keys), for: Self.interest)
        } catch {
            logger.warning(
                "What streams show is followed for \(Self.interest) at most, until the store answers: \(error)."
            )
        }
    }

    /// Has tasks followed for so long at least; the store is told only of those for which it was not told as much before.
    private func keepFollowed(_ tasks: [TaskID], for least: Duration) async throws(StoreProblem) {
        let now = timekeeper.now().time
        let short = tasks.filter { task in
            guard let until = topics[task]?.followedUntil else { return true }
            return until < now.advanced(by: least)
        }
        guard !short.isEmpty else { return }
        let until = now.advanced(by: Self.interest)
        try await store.stream(short, until: until, at: now)
        for task in short { topics[task]?.followedUntil = until }
    }
}

extension StreamedEvent {
    fileprivate init(_ event: TaskEvent, _ document: SharedBytes) {
        self.init(sequence: event.sequence, task: event.task, type: event.event.type, document: document)
    }
}

extension TaskAnswering {
    /// Asks, and waits for the answer.
    func answer(_ question: TaskQuestion) async -> Result<TaskAnswer, GatewayError> {
        await withCheckedContinuation { continuation in
            ask(question) { result, _ in continuation.resume(returning: result) }
        }
    }
}

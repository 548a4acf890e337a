internal import TaskModel
package import TaskStorage

/// One random order of everything that can be asked of a store, asked of two stores.
///
/// What a store is free in does not count: numbers, sequences, and the order of what comes at once.
package struct RandomStoreRun {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        // SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// A question, whose answers by two stores can be compared.
    private typealias Question = (any TaskStore) async throws -> AnyHashable

    private var random: Generator
    private var second = 0
    private var names = 0

    package init(seed: UInt64) {
        random = Generator(state: seed)
    }

    /// Asks so many questions, and says where the answers differ; nil where they do not.
    ///
    /// Before each the store can be replaced by `next`, which is given the one before.
    package mutating func difference(
        between model: any TaskStore,
        and store: any TaskStore,
        questions: Int,
        next: (any TaskStore) async throws -> any TaskStore = { $0 }
    ) async throws -> String? {
        var store = store
        var asked: [String] = []
        for _ in 0..<questions {
            store = try await next(store)
            let (name, question) = question()
            asked.append(name)
            let expected = [try await question(model), try await everything(in: model)]
            let found = [try await question(store), try await everything(in: store)]
            guard expected == found else {
                await store.close()
                return "after \(asked.joined(separator: ", ")):\n\(found)\ninstead of:\n\(expected)"
            }
        }
        await store.close()
        return nil
    }

    // MARK: - Questions

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func question() -> (String, Question) {
        second += pick([0, 0, 1, 1, 3, 20])
        let now = Timestamp.second(second)
        let task = TaskID.sample(pick(["one", "two", "three"]))
        let client: String? = pick([nil, "x", "y"])
        let owner = pick(["a", "a", "b"])
        let until = Timestamp.second(second + pick([2, 10, 50]))
        let place = pick(Array(0..<8))
        let mine: NewEvent.Audience? = pick([nil, nil, NewEvent.Audience(client: client)])
        switch pick(Array(0..<24)) {
        case 0...3: return put(task, client, now)
        case 4: return ("remove", { try await $0.removeWatch(of: client, on: task, at: now) })
        case 5: return ("renew lease", { try await $0.renewLease(of: client, on: task, at: now) })
        case 6:
            let cancel = HeldCancel.sample(by: client, until: second)
            return ("hold", { try await $0.hold(cancel, on: task, at: now) })
        case 7:
            return (
                "stream",
                { store in
                    try await store.stream([task], until: until, at: now)
                    return ""
                }
            )
        case 8...11:
            let anew = pick([false, false, false, true])
            return ("claim", { Set(try await $0.claim(for: owner, until: until, limit: 100, anew: anew, at: now)) })
        case 12: return ("renew", { try await $0.renew(for: owner, until: until, at: now) })
        case 13:
            let (tasks, all) = (pick([nil, [task]]), pick([false, false, true]))
            return (
                "release",
                { store in
                    if all { try await store.releaseAll() } else { try await store.release(tasks, of: owner) }
                    return ""
                }
            )
        case 14...17: return record(owner, now)
        case 18:
            let gap = Duration.seconds(pick([5, 30]))
            return ("beat", { try await $0.beat(at: now, gap: gap) })
        case 19, 20:
            let avoiding = pick([[], ["https://b.example"]] as [Set<String>])
            return (
                "deliver",
                { store in
                    let due = try await store.claimDeliveries(
                        for: owner,
                        until: until,
                        limit: 100,
                        avoiding: avoiding,
                        at: now
                    )
                    return counted(due)
                }
            )
        case 21:
            let outcome = pick([DeliveryOutcome.delivered, .delivered, .retry(at: until), .failed, .gone])
            let attempt = DeliveryAttempt.sample(at: second)
            return (
                "settle",
                { store in
                    guard let delivery = try await ordered(store, place) else { return "" }
                    try await store.settle(delivery, attempt, outcome, by: owner)
                    return try await store.attempts(of: delivery.number, for: mine)
                }
            )
        case 22:
            return (
                "redeliver",
                { store in
                    guard let delivery = try await ordered(store, place) else { return "" }
                    return counted(try await store.redeliver(delivery.number, for: mine, at: now).map { [$0] } ?? [])
                }
            )
        default:
            let retention = Retention.keeping(
                events: (pick([0, 30, 100]), pick([0, 3, .max])),
                deliveries: (pick([0, 30, 100]), pick([0, .max])),
                tasks: (pick([0, 30, 100]), pick([0, .max]))
            )
            return ("prune", { try await $0.prune(retention, at: now) })
        }
    }

    private mutating func put(_ task: TaskID, _ client: String?, _ now: Timestamp) -> (String, Question) {
        let watch = Watch.sample(
            task,
            client: client,
            url: pick([nil, "https://a.example/x", "https://b.example", "https://b.example"]),
            events: pick([[.done], [.done, .updated], Set(TaskEventType.allCases)]),
            deadline: pick([nil, .second(15)]),
            lease: pick([nil, .seconds(10, from: second), .seconds(60, from: second)]),
            execution: pick([nil, Execution(createdAt: now, startedAt: nil)]),
            createdAt: now
        )
        let isDone = pick([true, false])
        let seenAt = Timestamp.second(second - pick([0, 0, 1, 30]))
        return ("put", { try await $0.put(watch, isDone: isDone, seenAt: seenAt, at: now) })
    }

    private mutating func record(_ owner: String, _ now: Timestamp) -> (String, Question) {
        var changes: [TaskChange] = []
        // No task twice: of which change it is said that nothing was kept would be left open.
        for native in ["one", "two", "three"].shuffled(using: &random).prefix(pick([1, 1, 2, 3])) {
            var change = TaskChange(task: .sample(native))
            if pick([true, false]) { change.seen = .sample(pick(TaskStatus.allCases), at: now) }
            change.heldCancel = pick([.kept, .kept, .replaced(nil), .replaced(.sample(by: "z"))])
            for _ in 0..<pick([0, 1, 2]) {
                names += pick([0, 1, 1, 1])
                let audience = pick([nil, nil, NewEvent.Audience(client: nil), .client("x")])
                change.events.append(.sample("\(names)", pick(TaskEventType.allCases), for: audience))
            }
            change.fired = pick([[], [], [], [.client(nil)], [.client("x")], [.client("x"), .client("y")]])
            change.ending = pick([nil, nil, nil, .done, .lost])
            changes.append(change)
        }
        return ("record", { try await $0.record(changes, by: owner, at: now) })
    }
}

// MARK: - Answers

/// Everything that a store shows.
private func everything(in store: any TaskStore) async throws -> AnyHashable {
    let events = try await store.allEvents()
    let range = try await store.eventRange()
    var watches: [Watch] = []
    for client in [nil, "x", "y"] { watches += try await store.watches(of: client, after: nil, limit: 100) }
    return [
        try await store.tasks(TaskFilter(), after: nil, limit: 100), watches, try await store.heldCancels(),
        // Sequences are the store's own; how they stand to the range is not.
        events.map(\.event), events.map(\.task), events.map(\.at),
        events.map { [$0.sequence <= range.forgotten, $0.sequence <= range.latest] },
        counted(try await store.allDeliveries()),
    ] as [AnyHashable]
}

/// Deliveries without what a store chooses, and how often each is there.
private func counted(_ deliveries: [Delivery]) -> AnyHashable {
    var counts: [Delivery: Int] = [:]
    for delivery in deliveries {
        let event = TaskEvent(
            sequence: 0,
            task: delivery.event.task,
            at: delivery.event.at,
            event: delivery.event.event
        )
        let shown = Delivery(
            number: 0,
            event: event,
            client: delivery.client,
            url: delivery.url,
            state: delivery.state,
            attempts: delivery.attempts,
            createdAt: delivery.createdAt,
            nextAttemptAt: delivery.nextAttemptAt,
            lastAttempt: delivery.lastAttempt
        )
        counts[shown, default: 0] += 1
    }
    return counts
}

/// A delivery by its place among those of all stores that were asked the same.
private func ordered(_ store: any TaskStore, _ place: Int) async throws -> Delivery? {
    let all = try await store.allDeliveries()
    guard !all.isEmpty else { return nil }
    let sorted = all.sorted { left, right in
        (left.event.event.id, left.client ?? "", left.number) < (right.event.event.id, right.client ?? "", right.number)
    }
    return sorted[place % sorted.count]
}

package import TaskModel
package import TaskStorage

extension Timestamp {
    /// So many seconds after the tests begin.
    package static func second(_ seconds: Int) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_800_000_000_000 + Int64(seconds) * 1000)
    }
}

extension TaskID {
    package static func sample(_ native: String = "one") -> TaskID {
        TaskID(provider: "cloud", native: native)
    }
}

extension NewEvent.Audience {
    static func client(_ name: String?) -> NewEvent.Audience { NewEvent.Audience(client: name) }
}

extension Watch {
    /// A watch that is told everything, unless something else is said.
    package static func sample(
        _ task: TaskID = .sample(),
        client: String? = nil,
        url: String? = "https://receiver.example/hook",
        events: Set<TaskEventType> = Set(TaskEventType.allCases),
        deadline: Timestamp? = nil,
        lease: Lease? = nil,
        execution: Execution? = nil,
        createdAt: Timestamp = .second(0)
    ) -> Watch {
        Watch(
            client: client,
            task: task,
            webhook: url.map { Webhook(url: $0, events: events) },
            deadline: deadline,
            lease: lease,
            execution: execution,
            createdAt: createdAt
        )
    }
}

extension Watch.Lease {
    package static func seconds(_ term: Int, from start: Int = 0) -> Watch.Lease {
        Watch.Lease(term: .seconds(term), endsAt: .second(start + term))
    }
}

extension SeenTask {
    package static func sample(_ status: TaskStatus = .running, at time: Timestamp = .second(1)) -> SeenTask {
        SeenTask(
            status: status,
            // Its first bit is set: it is no signed number.
            fingerprint: Fingerprint(rawValue: 0xfedc_ba98_7654_3210),
            document: Array(#"{"status": "\#(status.rawValue)", "title": "Grüße, 世界 \u0000"}"#.utf8),
            at: time
        )
    }
}

extension NewEvent {
    package static func sample(
        _ id: String,
        _ type: TaskEventType = .updated,
        for audience: Audience? = nil
    ) -> NewEvent {
        NewEvent(id: id, type: type, audience: audience, document: Array(#"{"event": "\#(id)"}"#.utf8))
    }
}

extension HeldCancel {
    package static func sample(by client: String? = "app", until: Int = 100) -> HeldCancel {
        HeldCancel(
            requestedAt: .second(0),
            requestedBy: client,
            reason: "it is not needed",
            until: .second(until),
            execution: Execution(createdAt: .second(-10), startedAt: nil)
        )
    }
}

extension DeliveryAttempt {
    package static func sample(
        at second: Int = 1,
        status: Int? = 500,
        problem: String? = "it said 500"
    ) -> DeliveryAttempt {
        DeliveryAttempt(at: .second(second), duration: .milliseconds(42), status: status, problem: problem)
    }

    package static func taken(at second: Int = 1) -> DeliveryAttempt {
        .sample(at: second, status: 204, problem: nil)
    }
}

extension AuditRecord {
    package static func sample(_ id: String, at second: Int = 1, _ task: TaskID = .sample()) -> AuditRecord {
        AuditRecord(id: id, at: .second(second), task: task, document: Array(#"{"id":"\#(id)"}"#.utf8))
    }
}

extension Retention {
    /// Keeps what is younger than so many seconds, and so much of it; without a number, everything.
    package static func keeping(
        events: (seconds: Int, count: Int) = (1_000_000, .max),
        deliveries: (seconds: Int, count: Int) = (1_000_000, .max),
        tasks: (seconds: Int, count: Int) = (1_000_000, .max),
        audit: (seconds: Int, count: Int) = (1_000_000, .max)
    ) -> Retention {
        func bounds(_ bounds: (seconds: Int, count: Int)) -> Bounds {
            Bounds(age: .seconds(bounds.seconds), count: bounds.count)
        }
        return Retention(
            events: bounds(events),
            deliveries: bounds(deliveries),
            endedTasks: bounds(tasks),
            audit: bounds(audit)
        )
    }
}

extension TaskStore {
    /// Has `owner` follow what is wanted and free.
    @discardableResult
    package func claim(
        _ owner: String = "a",
        at second: Int = 0,
        until end: Int = 10_000,
        anew: Bool = false
    ) async throws -> [KeptTask] {
        try await claim(for: owner, until: .second(end), limit: 1000, anew: anew, at: .second(second))
    }

    /// Puts a watch on a task that was seen at this moment.
    package func put(_ watch: Watch, isDone: Bool, at now: Timestamp) async throws(StoreProblem) -> Watch {
        try await put(watch, isDone: isDone, seenAt: now, at: now)
    }

    /// Puts a watch, and has the task followed by `a`.
    package func follow(_ watch: Watch) async throws {
        _ = try await put(watch, isDone: false, at: .second(0))
        try await claim()
    }

    @discardableResult
    package func record(_ change: TaskChange, by owner: String = "a", at second: Int = 1) async throws -> Set<TaskID> {
        try await record([change], by: owner, at: .second(second))
    }

    /// Keeps an event of a task that `a` follows.
    package func happen(_ event: NewEvent, to task: TaskID = .sample(), at second: Int = 1) async throws {
        let refused = try await record(TaskChange(task: task, events: [event]), at: second)
        if !refused.isEmpty { throw Mistake("the task is not followed") }
    }

    /// Settles a delivery as it stands now.
    package func settle(
        _ number: Int64,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) async throws {
        guard let delivery = try await allDeliveries().first(where: { $0.number == number }) else {
            throw Mistake("there is no delivery \(number)")
        }
        try await settle(delivery, attempt, outcome, by: owner)
    }

    /// Has `owner` send what is due.
    package func due(
        _ owner: String = "a",
        at second: Int = 1,
        until end: Int = 10_000,
        limit: Int = 1000,
        avoiding: Set<String> = []
    ) async throws -> [Delivery] {
        try await claimDeliveries(
            for: owner,
            until: .second(end),
            limit: limit,
            avoiding: avoiding,
            at: .second(second)
        )
    }

    /// The deliveries of everybody, the earliest first.
    package func allDeliveries() async throws -> [Delivery] {
        try await deliveries(DeliveryFilter(), below: nil, limit: 1000).reversed()
    }

    package func allEvents() async throws -> [TaskEvent] {
        try await events(of: nil, after: 0, limit: 1000)
    }
}

/// A test cannot go on.
struct Mistake: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

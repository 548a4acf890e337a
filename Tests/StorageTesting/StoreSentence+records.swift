internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let records: [StoreSentence] = [
        StoreSentence("Who does not follow a task keeps nothing of it, and what else it has learnt is kept") {
            store,
            _ in
            try await store.follow(.sample(.sample("mine")))
            _ = try await store.put(.sample(.sample("free")), isDone: false, at: .second(0))
            _ = try await store.put(.sample(.sample("lost")), isDone: false, at: .second(0))
            try await store.claim("b")
            let ids = ["lost", "unknown", "mine", "free"].map { TaskID.sample($0) }
            try await store.release([.sample("free")], of: "b")
            let before = try await store.task(.sample("lost"))
            let changes = ids.map { id in
                TaskChange(
                    task: id,
                    seen: .sample(),
                    heldCancel: .replaced(.sample()),
                    events: [.sample("\(id)")],
                    ending: .done
                )
            }
            #expect(try await store.record(changes, by: "a", at: .second(1)) == Set(ids).subtracting([.sample("mine")]))
            #expect(try await store.task(.sample("lost")) == before)
            #expect(try await store.task(.sample("unknown")) == nil)
            #expect(try await store.task(.sample("mine"))?.endedAt == .second(1))
            #expect(try await store.allEvents().map(\.task) == [.sample("mine")])
            #expect(try await store.allDeliveries().map(\.event.task) == [.sample("mine")])
        },
        StoreSentence("What was seen is kept whole, until something else is seen") { store, _ in
            try await store.follow(.sample())
            for status in TaskStatus.allCases {
                _ = try await store.record(TaskChange(task: .sample(), seen: .sample(status)))
                _ = try await store.record(TaskChange(task: .sample()))
                #expect(try await store.task(.sample())?.seen == .sample(status))
            }
        },
        StoreSentence("Large documents are kept whole") { store, _ in
            try await store.follow(.sample())
            var seen = SeenTask.sample()
            seen.document = Array(#"{"message": "\#(String(repeating: "äö𝄞", count: 200_000))"}"#.utf8)
            _ = try await store.record(TaskChange(task: .sample(), seen: seen))
            #expect(try await store.task(.sample())?.seen == seen)
        },
        StoreSentence("Events stand in the order in which they were recorded, and each is kept whole") { store, _ in
            try await store.follow(.sample(.sample("one")))
            try await store.follow(.sample(.sample("two")))
            let audience = NewEvent.Audience(client: "app")
            let first = [
                NewEvent.sample("3", .updated), .sample("1", .cancelFailed, for: audience),
                .sample("2", .deadlinePassed, for: .client(nil)),
            ]
            let changes = [
                TaskChange(task: .sample("two"), events: first),
                TaskChange(task: .sample("one"), events: [.sample("0", .lost)]),
            ]
            _ = try await store.record(changes, by: "a", at: .second(1))
            try await store.happen(.sample("4", .done), to: .sample("one"), at: 2)
            let events = try await store.allEvents()
            #expect(events.map(\.event) == first + [.sample("0", .lost), .sample("4", .done)])
            #expect(events.map(\.task.native) == ["two", "two", "two", "one", "one"])
            #expect(events.map(\.at) == [1, 1, 1, 1, 2].map { .second($0) })
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
            #expect(events.allSatisfy { $0.sequence > 0 })
        },
        StoreSentence("An event whose id is kept is neither kept nor delivered once more, wherever it comes from") {
            store,
            _ in
            try await store.follow(.sample())
            try await store.follow(.sample(.sample("two")))
            let change = TaskChange(task: .sample(), events: [.sample("1"), .sample("1", .done), .sample("2")])
            for _ in 0..<2 { #expect(try await store.record([change, change], by: "a", at: .second(1)).isEmpty) }
            try await store.happen(.sample("1"), to: .sample("two"))
            #expect(try await store.allEvents().map(\.event.id) == ["1", "2"])
            #expect(try await store.allEvents().map(\.event.type) == [.updated, .updated])
            #expect(try await store.allDeliveries().map(\.event.event.id) == ["1", "2"])
            // The rest of a change is kept all the same.
            _ = try await store.record(TaskChange(task: .sample(), seen: .sample(), events: [.sample("1")]))
            #expect(try await store.task(.sample())?.seen != nil)
        },
        StoreSentence("An event becomes a delivery for each watch that wants its type and that it concerns") {
            store,
            _ in
            for watch: Watch in [
                .sample(client: "all"), .sample(client: "done", url: "https://done.example", events: [.done]),
                .sample(client: "none", events: []), .sample(client: "silent", url: nil), .sample(),
            ] { _ = try await store.put(watch, isDone: false, at: .second(0)) }
            _ = try await store.put(.sample(.sample("two"), client: "other"), isDone: false, at: .second(0))
            try await store.claim()
            let events: [NewEvent] = [
                .sample("1", .updated), .sample("2", .deadlinePassed, for: .client("all")),
                .sample("3", .cancelFailed, for: .client(nil)), .sample("4", .done),
                .sample("5", .lost, for: .client("gone")),
            ]
            _ = try await store.record(TaskChange(task: .sample(), events: events), at: 7)
            let deliveries = try await store.allDeliveries()
            let told = Dictionary(grouping: deliveries) { $0.client ?? "" }.mapValues { $0.map(\.event.event.id) }
            #expect(told == ["all": ["1", "2", "4"], "done": ["4"], "": ["1", "3", "4"]])
            let kept = try await store.allEvents()
            for delivery in deliveries {
                let expected = Delivery(
                    number: delivery.number,
                    event: try #require(kept.first { $0.event.id == delivery.event.event.id }),
                    client: delivery.client,
                    url: delivery.client == "done" ? "https://done.example" : "https://receiver.example/hook",
                    createdAt: .second(7),
                    nextAttemptAt: .second(7)
                )
                #expect(delivery == expected)
            }
            #expect(Set(deliveries.map(\.number)).count == deliveries.count)
        },
        StoreSentence("An end is told to the watches that it ends, and nothing is told to them after it") { store, _ in
            _ = try await store.hold(.sample(), on: .sample(), at: .second(0))
            try await store.stream([.sample()], until: .second(100), at: .second(0))
            try await store.follow(.sample(client: "a"))
            let end = TaskChange(
                task: .sample(),
                seen: .sample(.completed),
                events: [.sample("1", .done)],
                ending: .done
            )
            #expect(try await store.record(end, at: 2).isEmpty)
            let kept = KeptTask(id: .sample(), seen: .sample(.completed), endedAt: .second(2))
            #expect(try await store.task(.sample()) == kept)
            #expect(try await store.watch(of: "a", on: .sample())?.endedAt == .second(2))
            #expect(try await store.renew(for: "a", until: .second(60), at: .second(2)).isEmpty)
            #expect(try await store.claim(at: 3).isEmpty)
            #expect(try await store.record(TaskChange(task: .sample(), events: [.sample("2")]), at: 3) == [.sample()])
            _ = try await store.put(.sample(client: "b"), isDone: false, at: .second(4))
            try await store.claim(at: 4)
            try await store.happen(.sample("3"), at: 5)
            let told = try await store.allDeliveries().map { "\($0.event.event.id) to \($0.client ?? "")" }
            #expect(told == ["1 to a", "3 to b"])
            // When it ended first stays true of its watch.
            #expect(try await store.record(TaskChange(task: .sample(), ending: .done), at: 6).isEmpty)
            #expect(try await store.watch(of: "a", on: .sample())?.endedAt == .second(2))
            #expect(try await store.watch(of: "b", on: .sample())?.endedAt == .second(6))
        },
        StoreSentence("A task that is lost is not followed any more, and says so") { store, _ in
            try await store.follow(.sample(client: "a"))
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("1", .lost)], ending: .lost), at: 2)
            #expect(try await store.task(.sample()) == KeptTask(id: .sample(), endedAt: .second(2), isLost: true))
            #expect(try await store.claim(at: 3).isEmpty)
            #expect(try await store.allDeliveries().map(\.event.event.type) == [.lost])
        },
    ]

    static let firings: [StoreSentence] = [
        StoreSentence("A watch fires when its deadline has passed or its lease has run out, and keeps when it did") {
            store,
            _ in
            for watch: Watch in [
                .sample(client: "deadline", deadline: .second(5)), .sample(client: "lease", lease: .seconds(5)),
                .sample(client: "both", deadline: .second(5), lease: .seconds(50)),
            ] {
                let audience = NewEvent.Audience(client: watch.client)
                try await store.follow(watch)
                _ = try await store.put(.sample(client: "other", deadline: .second(5)), isDone: false, at: .second(0))
                let change = TaskChange(
                    task: .sample(),
                    heldCancel: .replaced(.sample(by: watch.client)),
                    events: [.sample("fired by \(watch.client ?? "")", .deadlinePassed, for: audience)],
                    fired: [audience]
                )
                #expect(try await store.record(change, at: 5).isEmpty)
                // The answer was lost, and it is said again.
                #expect(try await store.record(change, at: 6).isEmpty)
                #expect(try await store.watch(of: watch.client, on: .sample())?.firedAt == .second(5))
                #expect(try await store.watch(of: "other", on: .sample())?.firedAt == nil)
                #expect(try await store.task(.sample())?.heldCancel == .sample(by: watch.client))
                _ = try await store.removeWatch(of: watch.client, on: .sample(), at: .second(7))
            }
            #expect(try await store.allDeliveries().count == 3)
        },
        StoreSentence(
            "A watch that its client renewed, put anew or took back first does not fire: nothing of it is kept"
        ) { store, _ in
            let lease = Watch.Lease.seconds(5)
            let meanwhile: [@Sendable (TaskID) async throws -> Void] = [
                { _ = try await store.renewLease(of: "app", on: $0, at: .second(4)) },
                {
                    _ = try await store.put(
                        .sample($0, client: "app", lease: .seconds(9)),
                        isDone: false,
                        at: .second(4)
                    )
                },
                { _ = try await store.put(.sample($0, client: "app"), isDone: false, at: .second(4)) },
                { _ = try await store.removeWatch(of: "app", on: $0, at: .second(4)) },
            ]
            for (index, prolong) in meanwhile.enumerated() {
                let task = TaskID.sample("\(index)")
                try await store.follow(.sample(task, client: "app", lease: lease))
                _ = try await store.put(.sample(task, client: "also"), isDone: false, at: .second(0))
                try await store.claim()
                try await prolong(task)
                let before = try await store.task(task)
                let change = TaskChange(
                    task: task,
                    seen: .sample(),
                    heldCancel: .replaced(.sample()),
                    events: [.sample("\(index)", .deadlinePassed)],
                    fired: [.client("app")]
                )
                #expect(try await store.record(change, at: 5) == [task])
                #expect(try await store.task(task) == before)
                #expect(try await store.claim(at: 5).map(\.id) == [task])
            }
            #expect(try await store.allEvents().isEmpty)
            #expect(try await store.allDeliveries().isEmpty)
        },
        StoreSentence("A firing that came too early is told to its owner, which looks at the task again") { store, _ in
            try await store.follow(.sample(lease: .seconds(5)))
            #expect(try await store.record(TaskChange(task: .sample(), fired: [.client(nil)]), at: 4) == [.sample()])
            #expect(try await store.claim(at: 4).map(\.id) == [.sample()])
            #expect(try await store.record(TaskChange(task: .sample(), fired: [.client(nil)]), at: 5).isEmpty)
        },
        StoreSentence("Of a renewal and a firing at the same moment only one happens") { store, _ in
            for round in 0..<20 {
                let task = TaskID.sample("\(round)")
                try await store.follow(.sample(task, lease: .seconds(5)))
                async let renewed = store.renewLease(of: nil, on: task, at: .second(5))
                async let refused = store.record(TaskChange(task: task, fired: [.client(nil)]), at: 5)
                let (watch, isRefused) = (try await renewed, try await !refused.isEmpty)
                let kept = try await store.watch(of: nil, on: task)
                #expect(kept == watch)
                #expect(isRefused == (kept?.firedAt == nil))
                #expect(kept?.lease == (isRefused ? .seconds(5, from: 5) : .seconds(5)))
            }
        },
    ]
}

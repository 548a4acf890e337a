internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let readings: [StoreSentence] = [
        StoreSentence("An empty store has nothing to read") { store, _ in
            #expect(try await store.task(.sample()) == nil)
            #expect(try await store.tasks(TaskFilter(), after: nil, limit: 10).isEmpty)
            #expect(try await store.heldCancels().isEmpty)
            #expect(try await store.events(of: nil, after: 0, limit: 10).isEmpty)
            #expect(try await store.eventRange() == EventRange(forgotten: 0, latest: 0))
            #expect(try await store.deliveries(DeliveryFilter(), below: nil, limit: 10).isEmpty)
            #expect(try await store.attempts(of: 1, for: nil) == nil)
            #expect(try await store.redeliver(1, for: nil, at: .second(0)) == nil)
            let unknown = Delivery(
                number: 1,
                event: TaskEvent(sequence: 1, task: .sample(), at: .second(0), event: .sample("1")),
                client: nil,
                url: "https://receiver.example/hook",
                createdAt: .second(0),
                nextAttemptAt: .second(0)
            )
            try await store.settle(unknown, .sample(), .delivered, by: "a")
            #expect(try await store.due().isEmpty)
            #expect(
                try await store.prune(.keeping(events: (0, 0), deliveries: (0, 0), tasks: (0, 0)), at: .second(0)) == 0
            )
        },
        StoreSentence("Tasks are listed by provider, status, end and watch, in the order of their ids") { store, _ in
            let other = TaskID(provider: "clouds", native: "x")
            let ids = ["done", "lost", "queued", "running", "unseen"].map { TaskID.sample($0) } + [other]
            for id in ids.shuffled() { try await store.follow(.sample(id, client: id == other ? "b" : "a")) }
            _ = try await store.put(.sample(ids[3], client: "b"), isDone: false, at: .second(0))
            let seen: [(Int, TaskStatus, TaskChange.Ending?)] = [
                (0, .completed, .done), (1, .running, .lost), (2, .queued, nil), (3, .running, nil), (5, .running, nil),
            ]
            for (index, status, ending) in seen {
                _ = try await store.record(TaskChange(task: ids[index], seen: .sample(status), ending: ending))
            }
            let cases: [(TaskFilter, [Int])] = [
                (TaskFilter(), [0, 1, 2, 3, 4, 5]), (TaskFilter(providers: ["clouds"]), [5]),
                (TaskFilter(providers: ["cloud", "else"]), [0, 1, 2, 3, 4]), (TaskFilter(providers: []), []),
                (TaskFilter(statuses: [.running, .queued]), [1, 2, 3, 5]), (TaskFilter(statuses: []), []),
                (TaskFilter(isEnded: true), [0, 1]), (TaskFilter(isEnded: false), [2, 3, 4, 5]),
                // What has ended has no watch that has not.
                (TaskFilter(watchedBy: .client("a")), [2, 3, 4]), (TaskFilter(watchedBy: .client("b")), [3, 5]),
                (TaskFilter(watchedBy: .client(nil)), []),
                (TaskFilter(providers: ["cloud"], statuses: [.running], isEnded: false, watchedBy: .client("b")), [3]),
            ]
            for (filter, expected) in cases {
                let found = try await store.tasks(filter, after: nil, limit: 100)
                #expect(found.map(\.id) == expected.map { ids[$0] }, "\(filter)")
                for kept in found { #expect(try await store.task(kept.id) == kept) }
                for size in 1...3 {
                    var paged: [TaskID] = []
                    while true {
                        let page = try await store.tasks(filter, after: paged.last, limit: size)
                        paged += page.map(\.id)
                        if page.count < size { break }
                    }
                    #expect(paged == expected.map { ids[$0] }, "\(filter), \(size) at a time")
                }
            }
        },
        StoreSentence("Events are read from a place on, of all tasks or of some") { store, _ in
            for native in ["one", "two", "three"] { try await store.follow(.sample(.sample(native), url: nil)) }
            for number in 1...9 {
                try await store.happen(.sample("\(number)"), to: .sample(["one", "two", "three"][number % 3]))
            }
            let all = try await store.allEvents()
            #expect(all.map(\.event.id) == (1...9).map { "\($0)" })
            for (index, event) in all.enumerated() {
                #expect(
                    try await store.events(of: nil, after: event.sequence, limit: 100) == Array(all[(index + 1)...])
                )
                let next = try await store.events(of: nil, after: event.sequence, limit: 2)
                #expect(next == Array(all[(index + 1)...].prefix(2)))
            }
            let some = try await store.events(
                of: [.sample("one"), .sample("unknown"), .sample("two")],
                after: 0,
                limit: 5
            )
            #expect(some.map(\.event.id) == ["1", "3", "4", "6", "7"])
            let rest = try await store.events(of: [.sample("two"), .sample("one")], after: some[4].sequence, limit: 5)
            #expect(rest.map(\.event.id) == ["9"])
            #expect(try await store.events(of: [], after: 0, limit: 5).isEmpty)
            #expect(try await store.events(of: (0..<3000).map { .sample("\($0)") }, after: 0, limit: 5).isEmpty)
            #expect(try await store.eventRange() == EventRange(forgotten: 0, latest: all[8].sequence))
        },
    ]

    static let retention: [StoreSentence] = [
        StoreSentence("What is younger and less than is kept stays") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            for delivery in try await store.due() {
                try await store.settle(delivery, .taken(), .delivered, by: "a")
            }
            _ = try await store.record(TaskChange(task: .sample(), ending: .done), at: 1)
            let keep = Retention.keeping(events: (10, 1), deliveries: (10, 1), tasks: (10, 1))
            #expect(try await store.prune(keep, at: .second(11)) == 0)
            #expect(try await store.prune(.keeping(), at: .second(100)) == 0)
            #expect(try await store.allEvents().count == 1)
            #expect(try await store.allDeliveries().count == 1)
            #expect(try await store.task(.sample()) != nil)
            // A moment later it is too old.
            #expect(try await store.prune(keep, at: .second(11).advanced(by: .milliseconds(1))) == 3)
            #expect(try await store.allEvents().isEmpty)
            #expect(try await store.allDeliveries().isEmpty)
            #expect(try await store.task(.sample()) == nil)
            #expect(try await store.watch(of: nil, on: .sample()) == nil)
        },
        StoreSentence("The oldest events are forgotten first, and the range says how far") { store, _ in
            try await store.follow(.sample(url: nil))
            for number in 1...6 { try await store.happen(.sample("\(number)"), at: number) }
            let all = try await store.allEvents()
            #expect(try await store.prune(.keeping(events: (1000, 4)), at: .second(7)) == 2)
            #expect(try await store.allEvents() == Array(all[2...]))
            #expect(try await store.eventRange() == EventRange(forgotten: all[1].sequence, latest: all[5].sequence))
            #expect(try await store.prune(.keeping(events: (3, 100)), at: .second(7)) == 1)
            #expect(try await store.allEvents() == Array(all[3...]))
            #expect(try await store.prune(.keeping(events: (1000, 0)), at: .second(7)) == 3)
            #expect(try await store.eventRange() == EventRange(forgotten: all[5].sequence, latest: all[5].sequence))
            // No sequence comes twice, even if everything is forgotten.
            try await store.happen(.sample("7"), at: 8)
            let next = try #require(try await store.allEvents().first)
            #expect(next.sequence > all[5].sequence)
            #expect(try await store.eventRange() == EventRange(forgotten: all[5].sequence, latest: next.sequence))
            // Nobody remembers the id of what is forgotten.
            try await store.happen(.sample("1"), at: 9)
            #expect(try await store.allEvents().map(\.event.id) == ["7", "1"])
        },
        StoreSentence("Pending deliveries and their events stay, however old or many they are") { store, _ in
            try await store.follow(.sample(url: nil))
            try await store.happen(.sample("untold"))
            _ = try await store.put(.sample(), isDone: false, at: .second(1))
            for id in ["taken", "waiting", "later"] { try await store.happen(.sample(id), at: 2) }
            let first = try #require(try await store.due(at: 2).first)
            try await store.settle(first, .taken(), .delivered, by: "a")
            let nothing = Retention.keeping(events: (0, 0), deliveries: (0, 0), tasks: (0, 0))
            #expect(try await store.prune(nothing, at: .second(1000)) == 3)
            #expect(try await store.allEvents().map(\.event.id) == ["waiting", "later"])
            #expect(try await store.allDeliveries().map(\.event.event.id) == ["waiting", "later"])
            #expect(try await store.attempts(of: first.number, for: nil) == nil)
            let range = try await store.eventRange()
            #expect(range.forgotten == first.event.sequence)
            let second = try #require(try await store.due(at: 1000).first)
            #expect(second.event.event.id == "waiting")
            try await store.settle(second, .sample(), .failed, by: "a")
            #expect(try await store.prune(nothing, at: .second(1000)) == 2)
            #expect(try await store.eventRange().forgotten == second.event.sequence)
        },
        StoreSentence("Deliveries that are over are forgotten, the oldest first, with their attempts") { store, _ in
            try await store.follow(.sample())
            for number in 1...5 { try await store.happen(.sample("\(number)"), at: number) }
            for second in 10...13 {
                let delivery = try #require(try await store.due(at: second).first)
                try await store.settle(delivery, .sample(), second % 2 == 0 ? .failed : .delivered, by: "a")
            }
            let all = try await store.allDeliveries()
            #expect(try await store.prune(.keeping(deliveries: (1000, 3)), at: .second(20)) == 1)
            #expect(try await store.allDeliveries() == Array(all[1...]))
            #expect(try await store.attempts(of: all[0].number, for: nil) == nil)
            #expect(try await store.attempts(of: all[1].number, for: nil)?.count == 1)
            // Those younger than 17 seconds: of the third event and later.
            #expect(try await store.prune(.keeping(deliveries: (17, 100)), at: .second(20)) == 1)
            #expect(try await store.allDeliveries() == Array(all[2...]))
            // Events whose deliveries are kept can still be shown with them.
            #expect(try await store.prune(.keeping(events: (0, 0)), at: .second(20)) == 2)
            #expect(try await store.allDeliveries() == Array(all[2...]))
        },
        StoreSentence("Tasks that are wanted or followed stay, however old they are") { store, _ in
            let nothing = Retention.keeping(tasks: (0, 0))
            _ = try await store.put(.sample(.sample("watched")), isDone: false, at: .second(0))
            _ = try await store.hold(.sample(), on: .sample("held"), at: .second(0))
            try await store.stream([.sample("streamed")], until: .second(2000), at: .second(0))
            _ = try await store.put(.sample(.sample("followed")), isDone: false, at: .second(0))
            try await store.claim("a", at: 0, until: 2000)
            let everything = ["watched", "held", "streamed", "followed"].map {
                TaskChange(task: .sample($0), seen: .sample())
            }
            _ = try await store.record(everything, by: "a", at: .second(1))
            // Nobody wants it any more, but its owner does not know that yet.
            _ = try await store.removeWatch(of: nil, on: .sample("followed"), at: .second(1))
            #expect(try await store.prune(nothing, at: .second(1000)) == 0)
            #expect(try await store.record(TaskChange(task: .sample("followed"), seen: .sample()), at: 1000).isEmpty)
            try await store.claim("a", at: 1000, until: 2000)
            #expect(try await store.prune(nothing, at: .second(1001)) == 1)
            #expect(try await store.task(.sample("followed")) == nil)
            #expect(try await store.prune(nothing, at: .second(2000)) == 1)
            #expect(try await store.task(.sample("streamed")) == nil)
            #expect(try await store.tasks(TaskFilter(), after: nil, limit: 9).map(\.id.native) == ["held", "watched"])
        },
        StoreSentence("Tasks that are over are forgotten by their end, and what nobody saw at once") { store, _ in
            for number in 1...4 {
                let task = TaskID.sample("\(number)")
                try await store.follow(.sample(task, url: nil))
                // The later they end the earlier they were seen.
                _ = try await store.record(TaskChange(task: task, seen: .sample(at: .second(10 - number))), at: 9)
                if number < 4 { _ = try await store.record(TaskChange(task: task, ending: .done), at: 10 + number) }
            }
            _ = try await store.removeWatch(of: nil, on: .sample("4"), at: .second(20))
            _ = try await store.put(.sample(.sample("unseen")), isDone: false, at: .second(20))
            _ = try await store.removeWatch(of: nil, on: .sample("unseen"), at: .second(20))
            try await store.claim(at: 20)
            #expect(try await store.prune(.keeping(tasks: (1000, 9)), at: .second(20)) == 1)
            #expect(try await store.task(.sample("unseen")) == nil)
            #expect(try await store.prune(.keeping(tasks: (1000, 2)), at: .second(20)) == 2)
            #expect(try await store.tasks(TaskFilter(), after: nil, limit: 9).map(\.id.native) == ["2", "3"])
            #expect(try await store.prune(.keeping(tasks: (7, 9)), at: .second(20)) == 1)
            #expect(try await store.tasks(TaskFilter(), after: nil, limit: 9).map(\.id.native) == ["3"])
            #expect(try await store.watches(of: nil, after: nil, limit: 9).map(\.task.native) == ["3"])
        },
    ]
}

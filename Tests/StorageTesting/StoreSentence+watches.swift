internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let watches: [StoreSentence] = [
        StoreSentence("A watch that nobody put is not there") { store, _ async throws in
            #expect(try await store.watch(of: nil, on: .sample()) == nil)
            #expect(try await store.removeWatch(of: nil, on: .sample(), at: .second(1)) == nil)
            #expect(try await store.renewLease(of: nil, on: .sample(), at: .second(1)) == nil)
            #expect(try await store.watches(of: nil, after: nil, limit: 10).isEmpty)
            #expect(try await store.task(.sample()) == nil)
        },
        StoreSentence("A watch is read as it was put, whatever of it is there") { store, _ async throws in
            let whole = Watch.sample(
                TaskID(provider: "cloud", native: "ä:b c/%?'\"\\;--"),
                client: "app",
                url: "https://receiver.example/hook?a=b&c='d'",
                events: [.done, .lost],
                deadline: .second(60),
                lease: .init(term: .milliseconds(30_500), endsAt: .second(31)),
                execution: Execution(createdAt: .second(-20), startedAt: .second(-10)),
                createdAt: .second(-1)
            )
            let others: [Watch] = [
                .sample(url: nil), .sample(.sample("two"), events: []), .sample(.sample("three"), deadline: .second(5)),
                .sample(.sample("four"), url: nil, lease: .seconds(5)),
                .sample(.sample("five"), execution: Execution(createdAt: nil, startedAt: nil)),
            ]
            for watch in [whole] + others {
                #expect(try await store.put(watch, isDone: false, at: .second(0)) == watch)
                #expect(try await store.watch(of: watch.client, on: watch.task) == watch)
                #expect(try await store.task(watch.task) == KeptTask(id: watch.task, watches: [watch]))
            }
        },
        StoreSentence("What a watch that is put says of firing and ending is ignored") { store, _ async throws in
            var watch = Watch.sample()
            watch.firedAt = .second(1)
            watch.endedAt = .second(1)
            #expect(try await store.put(watch, isDone: false, at: .second(0)) == .sample())
            #expect(try await store.watch(of: nil, on: .sample()) == .sample())
        },
        StoreSentence("Each client has a watch of its own on a task, and so has who has no name") { store, _ in
            let watches: [Watch] = [
                .sample(), .sample(client: "a", url: nil), .sample(client: "b", deadline: .second(9)),
            ]
            for watch in watches.reversed() { _ = try await store.put(watch, isDone: false, at: .second(0)) }
            for watch in watches { #expect(try await store.watch(of: watch.client, on: .sample()) == watch) }
            #expect(try await store.task(.sample())?.watches == watches)
            #expect(try await store.removeWatch(of: "a", on: .sample(), at: .second(1)) == watches[1])
            #expect(try await store.task(.sample())?.watches == [watches[0], watches[2]])
        },
        StoreSentence("A watch that is put again keeps when it was made, and nothing else") { store, _ in
            let before = Watch.sample(events: [.done], deadline: .second(60), lease: .seconds(30))
            _ = try await store.put(before, isDone: false, at: .second(0))
            let again = try await store.put(
                .sample(url: "https://other.example", events: [.lost], createdAt: .second(5)),
                isDone: false,
                at: .second(5)
            )
            #expect(again == .sample(url: "https://other.example", events: [.lost]))
            #expect(try await store.watch(of: nil, on: .sample()) == again)
        },
        StoreSentence("A watch that has fired stays so while its deadline and its lease's term are put as before") {
            store,
            _ in
            let fired = Watch.sample(deadline: .second(2), lease: .seconds(30))
            for (changed, stays) in [
                (Watch.sample(url: nil, deadline: .second(2), lease: .seconds(30, from: 5)), true),
                (.sample(deadline: .second(3), lease: .seconds(30)), false),
                (.sample(deadline: .second(2), lease: .seconds(31)), false),
                (.sample(deadline: .second(2)), false), (.sample(lease: .seconds(30)), false), (.sample(), false),
            ] {
                _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(0))
                try await store.follow(fired)
                #expect(try await store.record(TaskChange(task: .sample(), fired: [.client(nil)]), at: 2).isEmpty)
                let put = try await store.put(changed, isDone: false, at: .second(5))
                #expect(put.firedAt == (stays ? .second(2) : nil), "\(changed)")
                #expect(try await store.watch(of: nil, on: .sample()) == put)
            }
        },
        StoreSentence("A watch that had fired and ended can fire anew when its task runs again") { store, _ in
            let watch = Watch.sample(deadline: .second(2), lease: .seconds(30))
            try await store.follow(watch)
            _ = try await store.record(TaskChange(task: .sample(), fired: [.client(nil)], ending: .done), at: 2)
            #expect(try await store.put(watch, isDone: false, at: .second(3)) == watch)
            #expect(try await store.watch(of: nil, on: .sample()) == watch)
        },
        StoreSentence("A watch on a task that had ended and is over ends at once, and is told of that end") {
            store,
            _ in
            try await store.follow(.sample(client: "first"))
            try await store.happen(.sample("1", .updated))
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("2", .done)], ending: .done), at: 2)
            let put = try await store.put(.sample(client: "late", createdAt: .second(3)), isDone: true, at: .second(3))
            #expect(put.endedAt == .second(3))
            #expect(try await store.watch(of: "late", on: .sample()) == put)
            let told = try await store.allDeliveries().filter { $0.client == "late" }
            #expect(told.map(\.event.event.id) == ["2"])
            #expect(told.map(\.nextAttemptAt) == [.second(3)])
            #expect(told.map(\.createdAt) == [.second(3)])
            #expect(try await store.claim(at: 4).isEmpty)
        },
        StoreSentence("A watch on a task that was seen before its end was is told of that end, and not of another one")
        {
            store,
            _ in
            for (native, seenAt, ends) in [("old", 4, true), ("same", 5, false), ("new", 6, false)] {
                let task = TaskID.sample(native)
                try await store.follow(.sample(task, client: "first"))
                let change = TaskChange(
                    task: task,
                    seen: .sample(.completed, at: .second(5)),
                    events: [.sample(native, .done)],
                    ending: .done
                )
                _ = try await store.record(change, at: 5)
                let watch = Watch.sample(task, client: "late", createdAt: .second(7))
                let put = try await store.put(watch, isDone: false, seenAt: .second(seenAt), at: .second(7))
                #expect(put.endedAt == (ends ? .second(7) : nil), "\(native)")
                #expect(try await store.claim(at: 7).isEmpty == ends, "\(native)")
                let told = try await store.allDeliveries().filter { $0.client == "late" && $0.event.task == task }
                #expect(told.map(\.event.event.id) == (ends ? [native] : []))
            }
        },
        StoreSentence("A watch that does not want to hear of an end is not told of one that was before it") {
            store,
            _ in
            try await store.follow(.sample(client: "first"))
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("1", .done)], ending: .done))
            for watch in [
                Watch.sample(client: "late", events: [.updated, .lost]), .sample(client: "silent", url: nil),
            ] {
                let put = try await store.put(watch, isDone: true, at: .second(3))
                #expect(put.endedAt == .second(3))
            }
            #expect(try await store.allDeliveries().map(\.client) == ["first"])
        },
        StoreSentence("A watch on a task that runs again is told of the new end, when it comes") { store, _ in
            try await store.follow(.sample(client: "first"))
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("1", .done)], ending: .done))
            #expect(try await store.put(.sample(client: "b"), isDone: false, at: .second(3)).endedAt == nil)
            // Somebody sees the end before whoever follows it does.
            #expect(try await store.put(.sample(client: "c"), isDone: true, at: .second(4)).endedAt == nil)
            try await store.claim(at: 5)
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("2", .done)], ending: .done), at: 6)
            _ = try await store.put(.sample(client: "d"), isDone: true, at: .second(7))
            let told = try await store.allDeliveries().map { "\($0.event.event.id) to \($0.client ?? "")" }
            #expect(Set(told) == ["1 to first", "2 to b", "2 to c", "2 to d"])
        },
        StoreSentence("A task that had ended and is not over is followed anew, and its ended watches stay ended") {
            store,
            _ in
            for ending in [TaskChange.Ending.done, .lost] {
                let task = TaskID.sample("\(ending)")
                try await store.follow(.sample(task, client: "old"))
                _ = try await store.record(
                    TaskChange(
                        task: task,
                        seen: .sample(.failed),
                        events: [.sample("\(ending)", .done)],
                        ending: ending
                    )
                )
                let watch = try await store.put(.sample(task, client: "new"), isDone: false, at: .second(3))
                let kept = KeptTask(id: task, watches: [watch])
                #expect(try await store.task(task) == kept)
                #expect(try await store.claim(at: 3) == [kept])
                #expect(try await store.watch(of: "old", on: task)?.endedAt == .second(1))
            }
        },
        StoreSentence("A task that was lost is followed anew even if it is over: nobody has told of its end") {
            store,
            _ in
            try await store.follow(.sample(client: "old"))
            let change = TaskChange(task: .sample(), events: [.sample("1", .done), .sample("2", .lost)], ending: .lost)
            _ = try await store.record(change)
            let watch = try await store.put(.sample(client: "new"), isDone: true, at: .second(3))
            #expect(watch.endedAt == nil)
            #expect(try await store.claim(at: 3) == [KeptTask(id: .sample(), watches: [watch])])
            #expect(try await store.allDeliveries().allSatisfy { $0.client == "old" })
        },
        StoreSentence("A task whose end is forgotten is followed anew, so that a new watch is told of it") { store, _ in
            try await store.follow(.sample(client: "old", url: nil))
            _ = try await store.record(TaskChange(task: .sample(), events: [.sample("1", .done)], ending: .done))
            #expect(try await store.prune(.keeping(events: (0, 0)), at: .second(100)) == 1)
            let watch = try await store.put(.sample(client: "new"), isDone: true, at: .second(101))
            #expect(watch.endedAt == nil)
            #expect(try await store.claim(at: 101).map(\.id) == [.sample()])
        },
        StoreSentence("An end that concerns another client alone is nobody else's") { store, _ in
            try await store.follow(.sample(client: "old"))
            let end = NewEvent.sample("1", .done, for: .client("old"))
            _ = try await store.record(TaskChange(task: .sample(), events: [end], ending: .done))
            #expect(try await store.put(.sample(client: "new"), isDone: true, at: .second(3)).endedAt == nil)
            #expect(try await store.allDeliveries().map(\.client) == ["old"])
        },
        StoreSentence("A watch that is put where its task is unknown is not ended, even if the task is over") {
            store,
            _ async throws in
            #expect(try await store.put(.sample(), isDone: true, at: .second(0)) == .sample())
            #expect(try await store.claim().map(\.id) == [.sample()])
        },
        StoreSentence("Watches come in the order of their tasks' bytes, page after page, also those that have ended") {
            store,
            _ in
            // Two spellings of one character make two ids.
            let natives = ["", "A", "B", "a", "a:", "a:b", "aa", "e\u{301}", "z", "\u{e9}", "\u{ffff}", "\u{10000}"]
            let ids = natives.map { TaskID.sample($0) } + [TaskID(provider: "cloud-b", native: "a")]
            let order = ids.sorted { Array($0.description.utf8).lexicographicallyPrecedes(Array($1.description.utf8)) }
            for id in ids.shuffled() {
                _ = try await store.put(.sample(id, client: "app"), isDone: false, at: .second(0))
            }
            _ = try await store.put(.sample(.sample("other")), isDone: false, at: .second(0))
            try await store.claim()
            _ = try await store.record(TaskChange(task: ids[3], events: [.sample("1", .done)], ending: .done))
            for size in [1, 2, 5, 100] {
                var read: [TaskID] = []
                while true {
                    let page = try await store.watches(of: "app", after: read.last, limit: size)
                    #expect(page.count <= size)
                    read += page.map(\.task)
                    if page.count < size { break }
                }
                #expect(read == order)
            }
            #expect(try await store.tasks(TaskFilter(), after: ids[6], limit: 2).count == 2)
        },
        StoreSentence("A watch that is taken back is returned as it was, and what it has not delivered is dropped") {
            store,
            _ in
            try await store.follow(.sample(client: "a"))
            _ = try await store.put(.sample(client: "b"), isDone: false, at: .second(0))
            _ = try await store.put(.sample(.sample("two"), client: "a"), isDone: false, at: .second(0))
            try await store.claim()
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            try await store.happen(.sample("3"), to: .sample("two"))
            let sent = try #require(try await store.due().first { $0.client == "a" && $0.event.task == .sample() })
            try await store.settle(sent, .taken(), .delivered, by: "a")
            let before = try await store.watch(of: "a", on: .sample())
            #expect(try await store.removeWatch(of: "a", on: .sample(), at: .second(5)) == before)
            #expect(try await store.watch(of: "a", on: .sample()) == nil)
            #expect(try await store.removeWatch(of: "a", on: .sample(), at: .second(6)) == nil)
            for delivery in try await store.allDeliveries() {
                let isOfIt = delivery.client == "a" && delivery.event.task == .sample()
                #expect(delivery.state == (delivery.number == sent.number ? .delivered : isOfIt ? .dropped : .pending))
                #expect((delivery.nextAttemptAt == nil) == (delivery.state != .pending))
            }
        },
    ]

    static let renewals: [StoreSentence] = [
        StoreSentence("A lease that is renewed gets its whole term") { store, _ in
            _ = try await store.put(.sample(lease: .seconds(30)), isDone: false, at: .second(0))
            let renewed = try await store.renewLease(of: nil, on: .sample(), at: .second(20))
            #expect(renewed == .sample(lease: .seconds(30, from: 20)))
            #expect(try await store.watch(of: nil, on: .sample()) == renewed)
            // It has run out, but nobody has acted on it.
            #expect(try await store.renewLease(of: nil, on: .sample(), at: .second(70))?.lease?.endsAt == .second(100))
        },
        StoreSentence("A watch without a lease has nothing to renew") { store, _ in
            _ = try await store.put(.sample(deadline: .second(9)), isDone: false, at: .second(0))
            let renewed = try await store.renewLease(of: nil, on: .sample(), at: .second(5))
            #expect(renewed == .sample(deadline: .second(9)))
        },
        StoreSentence("A lease is not renewed once its watch has fired or ended") { store, _ in
            let lease = Watch.Lease.seconds(30)
            try await store.follow(.sample(client: "fired", lease: lease))
            _ = try await store.put(.sample(client: "other", lease: lease), isDone: false, at: .second(0))
            _ = try await store.record(TaskChange(task: .sample(), fired: [.client("fired")]), at: 30)
            let fired = try await store.renewLease(of: "fired", on: .sample(), at: .second(31))
            #expect(fired?.lease == lease)
            #expect(fired?.firedAt == .second(30))
            #expect(
                try await store.renewLease(of: "other", on: .sample(), at: .second(31))?.lease?.endsAt == .second(61)
            )
            _ = try await store.record(TaskChange(task: .sample(), ending: .done), at: 32)
            let ended = try await store.renewLease(of: "other", on: .sample(), at: .second(33))
            #expect(ended?.lease?.endsAt == .second(61))
            #expect(ended?.endedAt == .second(32))
        },
        StoreSentence("A renewal is its client's alone") { store, _ in
            for client in ["a", "b"] {
                _ = try await store.put(.sample(client: client, lease: .seconds(30)), isDone: false, at: .second(0))
            }
            #expect(try await store.renewLease(of: nil, on: .sample(), at: .second(5)) == nil)
            _ = try await store.renewLease(of: "a", on: .sample(), at: .second(5))
            #expect(try await store.watch(of: "b", on: .sample())?.lease == .seconds(30))
        },
    ]
}

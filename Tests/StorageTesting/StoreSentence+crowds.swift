internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let news: [StoreSentence] = [
        StoreSentence("Whoever follows, streams or delivers is told that there may be news") { store, news in
            func expectNews(_ what: Comment, _ change: () async throws -> Void) async throws {
                let before = news.calls
                try await change()
                #expect(try await news.came(since: before), what)
            }
            try await expectNews("a watch") {
                _ = try await store.put(.sample(lease: .seconds(5)), isDone: false, at: .second(0))
            }
            try await expectNews("a renewal") { _ = try await store.renewLease(of: nil, on: .sample(), at: .second(0)) }
            try await expectNews("a held cancel") { _ = try await store.hold(.sample(), on: .sample(), at: .second(0)) }
            try await expectNews("a stream") { try await store.stream([.sample()], until: .second(9), at: .second(0)) }
            try await store.claim()
            try await expectNews("an event") { try await store.happen(.sample("1")) }
            let number = try #require(try await store.due().first).number
            try await expectNews("the end of an attempt") {
                try await store.settle(number, .sample(), .failed, by: "a")
            }
            try await expectNews("a redelivery") { _ = try await store.redeliver(number, for: nil, at: .second(1)) }
            try await expectNews("a task given back") { try await store.release(nil, of: "a") }
            _ = try await store.beat(at: .second(0), gap: .seconds(10))
            try await expectNews("leases with a new term") {
                _ = try await store.beat(at: .second(50), gap: .seconds(10))
            }
            try await expectNews("a watch taken back") {
                _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(1))
            }
        }
    ]

    static let crowds: [StoreSentence] = [
        StoreSentence("Of many owners that claim at once each task has one") { store, _ in
            let ids = (0..<40).map { TaskID.sample("\($0)") }
            for id in ids { _ = try await store.put(.sample(id), isDone: false, at: .second(0)) }
            let owners = (0..<8).map { "owner \($0)" }
            let claimed = try await withThrowingTaskGroup(of: (String, [TaskID]).self) { group in
                for owner in owners {
                    group.addTask {
                        var taken: [TaskID] = []
                        for _ in 0..<10 {
                            taken += try await store.claim(
                                for: owner,
                                until: .second(60),
                                limit: 3,
                                anew: false,
                                at: .second(1)
                            )
                            .map(\.id)
                        }
                        return (owner, taken)
                    }
                }
                return try await group.reduce(into: [String: [TaskID]]()) { $0[$1.0] = $1.1 }
            }
            // Some may have been passed over while another had them in hand.
            let rest = try await store.claim("late", at: 1).map(\.id)
            let all = claimed.values.flatMap(\.self) + rest
            #expect(all.count == ids.count)
            #expect(Set(all) == Set(ids))
            for owner in owners {
                let renewed = try await store.renew(for: owner, until: .second(60), at: .second(2))
                #expect(renewed == Set(claimed[owner] ?? []))
            }
        },
        StoreSentence("Of many that hold a cancel at once one is held, and all are shown it") { store, _ in
            let shown = try await withThrowingTaskGroup(of: HeldCancel.self) { group in
                for number in 0..<16 {
                    group.addTask { try await store.hold(.sample(by: "\(number)"), on: .sample(), at: .second(0)) }
                }
                return try await group.reduce(into: Set<HeldCancel>()) { $0.insert($1) }
            }
            #expect(shown.count == 1)
            #expect(try await store.task(.sample())?.heldCancel == shown.first)
        },
        StoreSentence("Of many that put the same watch at once one is kept, as one of them put it") { store, _ in
            let put = try await withThrowingTaskGroup(of: Watch.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let watch = Watch.sample(deadline: .second(number), createdAt: .second(number))
                        return try await store.put(watch, isDone: false, at: .second(0))
                    }
                }
                return try await group.reduce(into: [Watch]()) { $0.append($1) }
            }
            #expect(Set(put.map(\.createdAt)).count == 1)
            let kept = try #require(try await store.task(.sample())).watches
            #expect(kept.count == 1)
            #expect(kept.allSatisfy { put.contains($0) })
        },
        StoreSentence("Of many that send at once each delivery is sent by one, in the order of its watch") { store, _ in
            let ids = (0..<5).map { TaskID.sample("\($0)") }
            for id in ids { try await store.follow(.sample(id)) }
            for number in 0..<30 { try await store.happen(.sample("\(number)"), to: ids[number % 5]) }
            let sent = try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<6 {
                    group.addTask {
                        while try await store.deliveries(DeliveryFilter(state: .pending), below: nil, limit: 1).count
                            > 0
                        {
                            for delivery in try await store.due("sender \(sender)", limit: 2) {
                                try await store.settle(delivery, .taken(), .delivered, by: "sender \(sender)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
                return try await store.allDeliveries()
            }
            #expect(sent.count == 30)
            #expect(sent.allSatisfy { $0.state == .delivered && $0.attempts == 1 })
        },
        StoreSentence("Who reads events while many record sees each, and none before one that it has passed") {
            store,
            _ in
            let ids = (0..<8).map { TaskID.sample("\($0)") }
            for id in ids { try await store.follow(.sample(id, url: nil)) }
            let seen = try await withThrowingTaskGroup(of: [TaskEvent].self) { group in
                for id in ids {
                    group.addTask {
                        for number in 0..<20 { try await store.happen(.sample("\(id) \(number)"), to: id) }
                        return []
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        var read: [TaskEvent] = []
                        while read.count < 160 {
                            try Task.checkCancellation()
                            read += try await store.events(of: nil, after: read.last?.sequence ?? 0, limit: 7)
                            if try await store.eventRange().latest == read.last?.sequence { await Task.yield() }
                        }
                        return read
                    }
                }
                return try await group.reduce(into: [[TaskEvent]]()) { if !$1.isEmpty { $0.append($1) } }
            }
            let all = try await store.allEvents()
            #expect(all.count == 160)
            #expect(seen == [all, all])
            for id in ids {
                #expect(all.filter { $0.task == id }.map(\.event.id) == (0..<20).map { "\(id) \($0)" })
            }
        },
        StoreSentence("An event that many record at once is kept and delivered once") { store, _ in
            let ids = (0..<8).map { TaskID.sample("\($0)") }
            for id in ids { try await store.follow(.sample(id)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids { group.addTask { try await store.happen(.sample("the same"), to: id) } }
                try await group.waitForAll()
            }
            #expect(try await store.allEvents().count == 1)
            #expect(try await store.allDeliveries().count == 1)
        },
        StoreSentence("A caller that is cancelled loses nothing of what it began") { store, _ in
            for round in 0..<20 {
                let task = Task {
                    try await store.put(.sample(.sample("\(round)")), isDone: false, at: .second(0))
                }
                if round % 2 == 0 { await Task.yield() }
                task.cancel()
                let put = try await task.value
                #expect(try await store.watch(of: nil, on: .sample("\(round)")) == put)
            }
        },
    ]
}

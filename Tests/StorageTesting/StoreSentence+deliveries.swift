internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let deliveries: [StoreSentence] = [
        StoreSentence(
            "A delivery that somebody sends is given to nobody else, nor to the same once more, before its time"
        ) { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            #expect(try await store.due("a", at: 0).isEmpty)
            #expect(try await store.due("a", at: 1, until: 10).count == 1)
            #expect(try await store.due("a", at: 2).isEmpty)
            #expect(try await store.due("b", at: 9).isEmpty)
            #expect(try await store.due("b", at: 10, until: 20).count == 1)
        },
        StoreSentence("What is sent by an owner of tasks is another's when the owner's time for those is over") {
            store,
            _ in
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            try await store.claim("a", at: 0, until: 10)
            try await store.happen(.sample("1"))
            #expect(try await store.due("a", at: 1, until: 100).count == 1)
            #expect(try await store.due("b", at: 9, until: 100).isEmpty)
            #expect(try await store.due("b", at: 10, until: 100).count == 1)
            // One that follows nothing has no time but that of the delivery.
            #expect(try await store.due("c", at: 99, until: 200).isEmpty)
            #expect(try await store.due("c", at: 100, until: 200).count == 1)
        },
        StoreSentence("Who gives everything back gives back what it was sending, too") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            let number = try #require(try await store.due("a").first).number
            try await store.release([.sample()], of: "a")
            #expect(try await store.due("b", at: 1).isEmpty)
            try await store.release(nil, of: "a")
            #expect(try await store.due("b", at: 1).map(\.number) == [number])
            try await store.settle(number, .taken(at: 2), .delivered, by: "a")
            #expect(try await store.allDeliveries().map(\.state) == [.pending])
        },
        StoreSentence("Of the deliveries of one watch the earliest alone is given, until it is over") { store, _ in
            try await store.follow(.sample(client: "x"))
            _ = try await store.put(.sample(client: "y"), isDone: false, at: .second(0))
            try await store.follow(.sample(.sample("two"), client: "x"))
            for id in ["1", "2", "3"] { try await store.happen(.sample(id)) }
            try await store.happen(.sample("4"), to: .sample("two"))
            var sent: [[String]] = []
            let outcomes: [DeliveryOutcome] = [.delivered, .failed, .delivered, .delivered]
            for (second, outcome) in zip(1..., outcomes) {
                let due = try await store.due(at: second)
                sent.append(due.map { "\($0.event.event.id) to \($0.client ?? "")" }.sorted())
                #expect(try await store.due(at: second).isEmpty)
                for delivery in due.shuffled() {
                    try await store.settle(delivery, .sample(at: second), outcome, by: "a")
                }
            }
            #expect(sent == [["1 to x", "1 to y", "4 to x"], ["2 to x", "2 to y"], ["3 to x", "3 to y"], []])
        },
        StoreSentence("What waits for another attempt keeps what is behind it waiting, too") { store, _ in
            try await store.follow(.sample())
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            let first = try #require(try await store.due(at: 1).first)
            try await store.settle(first, .sample(), .retry(at: .second(50)), by: "a")
            #expect(try await store.due(at: 49).isEmpty)
            let again = try await store.due("b", at: 50)
            #expect(again.map(\.event.event.id) == ["1"])
            #expect(again.map(\.attempts) == [1])
            #expect(again.map(\.lastAttempt) == [.sample()])
            #expect(again.map(\.nextAttemptAt) == [.second(50)])
        },
        StoreSentence("No more deliveries are given than the limit says") { store, _ in
            for number in 0..<7 {
                try await store.follow(.sample(.sample("\(number)")))
                try await store.happen(.sample("\(number)"), to: .sample("\(number)"))
            }
            var given: [String] = []
            for expected in [3, 3, 1, 0] {
                let page = try await store.due(limit: 3)
                #expect(page.count == expected)
                given += page.map(\.event.event.id)
            }
            #expect(given.sorted() == (0..<7).map { "\($0)" })
        },
        StoreSentence("Nothing is given for an origin that is avoided, nor what is behind it in its line") { store, _ in
            let urls = [
                "https://bad.example/a", "HTTPS://BAD.example/b?c", "https://bad.example:8443/", "http://bad.example",
                "https://good.example/https://bad.example",
            ]
            for (index, url) in urls.enumerated() {
                try await store.follow(.sample(.sample("\(index)"), url: url))
                try await store.happen(.sample("\(index)"), to: .sample("\(index)"))
            }
            try await store.happen(.sample("5"), to: .sample("0"))
            let avoided: Set = ["https://bad.example", "https://other.example"]
            #expect(try await Set(store.due(avoiding: avoided).map(\.event.event.id)) == ["2", "3", "4"])
            #expect(try await Set(store.due().map(\.event.event.id)) == ["0", "1"])
        },
        StoreSentence("How a delivery went is kept, every attempt in its order") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            let attempts: [(DeliveryAttempt, DeliveryOutcome)] = [
                (.sample(at: 1, status: nil, problem: "no connection: 'x' \"y\""), .retry(at: .second(2))),
                (.sample(at: 2), .retry(at: .second(3))), (.taken(at: 3), .delivered),
            ]
            for (attempt, outcome) in attempts {
                let delivery = try #require(try await store.due(at: 100).first)
                try await store.settle(delivery, attempt, outcome, by: "a")
            }
            let delivery = try #require(try await store.allDeliveries().first)
            #expect(delivery.state == .delivered)
            #expect(delivery.attempts == 3)
            #expect(delivery.lastAttempt == .taken(at: 3))
            #expect(delivery.nextAttemptAt == nil)
            #expect(try await store.attempts(of: delivery.number, for: nil) == attempts.map(\.0))
            #expect(try await store.attempts(of: delivery.number + 1, for: nil) == nil)
        },
        StoreSentence("Who was too late keeps the attempt, and nothing else") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            let delivery = try #require(try await store.due("a", at: 1, until: 10).first)
            try await store.settle(delivery, .sample(at: 1), .delivered, by: "stranger")
            _ = try await store.due("b", at: 10, until: 99)
            for outcome in [DeliveryOutcome.delivered, .failed, .gone, .retry(at: .second(11))] {
                try await store.settle(delivery, .sample(at: 2), outcome, by: "a")
            }
            let kept = try #require(try await store.allDeliveries().first)
            #expect(kept.state == .pending)
            #expect(kept.nextAttemptAt == .second(1))
            #expect(kept.attempts == 5)
            #expect(kept.lastAttempt == .sample(at: 2))
            #expect(try await store.due("c", at: 98).isEmpty)
            try await store.settle(delivery, .taken(at: 12), .delivered, by: "b")
            try await store.settle(delivery, .sample(at: 13), .retry(at: .second(14)), by: "b")
            #expect(try await store.allDeliveries().map(\.state) == [.delivered])
            #expect(try await store.attempts(of: delivery.number, for: nil)?.count == 7)
            #expect(try await store.watch(of: nil, on: .sample())?.webhook?.disabledAt == nil)
        },
        StoreSentence("What was given back with its watch while it was sent stays dropped") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            let delivery = try #require(try await store.due().first)
            _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(2))
            try await store.settle(delivery, .taken(at: 3), .delivered, by: "a")
            #expect(try await store.allDeliveries().map(\.state) == [.dropped])
            #expect(try await store.attempts(of: delivery.number, for: nil) == [.taken(at: 3)])
        },
        StoreSentence("A receiver that is gone gets nothing more of this watch, and other watches theirs") { store, _ in
            try await store.follow(.sample(client: "x"))
            _ = try await store.put(.sample(client: "y"), isDone: false, at: .second(0))
            try await store.follow(.sample(.sample("two"), client: "x"))
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            try await store.happen(.sample("3"), to: .sample("two"))
            let given = try await store.due().first { $0.client == "x" && $0.event.task == .sample() }
            try await store.settle(try #require(given), .sample(at: 5, status: 410), .gone, by: "a")
            #expect(try await store.watch(of: "x", on: .sample())?.webhook?.disabledAt == .second(5))
            #expect(try await store.task(.sample())?.watches.first?.webhook?.disabledAt == .second(5))
            #expect(try await store.watch(of: "y", on: .sample())?.webhook?.disabledAt == nil)
            #expect(try await store.watch(of: "x", on: .sample("two"))?.webhook?.disabledAt == nil)
            try await store.happen(.sample("4"), at: 6)
            let all = try await store.allDeliveries().map { "\($0.event.event.id) to \($0.client ?? ""): \($0.state)" }
            #expect(
                Set(all) == [
                    "1 to x: failed", "2 to x: failed", "1 to y: pending", "2 to y: pending", "3 to x: pending",
                    "4 to y: pending",
                ]
            )
            // Its client puts it again, and is told again.
            _ = try await store.put(.sample(client: "x"), isDone: false, at: .second(7))
            try await store.happen(.sample("5"), at: 8)
            #expect(try await store.allDeliveries().filter { $0.client == "x" }.last?.event.event.id == "5")
        },
        StoreSentence("A receiver that is gone takes nothing from the one that was put in its place") { store, _ in
            try await store.follow(.sample(url: "https://old.example"))
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            let first = try #require(try await store.due().first)
            _ = try await store.put(.sample(url: "https://new.example"), isDone: false, at: .second(2))
            try await store.happen(.sample("3"), at: 2)
            try await store.settle(first, .sample(at: 3), .gone, by: "a")
            #expect(try await store.watch(of: nil, on: .sample())?.webhook?.disabledAt == nil)
            #expect(try await store.allDeliveries().map(\.state) == [.pending, .pending, .pending])
            #expect(try await store.attempts(of: first.number, for: nil) == [.sample(at: 3)])
        },
        StoreSentence("What waits goes to the receiver that is put in place of the other, at once and in its order") {
            store,
            _ in
            let old = "https://old.example/hook"
            let new = "https://new.example/hook"
            _ = try await store.put(.sample(client: "other", url: old), isDone: false, at: .second(0))
            try await store.follow(.sample(url: old))
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            for delivery in try await store.due(at: 1) {
                try await store.settle(delivery, .sample(at: 1), .retry(at: .second(500)), by: "a")
            }
            // One who puts the same once more changes nothing.
            _ = try await store.put(.sample(url: old), isDone: false, at: .second(2))
            #expect(try await store.due(at: 3).isEmpty)
            _ = try await store.put(.sample(url: new), isDone: false, at: .second(4))
            #expect(try await store.due(at: 5, avoiding: ["https://new.example"]).isEmpty)
            for (second, id) in [(5, "1"), (6, "2")] {
                let due = try await store.due(at: second, avoiding: ["https://old.example"])
                #expect(due.map(\.event.event.id) == [id])
                #expect(due.map(\.url) == [new])
                try await store.settle(due[0], .sample(at: second), .delivered, by: "a")
            }
            let others = try await store.allDeliveries().filter { $0.client == "other" }
            #expect(others.map(\.url) == [old, old])
            #expect(others.map(\.state) == [.pending, .pending])
        },
        StoreSentence("What the receiver before says late says nothing about the one in its place") { store, _ in
            try await store.follow(.sample(url: "https://old.example"))
            try await store.happen(.sample("1"))
            let before = try #require(try await store.due(at: 1).first)
            _ = try await store.put(.sample(url: "https://new.example"), isDone: false, at: .second(2))
            let after = try #require(try await store.due(at: 3).first)
            try await store.settle(before, .sample(at: 1, status: 410), .gone, by: "a")
            #expect(try await store.watch(of: nil, on: .sample())?.webhook?.disabledAt == nil)
            #expect(try await store.allDeliveries().map(\.state) == [.pending])
            try await store.settle(after, .taken(at: 4), .delivered, by: "a")
            #expect(try await store.allDeliveries().map(\.state) == [.delivered])
            #expect(try await store.allDeliveries().map(\.attempts) == [2])
        },
        StoreSentence("What waits for a watch that has no webhook any more is dropped") { store, _ in
            try await store.follow(.sample())
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            let first = try #require(try await store.due().first)
            _ = try await store.put(.sample(url: nil, deadline: .second(900)), isDone: false, at: .second(2))
            try await store.settle(first, .sample(at: 3), .retry(at: .second(4)), by: "a")
            #expect(try await store.allDeliveries().map(\.state) == [.dropped, .dropped])
            #expect(try await store.due(at: 9).isEmpty)
        },
        StoreSentence("Deliveries are listed by client, task and state, the latest first") { store, _ in
            for client in ["x", "y", nil] {
                _ = try await store.put(.sample(client: client), isDone: false, at: .second(0))
                _ = try await store.put(.sample(.sample("two"), client: client), isDone: false, at: .second(0))
            }
            try await store.claim()
            for id in ["1", "2"] { try await store.happen(.sample(id)) }
            try await store.happen(.sample("3"), to: .sample("two"))
            for (delivery, outcome) in zip(try await store.due(), [DeliveryOutcome.delivered, .failed]) {
                try await store.settle(delivery, .sample(), outcome, by: "a")
            }
            let all = try await store.deliveries(DeliveryFilter(), below: nil, limit: 100)
            #expect(all.count == 9)
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.number > $1.number })
            for audience in [nil, NewEvent.Audience(client: nil), .client("x"), .client("nobody")] {
                for task in [nil, TaskID.sample(), .sample("two"), .sample("three")] {
                    for state in [nil] + Delivery.State.allCases.map(Optional.some) {
                        let expected = all.filter { delivery in
                            (audience.map { $0.client == delivery.client } ?? true)
                                && (task.map { $0 == delivery.event.task } ?? true)
                                && (state.map { $0 == delivery.state } ?? true)
                        }
                        let filter = DeliveryFilter(audience: audience, task: task, state: state)
                        #expect(try await store.deliveries(filter, below: nil, limit: 100) == expected)
                        #expect(try await store.deliveries(filter, below: nil, limit: 2) == Array(expected.prefix(2)))
                        let rest = try await store.deliveries(filter, below: all[4].number, limit: 100)
                        #expect(rest == expected.filter { $0.number < all[4].number })
                    }
                }
            }
        },
    ]

    static let redeliveries: [StoreSentence] = [
        StoreSentence("A delivery is sent once more whatever came of it, and its attempts are counted on") { store, _ in
            for outcome in [DeliveryOutcome.delivered, .failed, .gone, .retry(at: .second(500))] {
                let task = TaskID.sample("\(outcome)")
                try await store.follow(.sample(task))
                try await store.happen(.sample("\(outcome)"), to: task)
                let number = try #require(try await store.due().first).number
                try await store.settle(number, .sample(), outcome, by: "a")
                let again = try #require(try await store.redeliver(number, for: nil, at: .second(50)))
                #expect(again.state == .pending)
                #expect(again.nextAttemptAt == .second(50))
                #expect(again.attempts == 1)
                #expect(try await store.deliveries(DeliveryFilter(task: task), below: nil, limit: 9) == [again])
                #expect(try await store.due("b", at: 49).isEmpty)
                #expect(try await store.due("b", at: 50) == [again])
                try await store.settle(number, .taken(at: 51), .delivered, by: "b")
                #expect(try await store.attempts(of: number, for: nil) == [.sample(), .taken(at: 51)])
            }
        },
        StoreSentence("What was dropped with its watch can be sent all the same") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(2))
            let number = try #require(try await store.allDeliveries().first).number
            #expect(try await store.redeliver(number, for: nil, at: .second(3))?.state == .pending)
            #expect(try await store.due(at: 3).map(\.number) == [number])
        },
        StoreSentence("A delivery that is sent once more while it is being sent counts what comes of the later sending")
        { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            let number = try #require(try await store.due("a").first).number
            _ = try await store.redeliver(number, for: nil, at: .second(5))
            try await store.settle(number, .sample(at: 6), .failed, by: "a")
            #expect(try await store.due("b", at: 6).map(\.number) == [number])
            try await store.settle(number, .taken(at: 7), .delivered, by: "b")
            #expect(try await store.allDeliveries().map(\.state) == [.delivered])
        },
        StoreSentence("What is sent once more goes before what is later in its line") { store, _ in
            try await store.follow(.sample())
            for id in ["1", "2", "3"] { try await store.happen(.sample(id)) }
            for second in 1...2 {
                let delivery = try #require(try await store.due(at: second).first)
                try await store.settle(delivery, .taken(), .delivered, by: "a")
            }
            let all = try await store.allDeliveries()
            _ = try await store.redeliver(all[1].number, for: nil, at: .second(9))
            _ = try await store.redeliver(all[0].number, for: nil, at: .second(9))
            var order: [String] = []
            while let delivery = try await store.due(at: 10).first {
                order.append(delivery.event.event.id)
                try await store.settle(delivery, .taken(), .delivered, by: "a")
            }
            #expect(order == ["1", "2", "3"])
        },
        StoreSentence("A delivery is shown and sent once more for its own client alone") { store, _ in
            try await store.follow(.sample(client: "x"))
            try await store.happen(.sample("1"))
            let number = try #require(try await store.due().first).number
            try await store.settle(number, .sample(), .failed, by: "a")
            for stranger in [NewEvent.Audience(client: nil), .client("y")] {
                #expect(try await store.attempts(of: number, for: stranger) == nil)
                #expect(try await store.redeliver(number, for: stranger, at: .second(5)) == nil)
            }
            #expect(try await store.allDeliveries().map(\.state) == [.failed])
            #expect(try await store.attempts(of: number, for: .client("x")) == [.sample()])
            #expect(try await store.redeliver(number, for: .client("x"), at: .second(5))?.state == .pending)
        },
    ]
}

internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let claims: [StoreSentence] = [
        StoreSentence("A task that nobody wants is given to nobody") { store, _ in
            #expect(try await store.claim().isEmpty)
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(1))
            try await store.stream([.sample("two")], until: .second(5), at: .second(0))
            #expect(try await store.claim(at: 5).isEmpty)
            #expect(try await store.renew(for: "a", until: .second(60), at: .second(5)).isEmpty)
        },
        StoreSentence("A task is somebody's until the time that was said, and not a moment longer if another wants it")
        { store, _ in
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            #expect(try await store.claim("a", at: 0, until: 10).map(\.id) == [.sample()])
            let end = Timestamp.second(10).millisecondsSinceEpoch
            let early = try await store.claim(
                for: "b",
                until: .second(20),
                limit: 10,
                anew: false,
                at: Timestamp(millisecondsSinceEpoch: end - 1)
            )
            #expect(early.isEmpty)
            #expect(try await store.claim("b", at: 10, until: 20).map(\.id) == [.sample()])
            #expect(
                try await store.record(TaskChange(task: .sample(), seen: .sample()), by: "a", at: 11) == [.sample()]
            )
            #expect(try await store.record(TaskChange(task: .sample(), seen: .sample()), by: "b", at: 11).isEmpty)
        },
        StoreSentence("What its time has run out for is still its owner's while nobody else takes it") { store, _ in
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            try await store.claim("a", at: 0, until: 10)
            #expect(try await store.record(TaskChange(task: .sample(), seen: .sample()), at: 50).isEmpty)
            #expect(try await store.renew(for: "a", until: .second(100), at: .second(50)) == [.sample()])
            #expect(try await store.claim("b", at: 99).isEmpty)
        },
        StoreSentence("A claim takes no more than its limit, and the next goes on") { store, _ in
            let ids = (0..<7).map { TaskID.sample("\($0)") }
            for id in ids { _ = try await store.put(.sample(id), isDone: false, at: .second(0)) }
            var taken: [TaskID] = []
            for expected in [3, 3, 1, 0] {
                let page = try await store.claim(for: "a", until: .second(60), limit: 3, anew: false, at: .second(1))
                #expect(page.count == expected)
                taken += page.map(\.id)
            }
            #expect(Set(taken) == Set(ids))
            #expect(taken.count == ids.count)
        },
        StoreSentence("A watch, a held cancel and a stream each make a task wanted") { store, _ in
            _ = try await store.put(.sample(.sample("watch"), url: nil), isDone: false, at: .second(0))
            _ = try await store.hold(.sample(), on: .sample("cancel"), at: .second(0))
            try await store.stream([.sample("stream")], until: .second(10), at: .second(0))
            let claimed = try await store.claim(at: 1)
            #expect(
                Set(claimed) == [
                    KeptTask(id: .sample("watch"), watches: [.sample(.sample("watch"), url: nil)]),
                    KeptTask(id: .sample("cancel"), heldCancel: .sample()),
                    KeptTask(id: .sample("stream"), streamedUntil: .second(10)),
                ]
            )
        },
        StoreSentence("What others change of a task is given to its owner, once") { store, _ in
            try await store.follow(.sample(client: "x", lease: .seconds(30)))
            #expect(try await store.claim(at: 1).isEmpty)
            _ = try await store.put(.sample(client: "y"), isDone: false, at: .second(1))
            #expect(try await store.claim(at: 1).map(\.watches.count) == [2])
            _ = try await store.renewLease(of: "x", on: .sample(), at: .second(2))
            #expect(try await store.claim(at: 2).map(\.watches.first?.lease) == [.seconds(30, from: 2)])
            _ = try await store.hold(.sample(), on: .sample(), at: .second(3))
            #expect(try await store.claim(at: 3).map(\.heldCancel) == [.sample()])
            _ = try await store.removeWatch(of: "y", on: .sample(), at: .second(4))
            #expect(try await store.claim(at: 4).map(\.watches.count) == [1])
            _ = try await store.put(.sample(.sample("two")), isDone: false, at: .second(4))
            #expect(try await store.claim(at: 5).map(\.id) == [.sample("two")])
            #expect(try await store.claim(at: 6).isEmpty)
        },
        StoreSentence("What somebody else follows is not given, whatever was changed of it") { store, _ in
            try await store.follow(.sample())
            _ = try await store.hold(.sample(), on: .sample(), at: .second(1))
            #expect(try await store.claim("b", at: 1).isEmpty)
            #expect(try await store.claim("a", at: 1).map(\.id) == [.sample()])
        },
        StoreSentence("What its owner changes of a task is not given to it") { store, _ in
            try await store.follow(.sample())
            try await store.happen(.sample("1"))
            _ = try await store.record(TaskChange(task: .sample(), seen: .sample(), heldCancel: .replaced(.sample())))
            #expect(try await store.claim(at: 2).isEmpty)
        },
        StoreSentence("What is given to its owner once more is the owner's until the new time") { store, _ in
            _ = try await store.put(.sample(), isDone: false, at: .second(0))
            try await store.claim("a", at: 0, until: 10)
            _ = try await store.put(.sample(client: "x"), isDone: false, at: .second(5))
            #expect(try await store.claim("a", at: 5, until: 15).count == 1)
            #expect(try await store.claim("b", at: 14).isEmpty)
            #expect(try await store.claim("b", at: 15).count == 1)
        },
        StoreSentence("The own tasks that were changed do not count against the limit") { store, _ in
            let ids = (0..<4).map { TaskID.sample("\($0)") }
            for id in ids { try await store.follow(.sample(id)) }
            for id in ids { _ = try await store.hold(.sample(), on: id, at: .second(1)) }
            _ = try await store.put(.sample(.sample("new")), isDone: false, at: .second(1))
            let given = try await store.claim(for: "a", until: .second(60), limit: 1, anew: false, at: .second(2))
            #expect(Set(given.map(\.id)) == Set(ids + [.sample("new")]))
        },
        StoreSentence("Who asks anew is given all that it follows, and what is free up to the limit") { store, _ in
            let ids = (0..<4).map { TaskID.sample("\($0)") }
            for id in ids { try await store.follow(.sample(id)) }
            _ = try await store.put(.sample(.sample("other")), isDone: false, at: .second(1))
            try await store.claim("b", at: 1)
            for native in ["new", "newer"] {
                _ = try await store.put(.sample(.sample(native)), isDone: false, at: .second(1))
            }
            _ = try await store.removeWatch(of: nil, on: ids[0], at: .second(1))
            let given = try await store.claim(for: "a", until: .second(60), limit: 1, anew: true, at: .second(2))
            #expect(given.count == 5 && Set(given.map(\.id)).isSuperset(of: ids), "\(given)")
            #expect(given.first { $0.id == ids[0] } == KeptTask(id: ids[0]))
            let own = try await store.renew(for: "a", until: .second(60), at: .second(2))
            #expect(own == Set(given.map(\.id)).subtracting([ids[0]]), "nobody's, since nobody wants it")
            #expect(try await store.claim("a", at: 2).count == 1)
            #expect(try await store.claim("a", at: 2).isEmpty)
        },
        StoreSentence("The time of an owner is one for all that it follows, and never grows shorter") { store, _ in
            _ = try await store.put(.sample(.sample("one")), isDone: false, at: .second(0))
            try await store.claim("a", at: 0, until: 10)
            _ = try await store.put(.sample(.sample("two")), isDone: false, at: .second(0))
            try await store.claim("a", at: 5, until: 30)
            try await store.claim("a", at: 6, until: 20)
            _ = try await store.renew(for: "a", until: .second(25), at: .second(7))
            #expect(try await store.claim("b", at: 29).isEmpty)
            #expect(try await store.claim("b", at: 30).count == 2)
        },
        StoreSentence("A task that nobody wants any more comes back once, and is nobody's then") { store, _ in
            // The second time its time has run out, too.
            for second in [1, 50] {
                _ = try await store.put(.sample(), isDone: false, at: .second(0))
                try await store.claim("a", at: 0, until: 10)
                _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(1))
                #expect(try await store.claim(at: second) == [KeptTask(id: .sample())])
                #expect(try await store.claim(at: second).isEmpty)
                #expect(try await store.renew(for: "a", until: .second(60), at: .second(second)).isEmpty)
                #expect(try await store.record(TaskChange(task: .sample(), seen: .sample()), at: second) == [.sample()])
            }
        },
        StoreSentence("A renewal prolongs everything that its owner follows, and nothing else") { store, _ in
            for native in ["one", "two"] {
                _ = try await store.put(.sample(.sample(native)), isDone: false, at: .second(0))
                _ = try await store.claim(native == "one" ? "a" : "b", at: 0, until: 10)
            }
            #expect(try await store.renew(for: "a", until: .second(30), at: .second(5)) == [.sample("one")])
            #expect(try await store.renew(for: "c", until: .second(30), at: .second(5)).isEmpty)
            #expect(try await store.claim("c", at: 29).map(\.id) == [.sample("two")])
            #expect(try await store.renew(for: "b", until: .second(99), at: .second(29)).isEmpty)
            #expect(try await store.claim("d", at: 30, until: 99).map(\.id) == [.sample("one")])
        },
        StoreSentence("What is given back can be taken by another at once") { store, _ in
            let ids = ["one", "two", "three"].map { TaskID.sample($0) }
            for id in ids { try await store.follow(.sample(id)) }
            try await store.release([ids[0], .sample("unknown")], of: "a")
            #expect(try await store.claim("b", at: 1).map(\.id) == [ids[0]])
            // It is another's now, and what is not one's own cannot be given back.
            try await store.release([ids[0]], of: "a")
            #expect(try await store.claim("c", at: 1).isEmpty)
            try await store.release(nil, of: "a")
            #expect(try await Set(store.claim("c", at: 1).map(\.id)) == [ids[1], ids[2]])
            #expect(try await store.renew(for: "b", until: .second(60), at: .second(1)) == [ids[0]])
            try await store.release([], of: "c")
            #expect(try await store.renew(for: "c", until: .second(60), at: .second(1)).count == 2)
        },
        StoreSentence("Who has a store alone gives back what anybody followed and sent") { store, _ in
            for (native, owner) in [("one", "a"), ("two", "b")] {
                _ = try await store.put(.sample(.sample(native)), isDone: false, at: .second(0))
                try await store.claim(owner)
                let change = TaskChange(task: .sample(native), events: [.sample(native)])
                _ = try await store.record(change, by: owner)
                #expect(try await store.due(owner).count == 1)
            }
            try await store.releaseAll()
            for owner in ["a", "b"] {
                #expect(try await store.renew(for: owner, until: .second(60), at: .second(1)).isEmpty)
            }
            #expect(try await store.claim("c", at: 1).count == 2)
            #expect(try await store.due("c", at: 1).count == 2)
        },
        StoreSentence("A stream has its tasks followed until its end, the latest of several counts") { store, _ in
            try await store.stream([.sample("one"), .sample("two")], until: .second(10), at: .second(0))
            try await store.stream([.sample("one")], until: .second(20), at: .second(1))
            try await store.stream([.sample("one")], until: .second(15), at: .second(2))
            try await store.stream([], until: .second(99), at: .second(2))
            #expect(try await store.task(.sample("one"))?.streamedUntil == .second(20))
            #expect(try await store.claim("a", at: 10).map(\.id) == [.sample("one")])
            try await store.release(nil, of: "a")
            #expect(try await store.claim("a", at: 20).isEmpty)
        },
        StoreSentence("A stream has no task followed that is over") { store, _ in
            let ended = [TaskID.sample("done"), .sample("lost")]
            for task in ended { try await store.follow(.sample(task, url: nil)) }
            _ = try await store.record(TaskChange(task: ended[0], ending: .done))
            _ = try await store.record(TaskChange(task: ended[1], ending: .lost))
            try await store.stream(ended + [.sample("other")], until: .second(10), at: .second(2))
            for task in ended { #expect(try await store.task(task)?.streamedUntil == nil) }
            #expect(try await store.claim(at: 3).map(\.id) == [.sample("other")])
        },
        StoreSentence("A stream alone does not give a task to its owner again") { store, _ in
            try await store.follow(.sample())
            try await store.stream([.sample()], until: .second(50), at: .second(1))
            #expect(try await store.claim(at: 1).isEmpty)
            // It is found out at the latest when the task was given back.
            _ = try await store.removeWatch(of: nil, on: .sample(), at: .second(2))
            #expect(try await store.claim(at: 2) == [KeptTask(id: .sample(), streamedUntil: .second(50))])
            try await store.release([.sample()], of: "a")
            #expect(try await store.claim("b", at: 49).count == 1)
        },
    ]

    static let holds: [StoreSentence] = [
        StoreSentence("A cancel that is held is kept whole") { store, _ in
            let cancels = [
                HeldCancel.sample(),
                HeldCancel(requestedAt: .second(1), requestedBy: nil, reason: nil, until: .second(2), execution: nil),
                HeldCancel(
                    requestedAt: .second(1),
                    requestedBy: "app",
                    reason: "Grüße, 世界\n'\"",
                    until: .second(2),
                    execution: Execution(createdAt: nil, startedAt: .second(-5))
                ),
                HeldCancel(
                    requestedAt: .second(1),
                    requestedBy: "app",
                    reason: "",
                    until: .second(2),
                    execution: Execution(createdAt: nil, startedAt: nil)
                ),
            ]
            for (index, cancel) in cancels.enumerated() {
                let task = TaskID.sample("\(index)")
                #expect(try await store.hold(cancel, on: task, at: .second(0)) == cancel)
                #expect(try await store.task(task) == KeptTask(id: task, heldCancel: cancel))
            }
            let held = try await store.heldCancels()
            #expect(held == Dictionary(uniqueKeysWithValues: cancels.enumerated().map { (.sample("\($0)"), $1) }))
        },
        StoreSentence("What no database keeps is not in the reason of a cancel that is held") { store, _ in
            let cancel = HeldCancel(
                requestedAt: .second(1),
                requestedBy: nil,
                reason: "a\0b",
                until: .second(2),
                execution: nil
            )
            let held = try await store.hold(cancel, on: .sample(), at: .second(0))
            #expect(held.reason == "a\u{fffd}b")
            #expect(try await store.task(.sample())?.heldCancel == held)
        },
        StoreSentence("A cancel is held once: who comes later is shown the first") { store, _ in
            _ = try await store.hold(.sample(by: "first"), on: .sample(), at: .second(0))
            #expect(
                try await store.hold(.sample(by: "second", until: 999), on: .sample(), at: .second(1))
                    == .sample(by: "first")
            )
            #expect(try await store.task(.sample())?.heldCancel == .sample(by: "first"))
        },
        StoreSentence("A held cancel stays until whoever follows the task has seen to it, and no longer") { store, _ in
            _ = try await store.hold(.sample(), on: .sample(), at: .second(0))
            try await store.claim()
            _ = try await store.record(TaskChange(task: .sample(), seen: .sample()))
            #expect(try await store.heldCancels() == [.sample(): .sample()])
            _ = try await store.record(TaskChange(task: .sample(), heldCancel: .replaced(.sample(by: "other"))))
            #expect(try await store.heldCancels() == [.sample(): .sample(by: "other")])
            _ = try await store.record(TaskChange(task: .sample(), heldCancel: .replaced(nil)))
            #expect(try await store.heldCancels().isEmpty)
            #expect(try await store.task(.sample())?.heldCancel == nil)
            #expect(try await store.hold(.sample(by: "next"), on: .sample(), at: .second(5)) == .sample(by: "next"))
        },
        StoreSentence("A task that had ended is followed anew where it was seen to go on behind its end") { store, _ in
            try await store.follow(.sample())
            let end = TaskChange(task: .sample(), seen: .sample(.completed, at: .second(5)), ending: .done)
            #expect(try await store.record(end, at: 5).isEmpty)
            for second in [4, 5] { try await store.revive(.sample(), seenAt: .second(second)) }
            #expect(try await store.task(.sample())?.endedAt != nil)
            try await store.revive(.sample(), seenAt: .second(6))
            #expect(try await store.task(.sample())?.endedAt == nil)
            #expect(try await store.task(.sample())?.seen == nil)
            try await store.stream([.sample()], until: .second(60), at: .second(7))
            #expect(try await store.claim("b", at: 8, until: 50).map(\.id) == [.sample()])
            // One that is not known is not made known.
            try await store.revive(.sample("unknown"), seenAt: .second(6))
            #expect(try await store.task(.sample("unknown")) == nil)
        },
        StoreSentence("A cancel that is held for a task that had ended has it followed anew") { store, _ in
            try await store.follow(.sample(url: nil))
            _ = try await store.record(TaskChange(task: .sample(), seen: .sample(.failed), ending: .done))
            _ = try await store.hold(.sample(), on: .sample(), at: .second(2))
            let kept = KeptTask(id: .sample(), heldCancel: .sample())
            #expect(try await store.task(.sample()) == kept)
            #expect(try await store.claim(at: 2) == [kept])
        },
        StoreSentence("Nothing is held for a task that has ended") { store, _ in
            for ending in [TaskChange.Ending.done, .lost] {
                let task = TaskID.sample("\(ending)")
                _ = try await store.hold(.sample(), on: task, at: .second(0))
                try await store.claim()
                _ = try await store.record(
                    TaskChange(task: task, heldCancel: .replaced(.sample(by: "other")), ending: ending)
                )
                #expect(try await store.task(task)?.heldCancel == nil)
            }
            #expect(try await store.heldCancels().isEmpty)
        },
    ]

    static let beats: [StoreSentence] = [
        StoreSentence("The first beat makes nothing good: there was nobody to miss") { store, _ in
            _ = try await store.put(.sample(lease: .seconds(30)), isDone: false, at: .second(0))
            #expect(try await store.beat(at: .second(1000), gap: .seconds(10)) == false)
            #expect(try await store.watch(of: nil, on: .sample())?.lease == .seconds(30))
        },
        StoreSentence("Beats that follow each other within the gap change nothing") { store, _ in
            _ = try await store.put(.sample(lease: .seconds(30)), isDone: false, at: .second(0))
            for second in [0, 10, 15, 25, 20, 34] {
                #expect(try await store.beat(at: .second(second), gap: .seconds(10)) == false)
            }
            #expect(try await store.watch(of: nil, on: .sample())?.lease == .seconds(30))
        },
        StoreSentence("After a gap the leases that ran at the last beat get a whole term, the others do not") {
            store,
            _ in
            let clients: [(String, Watch.Lease?)] = [
                ("long", .seconds(30)), ("over", .seconds(5)), ("none", nil), ("fired", .seconds(1)),
                ("brief", .seconds(11)),
            ]
            for (client, lease) in clients {
                _ = try await store.put(.sample(client: client, lease: lease), isDone: false, at: .second(0))
            }
            _ = try await store.put(
                .sample(.sample("ended"), client: "ended", lease: .seconds(30)),
                isDone: false,
                at: .second(0)
            )
            try await store.claim()
            _ = try await store.record(TaskChange(task: .sample(), fired: [.client("fired")]), at: 2)
            _ = try await store.record(TaskChange(task: .sample("ended"), ending: .done), at: 2)
            // Exactly at the beat it had run out.
            _ = try await store.put(.sample(client: "exact", lease: .seconds(10)), isDone: false, at: .second(0))
            try await store.claim()
            #expect(try await store.beat(at: .second(10), gap: .seconds(5)) == false)
            #expect(try await store.beat(at: .second(100), gap: .seconds(5)))
            let kept = try #require(try await store.task(.sample()))
            let ends = Dictionary(uniqueKeysWithValues: kept.watches.map { ($0.client ?? "", $0.lease?.endsAt) })
            #expect(
                ends == [
                    "long": .second(130), "over": .second(5), "none": nil, "fired": .second(1), "brief": .second(111),
                    "exact": .second(10),
                ]
            )
            #expect(try await store.watch(of: "ended", on: .sample("ended"))?.lease == .seconds(30))
            #expect(try await store.claim(at: 100).map(\.id) == [.sample()])
            #expect(try await store.beat(at: .second(101), gap: .seconds(5)) == false)
        },
        StoreSentence("The latest beat counts, whatever came after it") { store, _ in
            _ = try await store.put(.sample(lease: .seconds(30)), isDone: false, at: .second(0))
            _ = try await store.beat(at: .second(20), gap: .seconds(10))
            _ = try await store.beat(at: .second(0), gap: .seconds(10))
            #expect(try await store.beat(at: .second(30), gap: .seconds(10)) == false)
            #expect(try await store.beat(at: Timestamp.second(40).advanced(by: .milliseconds(1)), gap: .seconds(10)))
        },
    ]
}

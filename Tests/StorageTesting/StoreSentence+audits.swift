internal import TaskModel
internal import TaskStorage
internal import Testing

extension StoreSentence {
    static let audits: [StoreSentence] = [
        StoreSentence("Records of the audit are read the latest first, of all tasks or of one, in parts") { store, _ in
            #expect(try await store.auditRecords(of: nil, below: nil, limit: 10).isEmpty)
            let (one, other) = (TaskID.sample("one"), TaskID.sample("other"))
            let records = (1...7).map { AuditRecord.sample("r\($0)", at: $0, $0.isMultiple(of: 3) ? other : one) }
            try await store.audit(Array(records[..<4]))
            try await store.audit(Array(records[4...]))
            let all = try await store.auditRecords(of: nil, below: nil, limit: 10)
            #expect(all.map(\.record) == records.reversed())
            #expect(all.map(\.number) == all.map(\.number).sorted(by: >))
            #expect(try await store.auditRecords(of: nil, below: all[1].number, limit: 3) == Array(all[2...4]))
            #expect(try await store.auditRecords(of: other, below: nil, limit: 10).map(\.record.id) == ["r6", "r3"])
            #expect(try await store.auditRecords(of: .sample("third"), below: nil, limit: 10).isEmpty)
            #expect(try await store.auditRecords(of: nil, below: 1, limit: 10).isEmpty)
        },
        StoreSentence("A record of the audit is kept once, however often that is tried") { store, _ in
            try await store.audit([.sample("a"), .sample("b")])
            try await store.audit([.sample("b", at: 9), .sample("c"), .sample("c")])
            try await store.audit([])
            let kept = try await store.auditRecords(of: nil, below: nil, limit: 10)
            #expect(kept.map(\.record.id) == ["c", "b", "a"])
            #expect(kept[1].record == .sample("b"))
        },
        StoreSentence("The oldest records of the audit are forgotten first, by age and by number") { store, _ in
            try await store.audit((1...6).map { .sample("r\($0)", at: $0) })
            #expect(try await store.prune(.keeping(audit: (1000, 4)), at: .second(7)) == 2)
            #expect(try await store.prune(.keeping(audit: (3, 100)), at: .second(7)) == 1)
            let kept = try await store.auditRecords(of: nil, below: nil, limit: 10)
            #expect(kept.map(\.record.id) == ["r6", "r5", "r4"])
            #expect(try await store.prune(.keeping(audit: (0, 0)), at: .second(7)) == 3)
            try await store.audit([.sample("r7", at: 8)])
            let next = try #require(try await store.auditRecords(of: nil, below: nil, limit: 10).first)
            #expect(next.number > kept[0].number)
        },
        StoreSentence("What tells of nobody's following is no news") { store, news in
            let before = news.calls
            try await store.audit([.sample("a")])
            #expect(news.calls == before)
        },
    ]
}

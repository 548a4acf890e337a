internal import TaskModel

/// What a `MemoryStore` keeps.
struct MemoryTables {
    struct Row {
        let id: TaskID
        var seen: SeenTask?
        var heldCancel: HeldCancel?
        var watches: [NewEvent.Audience: Watch] = [:]
        var streamedUntil: Timestamp?
        var endedAt: Timestamp?
        var isLost = false
        var owner: String?
        /// Whether somebody but its owner changed it since the owner was told last.
        var isTouched = false

        var kept: KeptTask {
            KeptTask(
                id: id,
                seen: seen,
                heldCancel: heldCancel,
                watches: watches.values.filter { $0.endedAt == nil }
                    .sorted { ($0.client ?? "") < ($1.client ?? "") },
                streamedUntil: streamedUntil,
                endedAt: endedAt,
                isLost: isLost
            )
        }

        /// It is followed anew.
        mutating func revive() {
            endedAt = nil
            isLost = false
            seen = nil
        }
    }

    struct DeliveryRow {
        var delivery: Delivery
        var attempts: [DeliveryAttempt] = []
        var owner: String?
        var ownedUntil: Timestamp?
    }

    var tasks: [TaskID: Row] = [:]
    /// How long whoever follows tasks is there.
    var owners: [String: Timestamp] = [:]
    var events: [TaskEvent] = []
    var eventIDs: Set<String> = []
    private(set) var latest: Int64 = 0
    var forgotten: Int64 = 0
    var deliveryRows: [Int64: DeliveryRow] = [:]
    var lastDelivery: Int64 = 0
    private var lastBeat: Timestamp?
    var audit = AuditTable()

    // MARK: - Watches

    mutating func put(_ watch: Watch, isDone: Bool, seenAt: Timestamp, at now: Timestamp) -> Watch {
        var row = tasks[watch.task] ?? Row(id: watch.task)
        let audience = NewEvent.Audience(client: watch.client)
        let end = events.last { $0.task == watch.task && $0.event.type == .done && $0.concerns(watch) }
        // Where the end was not seen, or is forgotten, somebody has to find it once more, or nobody would tell of it.
        let isOver = isDone || row.seen.map { seenAt < $0.at } ?? false
        if row.endedAt != nil, !isOver || row.isLost || end == nil { row.revive() }
        var watch = watch
        watch.firedAt = nil
        watch.endedAt = nil
        if let before = row.watches[audience] {
            watch.createdAt = before.createdAt
            if before.endedAt == nil, before.deadline == watch.deadline, before.lease?.term == watch.lease?.term {
                watch.firedAt = before.firedAt
            }
        }
        if row.endedAt != nil { watch.endedAt = now }
        row.watches[audience] = watch
        row.isTouched = true
        tasks[watch.task] = row
        redirectDeliveries(to: watch, at: now)
        if row.endedAt != nil, let end { deliver(end, to: watch, at: now) }
        return watch
    }

    func watches(of client: String?, after task: TaskID?, limit: Int) -> [Watch] {
        let audience = NewEvent.Audience(client: client)
        return page(tasks.values.compactMap { $0.watches[audience] }, by: \.task, after: task, limit: limit)
    }

    mutating func removeWatch(of client: String?, on task: TaskID, at now: Timestamp) -> Watch? {
        guard let removed = tasks[task]?.watches.removeValue(forKey: .init(client: client)) else { return nil }
        tasks[task]?.isTouched = true
        dropPendingDeliveries(of: client, on: task)
        return removed
    }

    mutating func renewLease(of client: String?, on task: TaskID, at now: Timestamp) -> Watch? {
        let audience = NewEvent.Audience(client: client)
        guard var watch = tasks[task]?.watches[audience] else { return nil }
        guard watch.firedAt == nil, watch.endedAt == nil, let lease = watch.lease else { return watch }
        watch.lease?.endsAt = now.advanced(by: lease.term)
        tasks[task]?.watches[audience] = watch
        tasks[task]?.isTouched = true
        return watch
    }

    // MARK: - Following

    mutating func hold(_ cancel: HeldCancel, on task: TaskID) -> HeldCancel {
        var row = tasks[task] ?? Row(id: task)
        if row.endedAt != nil { row.revive() }
        if let held = row.heldCancel { return held }
        row.heldCancel = cancel
        row.isTouched = true
        tasks[task] = row
        return cancel
    }

    mutating func revive(_ task: TaskID, seenAt: Timestamp) {
        guard let row = tasks[task], row.endedAt != nil, row.seen.map({ $0.at < seenAt }) ?? true else { return }
        tasks[task]?.revive()
    }

    mutating func stream(_ ids: [TaskID], until: Timestamp) {
        for id in ids {
            var row = tasks[id] ?? Row(id: id)
            guard row.endedAt == nil else { continue }
            row.streamedUntil = max(row.streamedUntil ?? until, until)
            tasks[id] = row
        }
    }

    /// Whether somebody follows it.
    func isOwned(_ row: Row, at now: Timestamp) -> Bool {
        row.owner.flatMap { owners[$0] }.map { now < $0 } ?? false
    }

    private mutating func prolong(_ owner: String, until: Timestamp) {
        owners[owner] = max(owners[owner] ?? until, until)
    }

    mutating func claim(
        for owner: String,
        until: Timestamp,
        limit: Int,
        anew: Bool,
        at now: Timestamp
    ) -> [KeptTask] {
        prolong(owner, until: until)
        var claimed: [KeptTask] = []
        var taken = 0
        for (id, row) in tasks {
            var row = row
            let isWanted = row.kept.isWanted(at: now)
            if row.owner == owner {
                guard row.isTouched || anew else { continue }
                row.owner = isWanted ? owner : nil
            } else {
                guard !isOwned(row, at: now), isWanted, taken < limit else { continue }
                row.owner = owner
                taken += 1
            }
            row.isTouched = false
            tasks[id] = row
            claimed.append(row.kept)
        }
        return claimed
    }

    mutating func renew(for owner: String, until: Timestamp) -> Set<TaskID> {
        prolong(owner, until: until)
        return Set(tasks.values.lazy.filter { $0.owner == owner }.map(\.id))
    }

    mutating func release(_ ids: [TaskID]?, of owner: String) {
        for id in ids ?? Array(tasks.keys) where tasks[id]?.owner == owner { tasks[id]?.owner = nil }
        guard ids == nil else { return }
        owners[owner] = nil
        for (number, row) in deliveryRows where row.owner == owner { deliveryRows[number]?.release() }
    }

    mutating func releaseAll() {
        for id in Array(tasks.keys) { tasks[id]?.owner = nil }
        for number in Array(deliveryRows.keys) { deliveryRows[number]?.release() }
        owners = [:]
    }

    mutating func record(_ changes: [TaskChange], by owner: String, at now: Timestamp) -> Set<TaskID> {
        var refused: Set<TaskID> = []
        for change in changes {
            guard var row = tasks[change.task], row.owner == owner else {
                refused.insert(change.task)
                continue
            }
            guard change.fired.allSatisfy({ row.watches[$0].map { $0.firedAt != nil || $0.isDue(at: now) } ?? false })
            else {
                tasks[change.task]?.isTouched = true
                refused.insert(change.task)
                continue
            }
            if let seen = change.seen { row.seen = seen }
            if case .replaced(let cancel) = change.heldCancel { row.heldCancel = cancel }
            for audience in change.fired where row.watches[audience]?.firedAt == nil {
                row.watches[audience]?.firedAt = now
            }
            for event in change.events where eventIDs.insert(event.id).inserted {
                latest += 1
                let event = TaskEvent(sequence: latest, task: row.id, at: now, event: event)
                events.append(event)
                for watch in row.kept.watches where event.concerns(watch) { deliver(event, to: watch, at: now) }
            }
            if let ending = change.ending {
                row.endedAt = now
                row.isLost = ending == .lost
                row.heldCancel = nil
                row.streamedUntil = nil
                row.owner = nil
                for (audience, watch) in row.watches where watch.endedAt == nil { row.watches[audience]?.endedAt = now }
            }
            tasks[change.task] = row
        }
        return refused
    }

    mutating func beat(at now: Timestamp, gap: Duration) -> Bool {
        defer { lastBeat = max(lastBeat ?? now, now) }
        guard let lastBeat, lastBeat.advanced(by: gap) < now else { return false }
        for (id, row) in tasks {
            for (audience, watch) in row.watches where watch.firedAt == nil && watch.endedAt == nil {
                guard let lease = watch.lease, lease.endsAt > lastBeat else { continue }
                tasks[id]?.watches[audience]?.lease?.endsAt = now.advanced(by: lease.term)
                tasks[id]?.isTouched = true
            }
        }
        return true
    }

    // MARK: - Reading

    func list(_ filter: TaskFilter, after task: TaskID?, limit: Int) -> [KeptTask] {
        let found = tasks.values.filter { row in
            if let providers = filter.providers, !providers.contains(row.id.provider) { return false }
            if let statuses = filter.statuses, !(row.seen.map { statuses.contains($0.status) } ?? false) {
                return false
            }
            if let isEnded = filter.isEnded, isEnded != (row.endedAt != nil) { return false }
            if let client = filter.watchedBy, row.watches[client].map({ $0.endedAt != nil }) ?? true { return false }
            return true
        }
        return page(found.map(\.kept), by: \.id, after: task, limit: limit)
    }

    func events(of ids: [TaskID]?, after sequence: Int64, limit: Int) -> [TaskEvent] {
        let ids = ids.map { Set($0) }
        // They stand in the order of their sequences.
        var (start, end) = (0, events.count)
        while start < end {
            let middle = (start + end) / 2
            if events[middle].sequence <= sequence { start = middle + 1 } else { end = middle }
        }
        return Array(events[start...].lazy.filter { ids?.contains($0.task) ?? true }.prefix(limit))
    }

    /// Those behind `task` in the order of ids.
    func page<Value>(
        _ values: [Value],
        by id: (Value) -> TaskID,
        after task: TaskID?,
        limit: Int
    ) -> [Value] {
        let sorted = values.map { ($0, Array(id($0).description.utf8)) }
            .sorted { $0.1.lexicographicallyPrecedes($1.1) }
        let start = task.map { Array($0.description.utf8) }
        return sorted.lazy.filter { start?.lexicographicallyPrecedes($0.1) ?? true }.prefix(limit).map(\.0)
    }
}

extension MemoryTables {
    // MARK: - Keeping it small

    mutating func prune(_ retention: Retention, at now: Timestamp) -> Int {
        var count = 0
        let over = deliveryRows.values.filter { $0.delivery.state != .pending }.sorted {
            $0.delivery.number < $1.delivery.number
        }
        let tooMany = over.count - retention.deliveries.count
        for (index, row) in over.enumerated()
        where index < tooMany || row.delivery.createdAt.advanced(by: retention.deliveries.age) < now {
            deliveryRows[row.delivery.number] = nil
            count += 1
        }
        let needed = Set(deliveryRows.values.map(\.delivery.event.sequence))
        let tooManyEvents = events.count - retention.events.count
        var kept: [TaskEvent] = []
        for (index, event) in events.enumerated() {
            let isOver = index < tooManyEvents || event.at.advanced(by: retention.events.age) < now
            if isOver, !needed.contains(event.sequence) {
                eventIDs.remove(event.event.id)
                forgotten = max(forgotten, event.sequence)
                count += 1
            } else {
                kept.append(event)
            }
        }
        events = kept
        // Nothing is known of one that was not even seen, so nothing is lost with it.
        let unwanted = tasks.values.filter { !$0.kept.isWanted(at: now) && !isOwned($0, at: now) }
            .map { (id: $0.id, at: $0.endedAt ?? $0.seen?.at) }
            .sorted { ($0.at?.millisecondsSinceEpoch ?? .min) < ($1.at?.millisecondsSinceEpoch ?? .min) }
        for (index, task) in unwanted.enumerated()
        where index < unwanted.count - retention.endedTasks.count
            || task.at.map({ $0.advanced(by: retention.endedTasks.age) < now }) ?? true
        {
            tasks[task.id] = nil
            count += 1
        }
        return count + audit.prune(retention.audit, at: now)
    }
}

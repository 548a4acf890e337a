internal import TaskModel

extension MemoryTables {
    mutating func deliver(_ event: TaskEvent, to watch: Watch, at now: Timestamp) {
        guard let webhook = watch.webhook, webhook.disabledAt == nil, webhook.events.contains(event.event.type) else {
            return
        }
        lastDelivery += 1
        deliveryRows[lastDelivery] = DeliveryRow(
            delivery: Delivery(
                number: lastDelivery,
                event: event,
                client: watch.client,
                url: webhook.url,
                createdAt: now,
                nextAttemptAt: now
            )
        )
    }

    /// Whether somebody is sending it.
    func isSent(_ row: DeliveryRow, at now: Timestamp) -> Bool {
        guard let owner = row.owner, let until = row.ownedUntil else { return false }
        return now < until && owners[owner].map { now < $0 } ?? true
    }

    mutating func claimDeliveries(
        for owner: String,
        until: Timestamp,
        limit: Int,
        avoiding: Set<String>,
        at now: Timestamp
    ) -> [Delivery] {
        struct Line: Hashable {
            let client: String?
            let task: TaskID
        }
        var claimed: [Delivery] = []
        var lines: Set<Line> = []
        for number in deliveryRows.keys.sorted() where claimed.count < limit {
            guard let row = deliveryRows[number], row.delivery.state == .pending else { continue }
            let isFirst = lines.insert(Line(client: row.delivery.client, task: row.delivery.event.task)).inserted
            guard isFirst, row.delivery.nextAttemptAt.map({ $0 <= now }) ?? false,
                !isSent(row, at: now),
                !avoiding.contains(Delivery.origin(of: row.delivery.url))
            else { continue }
            deliveryRows[number]?.owner = owner
            deliveryRows[number]?.ownedUntil = until
            claimed.append(row.delivery)
        }
        return claimed
    }

    mutating func settle(
        _ delivery: Delivery,
        _ attempt: DeliveryAttempt,
        _ outcome: DeliveryOutcome,
        by owner: String
    ) {
        guard var row = deliveryRows[delivery.number] else { return }
        row.attempts.append(attempt)
        row.delivery.attempts += 1
        row.delivery.lastAttempt = attempt
        if row.owner == owner, row.delivery.state == .pending, row.delivery.url == delivery.url {
            row.release()
            switch outcome {
            case .delivered: row.delivery.end(.delivered)
            case .retry(let time): row.delivery.nextAttemptAt = time
            case .failed: row.delivery.end(.failed)
            case .gone:
                row.delivery.end(.failed)
                disableWebhook(of: row.delivery, at: attempt.at)
            }
        }
        deliveryRows[delivery.number] = row
    }

    private mutating func disableWebhook(of delivery: Delivery, at now: Timestamp) {
        let task = delivery.event.task
        let audience = NewEvent.Audience(client: delivery.client)
        for (number, row) in deliveryRows
        where row.isPending(of: delivery.client, on: task) && row.delivery.url == delivery.url {
            deliveryRows[number]?.delivery.end(.failed)
        }
        guard tasks[task]?.watches[audience]?.webhook?.url == delivery.url else { return }
        tasks[task]?.watches[audience]?.webhook?.disabledAt = now
    }

    mutating func dropPendingDeliveries(of client: String?, on task: TaskID) {
        for (number, row) in deliveryRows where row.isPending(of: client, on: task) {
            deliveryRows[number]?.delivery.end(.dropped)
        }
    }

    /// What waits goes where the watch says now, or nowhere.
    mutating func redirectDeliveries(to watch: Watch, at now: Timestamp) {
        guard let url = watch.webhook?.url else { return dropPendingDeliveries(of: watch.client, on: watch.task) }
        for (number, row) in deliveryRows
        where row.isPending(of: watch.client, on: watch.task) && row.delivery.url != url {
            deliveryRows[number]?.release()
            deliveryRows[number]?.delivery.url = url
            deliveryRows[number]?.delivery.nextAttemptAt = now
        }
    }

    func delivery(_ number: Int64, for audience: NewEvent.Audience?) -> DeliveryRow? {
        guard let row = deliveryRows[number], audience.map({ $0.client == row.delivery.client }) ?? true else {
            return nil
        }
        return row
    }

    mutating func redeliver(_ number: Int64, for audience: NewEvent.Audience?, at now: Timestamp) -> Delivery? {
        guard var row = delivery(number, for: audience) else { return nil }
        row.delivery.state = .pending
        row.delivery.nextAttemptAt = now
        row.release()
        deliveryRows[number] = row
        return row.delivery
    }

    func list(_ filter: DeliveryFilter, below number: Int64?, limit: Int) -> [Delivery] {
        let found = deliveryRows.values.lazy.map(\.delivery).filter { delivery in
            if let number, delivery.number >= number { return false }
            if let audience = filter.audience, audience.client != delivery.client { return false }
            if let task = filter.task, task != delivery.event.task { return false }
            return filter.state.map { $0 == delivery.state } ?? true
        }
        return Array(found.sorted { $0.number > $1.number }.prefix(limit))
    }
}

extension MemoryTables.DeliveryRow {
    /// Nobody sends it.
    mutating func release() {
        owner = nil
        ownedUntil = nil
    }

    func isPending(of client: String?, on task: TaskID) -> Bool {
        delivery.state == .pending && delivery.client == client && delivery.event.task == task
    }
}

extension Delivery {
    mutating func end(_ state: State) {
        self.state = state
        nextAttemptAt = nil
    }
}

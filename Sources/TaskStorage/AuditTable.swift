internal import TaskModel

/// The audit as a `MemoryStore` keeps it.
struct AuditTable {
    private var records: [KeptAuditRecord] = []
    private var ids: Set<String> = []
    private var lastNumber: Int64 = 0

    mutating func append(_ added: [AuditRecord]) {
        for record in added where ids.insert(record.id).inserted {
            lastNumber += 1
            records.append(KeptAuditRecord(number: lastNumber, record: record))
        }
    }

    func list(_ task: TaskID?, below number: Int64?, limit: Int) -> [KeptAuditRecord] {
        let asked = records.reversed().lazy.filter { kept in
            number.map { kept.number < $0 } ?? true && task.map { kept.record.task == $0 } ?? true
        }
        return Array(asked.prefix(limit))
    }

    /// Returns how many it has forgotten.
    mutating func prune(_ bounds: Retention.Bounds, at now: Timestamp) -> Int {
        let before = records.count
        records = records.suffix(bounds.count).filter { $0.record.at.advanced(by: bounds.age) >= now }
        ids = Set(records.map(\.record.id))
        return before - records.count
    }
}

package import TaskModel

/// A record of the audit: who wanted to change what, or what was sent to a provider for it.
package struct AuditRecord: Sendable, Hashable {
    /// What tells it from every other record, so that it is kept once however often that is tried.
    package let id: String
    package let at: Timestamp
    package let task: TaskID
    /// The record as JSON, with nothing secret in it.
    package let document: [UInt8]

    package init(id: String, at: Timestamp, task: TaskID, document: [UInt8]) {
        self.id = id
        self.at = at
        self.task = task
        self.document = document
    }
}

/// A record with its place among all that are kept.
package struct KeptAuditRecord: Sendable, Hashable {
    package let number: Int64
    package let record: AuditRecord

    package init(number: Int64, record: AuditRecord) {
        self.number = number
        self.record = record
    }
}

/// What is known of a task at one instant.
///
/// A provider's answer is translated into one of these; everything that a caller sees of a task comes from here. It is a
/// value, whose fields stand in one place until somebody changes his copy: a snapshot passes through many hands on its
/// way, and a copy of each field at each of them would be paid for on every call.
package struct TaskSnapshot: Sendable {
    private var fields: Fields

    package init(id: TaskID, status: TaskStatus, providerStatus: String, observedAt: Timestamp) {
        fields = Fields(id: id, status: status, providerStatus: providerStatus, observedAt: observedAt)
    }

    package var id: TaskID { fields.id }
    package var isDone: Bool { fields.status.isDone }

    /// The fields for writing: a copy, where somebody else looks at them too.
    private mutating func own() -> Fields {
        if !isKnownUniquelyReferenced(&fields) { fields = fields.copy() }
        return fields
    }
}

extension TaskSnapshot {
    /// Where the task stands.
    package var status: TaskStatus {
        get { fields.status }
        set { own().status = newValue }
    }
    /// Why, where the status alone does not say: `timeout`, `interrupted`, `terminated`.
    package var reason: String? {
        get { fields.reason }
        set { own().reason = newValue }
    }
    /// The provider's own word, verbatim.
    package var providerStatus: String {
        get { fields.providerStatus }
        set { own().providerStatus = newValue }
    }
    /// 0–100, or nil where the provider has none.
    package var progress: Double? {
        get { fields.progress }
        set { own().progress = newValue }
    }
    /// The task's title.
    package var title: String? {
        get { fields.title }
        set { own().title = newValue }
    }
    /// The provider's words for a person.
    package var message: String? {
        get { fields.message }
        set { own().message = newValue }
    }
    /// Filled for `failed` only.
    package var error: TaskFailure? {
        get { fields.error }
        set { own().error = newValue }
    }
    package var createdAt: Timestamp? {
        get { fields.createdAt }
        set { own().createdAt = newValue }
    }
    package var startedAt: Timestamp? {
        get { fields.startedAt }
        set { own().startedAt = newValue }
    }
    package var updatedAt: Timestamp? {
        get { fields.updatedAt }
        set { own().updatedAt = newValue }
    }
    package var finishedAt: Timestamp? {
        get { fields.finishedAt }
        set { own().finishedAt = newValue }
    }
    /// As the provider says it.
    package var durationSeconds: Double? {
        get { fields.durationSeconds }
        set { own().durationSeconds = newValue }
    }
    /// What became of a request to cancel.
    package var cancel: CancelRecord? {
        get { fields.cancel }
        set { own().cancel = newValue }
    }
    /// When the provider said so.
    package var observedAt: Timestamp {
        get { fields.observedAt }
        set { own().observedAt = newValue }
    }
    /// The provider's result and whole answer, for `view=full`.
    package var source: ProviderSource? {
        get { fields.source }
        set { own().source = newValue }
    }
}

// Safety: one that more than one snapshot refers to is never changed.
private final class Fields: @unchecked Sendable {
    let id: TaskID
    var status: TaskStatus
    var reason: String?
    var providerStatus: String
    var progress: Double?
    var title: String?
    var message: String?
    var error: TaskFailure?
    var createdAt: Timestamp?
    var startedAt: Timestamp?
    var updatedAt: Timestamp?
    var finishedAt: Timestamp?
    var durationSeconds: Double?
    var cancel: CancelRecord?
    var observedAt: Timestamp
    var source: ProviderSource?

    init(id: TaskID, status: TaskStatus, providerStatus: String, observedAt: Timestamp) {
        self.id = id
        self.status = status
        self.providerStatus = providerStatus
        self.observedAt = observedAt
    }

    func copy() -> Fields {
        let copy = Fields(id: id, status: status, providerStatus: providerStatus, observedAt: observedAt)
        copy.reason = reason
        copy.progress = progress
        copy.title = title
        copy.message = message
        copy.error = error
        copy.createdAt = createdAt
        copy.startedAt = startedAt
        copy.updatedAt = updatedAt
        copy.finishedAt = finishedAt
        copy.durationSeconds = durationSeconds
        copy.cancel = cancel
        copy.source = source
        return copy
    }
}

/// Why a task failed, in the provider's words.
package struct TaskFailure: Sendable, Hashable {
    package var message: String?
    package var code: String?

    package init(message: String?, code: String?) {
        self.message = message
        self.code = code
    }
}

/// A provider's whole answer, and where in it the result stands.
///
/// The bytes were validated as one JSON document, so they can be written into another one as they are.
package struct ProviderSource: Sendable {
    package let response: [UInt8]
    /// The bytes of the result value; nil where the provider gives none.
    package let result: Range<Int>?

    package init(response: [UInt8], result: Range<Int>?) {
        self.response = response
        self.result = result
    }
}

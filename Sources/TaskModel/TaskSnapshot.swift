/// What is known of a task at one instant.
///
/// A provider's answer is translated into one of these; everything that a caller sees of a task comes from here.
package struct TaskSnapshot: Sendable {
    package var id: TaskID
    package var status: TaskStatus
    /// Why, where the status alone does not say: `timeout`, `interrupted`, `terminated`.
    package var reason: String?
    /// The provider's own word, verbatim.
    package var providerStatus: String
    /// 0–100, or nil where the provider has none.
    package var progress: Double?
    package var title: String?
    /// The provider's words for a person.
    package var message: String?
    /// Filled for `failed` only.
    package var error: TaskFailure?
    package var createdAt: Timestamp?
    package var startedAt: Timestamp?
    package var updatedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var durationSeconds: Double?
    package var cancel: CancelRecord?
    /// When the provider said so.
    package var observedAt: Timestamp
    /// The provider's result and whole answer, for `view=full`.
    package var source: ProviderSource?

    package init(id: TaskID, status: TaskStatus, providerStatus: String, observedAt: Timestamp) {
        self.id = id
        self.status = status
        self.providerStatus = providerStatus
        self.observedAt = observedAt
    }

    package var isDone: Bool { status.isDone }
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

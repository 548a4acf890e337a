/// What went wrong with a call, in the closed set that clients switch on.
///
/// The raw value is the wire's spelling.
package enum ErrorCode: String, Sendable, CaseIterable {
    case invalidRequest = "invalid_request"
    case invalidTaskID = "invalid_task_id"
    case ambiguousTaskID = "ambiguous_task_id"
    case unauthenticated
    case forbidden
    case unknownProvider = "unknown_provider"
    case taskNotFound = "task_not_found"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case taskNotCancellable = "task_not_cancellable"
    case payloadTooLarge = "payload_too_large"
    case uriTooLong = "uri_too_long"
    case headersTooLarge = "headers_too_large"
    case requestTimeout = "request_timeout"
    case unsupportedMediaType = "unsupported_media_type"
    case rateLimited = "rate_limited"
    case internalError = "internal_error"
    case unsupportedOperation = "unsupported_operation"
    case providerAuthFailed = "provider_auth_failed"
    case providerRejected = "provider_rejected"
    case providerError = "provider_error"
    case providerBadResponse = "provider_bad_response"
    case providerRateLimited = "provider_rate_limited"
    case providerUnavailable = "provider_unavailable"
    case providerTimeout = "provider_timeout"
    case storeUnavailable = "store_unavailable"
    case overloaded
    case shuttingDown = "shutting_down"
}

/// One failed call, as every room reports it; exactly one place turns it into HTTP.
package struct GatewayError: Error, Sendable {
    package var code: ErrorCode
    /// One or two sentences for the caller: what is wrong, and what would be right.
    ///
    /// Never a credential, never a URL with a query, never a provider's raw body.
    package var detail: String
    /// The provider that the call went to, by its configured name.
    package var provider: String?
    /// The HTTP status that the provider answered with.
    package var providerHTTPStatus: Int?
    /// The provider's own words, cut to a bounded length.
    package var providerMessage: String?
    /// When asking again is worth it.
    package var retryAfter: Duration?
    /// Whether the provider itself named that time.
    package var isRetryAfterProviders = false
    /// Whether the call to the provider was made with the caller's own key.
    package var isToCallersKey = false
    /// Whether it is a cancel that the provider could not take yet, because of where the task stood.
    package var canBeHeld = false
    /// The task as it was last seen.
    package var lastKnown: TaskSnapshot?
    /// The ids that an ambiguous one could have meant.
    package var candidates: [String]

    package init(
        _ code: ErrorCode,
        _ detail: String,
        provider: String? = nil,
        providerHTTPStatus: Int? = nil,
        providerMessage: String? = nil,
        retryAfter: Duration? = nil,
        lastKnown: TaskSnapshot? = nil,
        candidates: [String] = []
    ) {
        self.code = code
        self.detail = detail
        self.provider = provider
        self.providerHTTPStatus = providerHTTPStatus
        self.providerMessage = providerMessage
        self.retryAfter = retryAfter
        self.lastKnown = lastKnown
        self.candidates = candidates
    }
}

extension GatewayError {
    /// The gateway ends before it could answer.
    package static let gatewayStops = GatewayError(
        .shuttingDown,
        "The gateway stops; send the request again.",
        retryAfter: .seconds(1)
    )
}

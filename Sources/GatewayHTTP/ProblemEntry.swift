internal import TaskModel

/// What each error code says to HTTP and to people.
struct ProblemEntry: Sendable {
    let code: ErrorCode
    let status: Int
    let title: String
    /// Whether the same request can succeed later without anybody changing anything.
    let isRetryable: Bool
    /// What it means, and what to do.
    let explanation: String

    private init(_ code: ErrorCode, _ status: Int, _ title: String, retryable: Bool = false, _ explanation: String) {
        self.code = code
        self.status = status
        self.title = title
        isRetryable = retryable
        self.explanation = explanation
    }

    static let entries: [ProblemEntry] = [
        ProblemEntry(
            .invalidRequest,
            400,
            "The request cannot be understood",
            "Malformed HTTP or JSON, an unknown parameter or key, or a value of the wrong kind. The detail names it; correct the request."
        ),
        ProblemEntry(
            .invalidTaskID,
            400,
            "The task id is not valid",
            "The id cannot be one of this provider's. Ids are <provider>:<native id>; GET /providers shows an example of each."
        ),
        ProblemEntry(
            .ambiguousTaskID,
            400,
            "The task id could belong to several providers",
            "The id was given without a provider, and more than one could own it. Use one of the candidates, or add ?provider=."
        ),
        ProblemEntry(
            .unauthenticated,
            401,
            "A key for the gateway is needed",
            "Send a key that this gateway knows as Authorization: Bearer. It is never about a provider's credential."
        ),
        ProblemEntry(
            .forbidden,
            403,
            "Not allowed",
            "This client may not do this, or may not use this provider. Web pages are refused, and without clients also names other than the gateway's own."
        ),
        ProblemEntry(
            .unknownProvider,
            404,
            "The provider is not configured",
            "No provider of this name is configured here; GET /providers lists them."
        ),
        ProblemEntry(
            .taskNotFound,
            404,
            "The provider does not know the task",
            "The provider has no such task, or says that it belongs to somebody else. Check the id and whose credential the gateway uses."
        ),
        ProblemEntry(
            .notFound,
            404,
            "Nothing at this path",
            "There is nothing at this path; GET / lists what there is."
        ),
        ProblemEntry(
            .methodNotAllowed,
            405,
            "The path does not take this method",
            "The Allow field lists the methods that the path takes."
        ),
        ProblemEntry(
            .taskNotCancellable,
            409,
            "The task cannot be stopped in its state",
            retryable: true,
            "The provider cannot stop the task in the state that it is in. Try again after Retry-After."
        ),
        ProblemEntry(.payloadTooLarge, 413, "The body is too large", "Bodies here are small; send a smaller one."),
        ProblemEntry(.uriTooLong, 414, "The target is too long", "Shorten the path and the query."),
        ProblemEntry(
            .headersTooLarge,
            431,
            "The header fields are too large",
            "Send fewer or smaller header fields; cookies are never needed here."
        ),
        ProblemEntry(
            .requestTimeout,
            408,
            "The request took too long to arrive",
            retryable: true,
            "The whole request must arrive within the time that the gateway gives it. Send it again, faster."
        ),
        ProblemEntry(
            .unsupportedMediaType,
            415,
            "The body is not declared as JSON",
            "Send the body as JSON, with Content-Type: application/json."
        ),
        ProblemEntry(
            .rateLimited,
            429,
            "Too many requests",
            retryable: true,
            "The gateway's own limit for this caller is reached. Try again after Retry-After."
        ),
        ProblemEntry(
            .internalError,
            500,
            "A defect in the gateway",
            "The gateway did something wrong; its log has the details under the request id. Report it."
        ),
        ProblemEntry(
            .unsupportedOperation,
            501,
            "The provider has no such call",
            "This provider cannot do this; GET /providers shows what each can do."
        ),
        ProblemEntry(
            .providerAuthFailed,
            502,
            "The provider refused the credential",
            "The credential that the gateway is configured with, or with status 401 the one that the caller sent in Taskgate-Provider-Key, is wrong or lapsed. Whoever holds it must renew it."
        ),
        ProblemEntry(
            .providerRejected,
            502,
            "The provider rejected the request",
            "The provider answered with a client error that has no other meaning here. The provider's words are in provider_message."
        ),
        ProblemEntry(
            .providerError,
            502,
            "The provider failed",
            retryable: true,
            "The provider answered with a server error. Try again later."
        ),
        ProblemEntry(
            .providerBadResponse,
            502,
            "The provider's answer cannot be read",
            retryable: true,
            "The provider's answer was cut off, too large, not JSON, or lacks what a task must have. Try again; if it stays, its definition may be out of date."
        ),
        ProblemEntry(
            .providerRateLimited,
            503,
            "The provider limits the gateway's requests",
            retryable: true,
            "The provider asked for fewer requests. Try again after Retry-After."
        ),
        ProblemEntry(
            .providerUnavailable,
            503,
            "The provider cannot be reached",
            retryable: true,
            "The provider could not be connected to, or closed the connection without an answer. Try again after Retry-After."
        ),
        ProblemEntry(
            .providerTimeout,
            504,
            "The provider did not answer in time",
            retryable: true,
            "No answer came within the time for the call. Ask again; after a cancel, read the status to learn what became of it."
        ),
        ProblemEntry(
            .storeUnavailable,
            503,
            "What is kept of tasks cannot be reached",
            retryable: true,
            "The store of watches and events does not answer, so nothing could be kept, and nothing was. Reading and cancelling tasks goes on. Try again after Retry-After."
        ),
        ProblemEntry(
            .overloaded,
            503,
            "The gateway has too much to do",
            retryable: true,
            "A queue or the number of connections is full. Try again after a moment."
        ),
        ProblemEntry(
            .shuttingDown,
            503,
            "The gateway is stopping",
            retryable: true,
            "The gateway stops, and the request was not finished in time. Send it again, to another instance if there is one."
        ),
    ]

    private static let byCode = Dictionary(entries.map { ($0.code, $0) }) { first, _ in first }

    /// The entry of a code; every code has one.
    static func entry(for code: ErrorCode) -> ProblemEntry {
        byCode[code] ?? ProblemEntry(code, 500, code.rawValue, code.rawValue)
    }
}

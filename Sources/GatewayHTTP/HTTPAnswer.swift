internal import Clients
internal import TaskModel

/// One answer, before it is written in bytes.
///
/// The fields that answers can carry are properties and not a list, so that the usual answer allocates nothing
/// besides its body.
struct HTTPAnswer: Sendable {
    enum MediaType: Sendable {
        case json
        case problem
        case html
        /// What Prometheus reads.
        case metrics
        /// Server-Sent Events: the head of a stream, whose body follows piece by piece.
        case events
        case none
    }

    enum Caching: Sendable {
        /// A task: for its caller only, and asked again each time.
        case task
        /// An error, or what is true of this moment only.
        case never
        /// A page that changes with the version of the gateway only.
        case page
    }

    enum Challenge: Sendable {
        /// A key for the gateway.
        case clientKey
        /// A key for the provider, in a field of its own.
        case providerKey
    }

    var status: Int
    var mediaType: MediaType
    var caching: Caching
    var body: [UInt8]
    var entityTag: EntityTag?
    /// In seconds.
    var retryAfter: Int?
    /// The seconds of the `Prefer: wait` that were honoured.
    var preferenceApplied: Int?
    var allow: MethodSet?
    /// What a 401 asks for.
    var challenge = Challenge.clientKey
    /// What the client's rate leaves it.
    var rate: RateStanding?
    /// The connection ends after this answer, because what follows on it cannot be trusted or read.
    var closes = false
    /// What is wrong, and with which provider, where it is a problem.
    var code: ErrorCode?
    var provider: String?
    /// What the log says of a problem that is a defect of the gateway.
    var defect: String?

    init(_ status: Int, _ mediaType: MediaType = .none, _ caching: Caching, body: [UInt8] = []) {
        self.status = status
        self.mediaType = mediaType
        self.caching = caching
        self.body = body
    }
}

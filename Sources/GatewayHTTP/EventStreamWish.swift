internal import Clients
internal import Following
internal import TaskModel

/// A stream of events that a request asks for.
struct EventStreamWish: Sendable {
    var following: any TaskFollowing
    var tasks: [TaskID]
    /// What was asked for and cannot be followed, as it is known before anybody is asked.
    var refused: [(id: String, error: GatewayError)] = []
    /// Whether the request is about one task, whose problem is its answer.
    var isSingle: Bool
    /// The last event that the reader has.
    var after: Int64?
    /// Who reads; nil where the gateway has no named clients.
    var account: ClientAccount?
    var instance: Substring
    var rate: RateStanding?

    static let maximumCount = 1000
}

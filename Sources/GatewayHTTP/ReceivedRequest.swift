/// One request as it arrived, whole, and with nothing decided about it.
struct ReceivedRequest: Sendable {
    /// Nil for a method that no path here answers.
    var method: HTTPMethod?
    var target: String
    var fields: RequestFields
    /// The minor number of HTTP/1.
    var minorVersion: Int
    var id: RequestID
    var body: [UInt8] = []

    /// The path without the query, for `instance`; nil where the target is none of ours.
    var instance: Substring? { RequestTarget(target)?.path }
}

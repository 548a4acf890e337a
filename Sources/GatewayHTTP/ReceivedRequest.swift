/// One request as it arrived, whole, and with nothing decided about it.
struct ReceivedRequest: Sendable {
    /// Nil for a method that no path here answers.
    var method: HTTPMethod?
    /// Nil for a target that is none of ours.
    var target: RequestTarget?
    var targetLength: Int
    var fields: RequestFields
    /// The minor number of HTTP/1.
    var minorVersion: Int
    var id: RequestID
    var body: [UInt8] = []
}

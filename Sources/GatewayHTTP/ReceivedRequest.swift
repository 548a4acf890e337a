/// A request as it came, before anybody decided what it means.
///
/// A reference: its many fields are not copied from hand to hand.
final class ReceivedRequest {
    /// Nil for a method that no path here answers.
    let method: HTTPMethod?
    /// Nil for a target that is none of ours.
    let target: RequestTarget?
    let targetLength: Int
    let fields: RequestFields
    /// The minor number of HTTP/1.
    let minorVersion: Int
    let id: RequestID
    /// Nil without a field that is well-formed.
    let trace: TraceParent?
    var body: [UInt8] = []
    /// What it turns out to be about.
    var subject = RequestSubject()

    /// `randomness` makes the id of a request that brings none.
    init(
        method: HTTPMethod?,
        target: String,
        fields: some Sequence<(name: String, value: String)>,
        minorVersion: Int,
        randomness: () -> UInt64
    ) {
        self.method = method
        self.target = RequestTarget(target)
        targetLength = target.utf8.count
        self.fields = RequestFields(fields)
        self.minorVersion = minorVersion
        trace = self.fields.traceParent.flatMap { TraceParent($0) }
        id = RequestID(given: self.fields.requestID, randomness: randomness)
    }

    /// The largest body that it may have: lists of ids are longer than everything else.
    func maximumBodyBytes(_ configuration: GatewayServer.Configuration) -> Int {
        guard method == .post, let path = target?.path, path == "/tasks/status" || path == "/tasks/cancel" else {
            return configuration.maximumBodyBytes
        }
        return configuration.maximumListBytes
    }

    /// Whether its head announces a body.
    var hasBody: Bool { fields.transferEncodingCount > 0 || (fields.contentLength ?? "0") != "0" }
}

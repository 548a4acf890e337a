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
    var body: [UInt8]

    init(
        method: HTTPMethod?,
        target: RequestTarget?,
        targetLength: Int,
        fields: RequestFields,
        minorVersion: Int,
        id: RequestID,
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.targetLength = targetLength
        self.fields = fields
        self.minorVersion = minorVersion
        self.id = id
        self.body = body
    }
}

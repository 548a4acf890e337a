/// What a request waits for that is not one question to the gateway.
///
/// Belongs to the event loop of its connection.
protocol PendingWork: AnyObject {
    /// Nobody waits for it any more.
    func giveUp()
}

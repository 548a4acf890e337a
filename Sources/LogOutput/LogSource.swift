/// Where lines come from that are made on the writer's thread, and not where they arise.
package protocol LogSource: AnyObject, Sendable {
    /// Writes all that has come since the last time.
    func drain(into lines: LogLines)
}

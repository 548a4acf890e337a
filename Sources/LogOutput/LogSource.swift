/// Where lines wait that the writer's thread fetches, so that whoever makes them need not wake it for each.
package protocol LogSource: AnyObject, Sendable {
    /// Writes all that has come since the last time.
    func drain(into lines: LogLines)
}

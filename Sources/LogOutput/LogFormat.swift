/// How a line of the log is written.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// For people: time, level, message, then `key=value`.
    case text
    /// For machines: one JSON object, `time`, `level`, `message`, then the fields.
    case json
}

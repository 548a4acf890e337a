package import Logging

/// The back end of swift-log: each entry becomes a line of the writer.
///
/// Messages and metadata can hold texts from anywhere, so they are treated as what comes from outside.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let writer: LogWriter

    package init(_ writer: LogWriter, level: Logger.Level) {
        self.writer = writer
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let entries = fields.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let message = "\(event.message)"
        writer.write { lines, time in
            lines.begin(time, event.level.rawValue, message: message)
            for (key, value) in entries { lines.field(named: key, outside: value) }
            lines.end()
        }
    }
}

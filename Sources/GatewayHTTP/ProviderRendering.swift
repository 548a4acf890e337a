internal import GatewayCore
internal import JSON
internal import TaskJSON
internal import TaskModel

/// The JSON of what providers can do and how they are doing.
enum ProviderRendering {
    static func list(_ reports: [ProviderReport]) -> HTTPAnswer {
        var writer = JSONWriter(capacity: 64 + 768 * reports.count)
        writer.beginObject()
        writer.key("providers")
        writer.beginArray()
        for report in reports { write(report, to: &writer) }
        writer.endArray()
        writer.endObject()
        return HTTPAnswer(200, .json, .never, body: writer.bytes)
    }

    static func one(_ report: ProviderReport) -> HTTPAnswer {
        var writer = JSONWriter(capacity: 768)
        write(report, to: &writer)
        return HTTPAnswer(200, .json, .never, body: writer.bytes)
    }

    private static func write(_ report: ProviderReport, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(report.name)
        writer.key("definition")
        writer.string(report.definition)
        writer.key("title")
        writer.string(report.title)
        writer.key("documentation")
        writer.string(report.documentation)
        writer.key("origin")
        writer.string(report.origin)
        writer.key("state")
        writer.string(report.state.rawValue)
        writer.key("detail")
        writer.string(report.detail)
        writer.key("cancel")
        writeCancel(report, to: &writer)
        writer.key("rename")
        writer.bool(report.canRename)
        writer.key("id")
        writer.beginObject()
        writer.key("parts")
        writer.strings(report.idParts)
        writer.key("example")
        writer.string(report.idExample)
        writer.endObject()
        writer.key("credential")
        writer.string(report.credential.rawValue)
        writer.key("minimum_interval_seconds")
        writer.number(Double(report.minimumInterval.nanoseconds) / 1_000_000_000)
        writer.key("calls")
        writer.integer(report.calls)
        writer.key("failures")
        writer.integer(report.failures)
        writer.key("last_success_at")
        writer.time(report.lastSuccessAt)
        writer.key("last_failure_at")
        writer.time(report.lastFailureAt)
        writer.key("last_failure_code")
        writer.string(report.lastFailureCode?.rawValue)
        writer.key("circuit")
        writer.string(report.circuit.rawValue)
        writer.key("calls_under_way")
        writer.integer(report.callsUnderWay)
        writer.key("calls_waiting")
        writer.integer(report.callsWaiting)
        writer.key("retry_at")
        writer.time(report.retryAt)
        writer.endObject()
    }

    private static func writeCancel(_ report: ProviderReport, to writer: inout JSONWriter) {
        guard let confirmation = report.cancelConfirmation else { return writer.null() }
        writer.beginObject()
        writer.key("confirmation")
        writer.string(confirmation.rawValue)
        writer.key("from")
        writer.strings(report.cancelFrom.map(\.rawValue))
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}

internal import GatewayCore
internal import Glibc
internal import LogOutput
internal import Logging
internal import Metrics
internal import TaskModel
internal import TaskStorage

/// The record of every cancel and every rename: a file of its own, or lines of the log.
final class AuditTrail: Sendable {
    /// How many records the file did not take.
    let failures = Counter()
    private let log: LogWriter
    private let outlet: Outlet?
    private let file: LogWriter?

    /// Throws where the file cannot be opened.
    init(file path: String?, redactor: Redactor, log: LogWriter, logger: Logger) throws(LogOutputProblem) {
        self.log = log
        guard let path else {
            (outlet, file) = (nil, nil)
            return
        }
        let failures = failures
        let outlet = try Outlet.file(path, redactor) { record, error in
            failures.add()
            logger.error(
                "The audit's file did not take a record.",
                metadata: [
                    "record": "\(String(decoding: record, as: UTF8.self))",
                    "reason": "\(String(cString: strerror(error)))",
                ]
            )
        }
        self.outlet = outlet
        file = try LogWriter(.json, to: outlet, name: "audit", now: SystemTimekeeper.roughTime)
    }

    /// Records what was asked or sent.
    func record(_ entry: AuditEntry) {
        if let file {
            if file.write({ lines, _ in entry.write(to: lines) }) { return }
            // Its disk is too slow: the log has the record, or counts it as lost.
            failures.add()
        }
        log.write { lines, _ in entry.write(to: lines) }
    }

    /// Opens the file of its name again, where whoever rotates it has moved it away.
    func reopen() throws(LogOutputProblem) {
        try outlet?.reopen()
    }

    func flush() {
        file?.flush()
    }
}

extension AuditRecord {
    /// What is kept of an entry beside the file, with the same words and without secrets.
    init(_ entry: AuditEntry, _ redactor: Redactor) {
        let lines = LogLines(format: .json, capacity: 512)
        entry.write(to: lines)
        // Without the end of the line.
        let document = redactor.redacted(UnsafeRawBufferPointer(rebasing: lines.bytes.dropLast()))
        self.init(id: RandomNames.make(), at: entry.time, task: entry.task, document: document)
    }
}

extension AuditEntry {
    fileprivate func write(to lines: LogLines) {
        lines.begin(time, "notice", "audit")
        switch event {
        case .asked: lines.field("event", "asked")
        case .sent: lines.field("event", "sent")
        }
        if case .asked(let client, let requestID, _) = event {
            lines.field("client", outside: client)
            lines.field("request_id", outside: requestID)
        }
        lines.field("task", task)
        switch change {
        case .cancel(let reason):
            lines.field("operation", "cancel")
            lines.field("reason", outside: reason)
        case .rename(let title):
            lines.field("operation", "rename")
            lines.field("title", outside: title)
        }
        switch event {
        case .asked(_, _, let outcome): Self.write(outcome, to: lines)
        case .sent(let outcome): Self.write(outcome, to: lines)
        }
        lines.end()
    }

    private static func write(_ outcome: AskOutcome, to lines: LogLines) {
        switch outcome {
        case .answered(let state?): lines.field("outcome", plain: state.rawValue)
        case .answered(nil): lines.field("outcome", "done")
        case .refused(let code): lines.field("outcome", plain: code.rawValue)
        case .left: lines.field("outcome", "left")
        }
    }

    private static func write(_ outcome: SendOutcome, to lines: LogLines) {
        if let code = outcome.code {
            lines.field("outcome", plain: code.rawValue)
        } else {
            lines.field("outcome", "taken")
        }
        if let status = outcome.status { lines.field("upstream_status", status) }
        if let word = outcome.word { lines.field("upstream_word", outside: word) }
        if outcome.status == nil { lines.field("may_have_arrived", outcome.mayHaveArrived ? "yes" : "no") }
    }
}

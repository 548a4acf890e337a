internal import GatewayCore
internal import GatewaySettings
internal import LogOutput
internal import Logging
internal import Metrics
internal import TaskModel

/// What a command that serves tells of itself: its log, its audit, and what it counts of both.
///
/// Made once, at the start of the command.
struct Observation {
    let redactor: Redactor
    let log: LogWriter
    let logger: Logger
    /// Who writes a line for each call; nil where none is wanted.
    let accessLog: LogWriter?
    let audit: AuditTrail
    let reloads = ReloadMetrics(startedAt: SystemTimekeeper.roughTime())

    /// Throws where a file cannot be opened, or a thread cannot be started.
    init(_ settings: LogSettings, auditFile: String?, secrets: [Secret]) throws(LogOutputProblem) {
        redactor = Redactor(secrets)
        let log = try LogWriter(
            settings.format == .json ? .json : .text,
            to: .descriptor(2, redactor),
            now: SystemTimekeeper.roughTime
        )
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        let logger = Logger(label: "taskgate") { _ in LineLogHandler(log, level: level) }
        self.log = log
        self.logger = logger
        accessLog = settings.access && level <= .info ? log : nil
        audit = try AuditTrail(file: auditFile, redactor: redactor, log: log, logger: logger)
    }

    /// What is counted here.
    var sources: [any MetricsSource] { [LogMetrics(log: log, audit: audit), reloads, ProcessMetrics.ofThisProcess] }

    /// Writes all that was logged until now; at the end of the process.
    func flush() {
        audit.flush()
        log.flush()
    }
}

/// What is counted of the log and the audit.
private struct LogMetrics: MetricsSource {
    let log: LogWriter
    let audit: AuditTrail

    func write(to text: inout MetricsText) {
        text.single(
            "taskgate_log_lines_dropped_total",
            .counter,
            "Lines of the log that were lost: their reader did not keep up.",
            log.droppedLines
        )
        text.single(
            "taskgate_audit_failures_total",
            .counter,
            "Records of the audit that its file did not take; the log has them.",
            audit.failures.value
        )
    }
}

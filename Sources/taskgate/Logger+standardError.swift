internal import GatewaySettings
internal import Logging

extension Logger {
    /// A logger that writes lines of text to standard error; made once, at the start of a command.
    static func makeStandardError(_ level: LogLevel) -> Logger {
        var logger = Logger(label: "taskgate") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }
}

internal import CPostgres
internal import TaskModel

/// How the database is reached: what the configuration says, and limits of time where it says none.
struct ConnectionSettings: Sendable {
    private let values: [(keyword: String, value: String)]
    /// What no message may show.
    private let secrets: [String]

    /// Defaults that make a connection end when nobody answers at its other end.
    private static let defaults = [
        "application_name": "taskgate",
        "connect_timeout": "3",
        "keepalives_idle": "10",
        "keepalives_interval": "3",
        "keepalives_count": "3",
        "tcp_user_timeout": "10000",
    ]

    /// Reads a connection string or a URL.
    init(_ connection: Secret) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connection.reveal(), &message) else {
            // The message quotes what could not be read, which may be the password.
            PQfreemem(message)
            throw .unreadable(
                "the connection is neither a URL (postgresql://user:password@host/database) nor a list of keywords and "
                    + "values (host=… user=…) that libpq can read; its text is not shown, because it may hold a password"
            )
        }
        defer { PQconninfoFree(options) }
        var values: [(keyword: String, value: String)] = []
        var secrets: [String] = []
        var option = options
        while let keyword = option.pointee.keyword.map({ String(cString: $0) }) {
            let value = option.pointee.val.map { String(cString: $0) }
            if let value, ["password", "sslpassword"].contains(keyword), !value.isEmpty { secrets.append(value) }
            if keyword == "client_encoding" {
                values.append((keyword, "UTF8"))
            } else if let value = value ?? Self.defaults[keyword] {
                values.append((keyword, value))
            }
            option += 1
        }
        self.values = values
        self.secrets = secrets
    }

    /// Calls libpq's function with the keywords and the values, each list ended by a null.
    func withParameters<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        // All texts in one buffer: pointers into it are good for as long as it stays.
        var texts: [CChar] = []
        var starts: [(keyword: Int, value: Int)] = []
        for (keyword, value) in values {
            let start = texts.count
            texts += keyword.utf8CString
            starts.append((start, texts.count))
            texts += value.utf8CString
        }
        return texts.withUnsafeBufferPointer { texts in
            let keywords = starts.map { texts.baseAddress?.advanced(by: $0.keyword) } + [nil]
            let values = starts.map { texts.baseAddress?.advanced(by: $0.value) } + [nil]
            return body(keywords, values)
        }
    }

    /// A message of libpq's or the server's in one line, and without the password.
    func redacted(_ message: String) -> String {
        var text = message.split(whereSeparator: \.isNewline).map { $0.trimmed }.joined(separator: "; ")
        for secret in secrets { text = text.replacing(secret, with: "[redacted]") }
        return text
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        return start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)
    }
}

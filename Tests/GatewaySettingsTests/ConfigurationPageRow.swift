import Documents
import GatewaySettings
import TaskModel

/// A line of the page about the configuration: what it says about one key.
struct ConfigurationPageRow {
    /// The values, as JSON, at and next to the ends of a range.
    struct Range {
        let lower: String
        let upper: String
        let below: String
        let above: String
    }

    /// The way to the key, with dots; `*` is any provider or client.
    let key: String
    /// The default and the example as JSON, where the page gives them.
    let defaultValue: String?
    let example: String?
    /// The range, where it has two ends.
    let range: Range?

    /// Every line of the page's tables.
    static func all(in page: String) -> [ConfigurationPageRow] {
        page.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { cell in
                cell.split(separator: " ").joined(separator: " ")
            }
            guard line.hasPrefix("| `"), cells.count == 5, let key = code(in: cells[0]).first else { return nil }
            return ConfigurationPageRow(
                key: key,
                defaultValue: code(in: cells[2]).first,
                example: code(in: cells[4]).first,
                range: cells[3].contains("…") ? range(code(in: cells[3])) : nil
            )
        }
    }

    private static let pair = #", "certificate": "server.pem", "key": "server.key""#
    private static let companions: KeyValuePairs = [
        ".rate.burst": #", "per_second": 1"#,
        "tls.certificate": #", "key": "server.key""#, "tls.key": #", "certificate": "server.pem""#,
        "tls.client_ca": pair,
        "client_certificate.certificate": #", "key": "server.key""#,
        "client_certificate.key": #", "certificate": "server.pem""#,
        ".previous_secret": #", "secret": {"env": "SECRET"}"#,
        ".webhook_previous_secret": #", "webhook_secret": {"env": "SECRET"}"#,
    ]
    /// What must stand beside an object that holds the key.
    private static let outerCompanions = [
        "previous_secret": #", "secret": {"env": "SECRET"}"#,
        "webhook_previous_secret": #", "webhook_secret": {"env": "SECRET"}"#,
    ]

    /// A configuration with the key set to a JSON value, or without it.
    func read(_ value: String?) throws -> Settings {
        let provider = #"{"providers": {"any": {}}}"#
        guard let value else { return try settings(provider) }
        let path = key.split(separator: ".").map { $0 == "*" ? "any" : String($0) }
        // What must stand beside it.
        let companion = Self.companions.first { key.hasSuffix($0.key) }?.value ?? ""
        if path.first == "clients", path.count > 1 {
            return try settings(
                "\(provider.dropLast()), \"clients\": [\(Self.client(with: path.dropFirst(), value, companion))]}"
            )
        }
        let innermost = "{\"\(path.last ?? "")\": \(value)\(companion)}"
        let text = path.dropLast().reversed().reduce(innermost) {
            "{\"\($1)\": \($0)\(Self.outerCompanions[$1] ?? "")}"
        }
        guard path.first != "providers" else { return try settings(text) }
        return try settings("\(provider.dropLast()), \(text.dropFirst())")
    }

    /// A client that says one thing otherwise.
    private static func client(with path: ArraySlice<String>, _ value: String, _ companion: String) -> String {
        var members = [
            "name": #""any""#, "key_sha256": "\"\(String(repeating: "0", count: 64))\"", "providers": #"["*"]"#,
            "may": #"["watch"]"#,
        ]
        // The first part is the place in the list.
        let path = Array(path.dropFirst())
        guard let key = path.first, let last = path.last else { return value }
        members[key] = path.count == 1 ? value + companion : "{\"\(last)\": \(value)\(companion)}"
        if let outer = Self.outerCompanions[key] { members[key, default: ""] += path.count == 1 ? "" : outer }
        return "{\(members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", "))}"
    }

    /// What stands between backquotes.
    private static func code(in cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .compactMap { $0.isMultiple(of: 2) ? nil : String($1) }
    }

    private static func range(_ ends: [String]) -> Range? {
        guard let lower = ends.first, let upper = ends.last, ends.count == 2 else { return nil }
        if let least = Int(lower), let most = Int(upper) {
            return Range(lower: lower, upper: upper, below: "\(least - 1)", above: "\(most + 1)")
        }
        guard let least = milliseconds(lower), let most = milliseconds(upper) else { return nil }
        return Range(
            lower: lower,
            upper: upper,
            below: "\(Double(least - 1) / 1000)",
            above: "\(Double(most + 1) / 1000)"
        )
    }

    private static func milliseconds(_ text: String) -> Int64? {
        Duration(text: text.dropFirst().dropLast()).map { $0.nanoseconds / 1_000_000 }
    }
}

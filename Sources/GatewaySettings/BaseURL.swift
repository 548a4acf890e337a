/// Where a provider is: an origin, and where needed the prefix under which its API is mounted.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable, Hashable {
        case http
        case https
    }

    package let scheme: Scheme
    /// In lower case, and without brackets.
    package let host: String
    /// Nil where the text names no port.
    package let port: Int?
    /// Empty, or a path that starts with a slash and does not end with one.
    package let prefix: String

    /// Reads `http://` or `https://`, a host, and perhaps a port and a prefix; nothing else can stand in a base URL.
    package init(_ text: String) throws(SettingsProblem) {
        guard let separator = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { throw SettingsProblem("must start with https:// or http://") }
        let rest = text[separator.upperBound...]
        if rest.contains("@") { throw SettingsProblem("must hold no user name, password or key") }
        if rest.contains(where: { $0 == "?" || $0 == "#" }) { throw SettingsProblem("must have no query or fragment") }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let (host, port) = NetworkHost.split(rest[..<slash]), port != 0 else {
            throw SettingsProblem("must name a host, and perhaps a port, such as https://api.example.com")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
        prefix = try Self.prefix(rest[slash...])
    }

    /// Scheme, host and port, such as `https://api.example.com`.
    package var origin: String {
        "\(scheme.rawValue)://\(NetworkHost.bracketed(host))" + (port.map { ":\($0)" } ?? "")
    }

    /// Whether the host is this machine.
    package var isLoopback: Bool { NetworkHost.isLoopback(host) }

    /// Whether a key may be sent there: over https, or without leaving this machine.
    package var mayCarryCredential: Bool { scheme == .https || isLoopback }

    package var description: String { origin + prefix }

    private static func prefix(_ path: Substring) throws(SettingsProblem) -> String {
        let path = path.last == "/" ? path.dropLast() : path
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard !segment.isEmpty, segment != ".", segment != "..", segment.utf8.allSatisfy(isUnreserved) else {
                throw SettingsProblem(
                    "must have a plain path, if any, of letters, digits, hyphens, dots, underscores and tildes"
                )
            }
        }
        return String(path)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

/// Where a provider is: an origin, and where needed a mount prefix.
package struct BaseURL: Sendable, Hashable {
    /// Scheme, host and port, such as `https://cloud.blackbox.ai`.
    package let origin: String
    /// Empty, or a path that starts with a slash and does not end with one.
    package let prefix: String
    /// Whether a key may be sent there: over TLS, or without leaving the machine.
    package let isSafeForKeys: Bool

    /// Nil for what `problem(_:)` has something to say about.
    package init?(_ text: String) {
        guard Self.problem(text) == nil, let scheme = text.firstRange(of: "://") else { return nil }
        let path = text[scheme.upperBound...].firstIndex(of: "/") ?? text.endIndex
        origin = String(text[..<path])
        prefix =
            text[path...] == "/" ? "" : String(text[path...].hasSuffix("/") ? text[path...].dropLast() : text[path...])
        isSafeForKeys = text.hasPrefix("https://") || Self.isLoopback(host: Self.host(text[scheme.upperBound..<path]))
    }

    /// What is wrong with a text as a base URL, and what would be right; nil if nothing is.
    package static func problem(_ text: String) -> String? {
        guard
            let match = text.wholeMatch(
                of: /(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\/[A-Za-z0-9._~%\/-]*)?/
            )
        else {
            return "must be an origin and, where needed, a path, such as https://api.example.com or "
                + "http://localhost:8080/mount; without user, query or fragment"
        }
        if let port = match.3, !(1...65535).contains(Int(port.dropFirst()) ?? 0) {
            return "the port must be from 1 to 65535"
        }
        let segments = (match.4 ?? "").split(separator: "/")
        return segments.contains(".") || segments.contains("..") ? "the path must not have . or .. in it" : nil
    }

    private static func host(_ authority: Substring) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }

    /// Whether a host is this machine by its name alone: nothing is resolved.
    package static func isLoopback(host: some StringProtocol) -> Bool {
        if host == "localhost" || host == "[::1]" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

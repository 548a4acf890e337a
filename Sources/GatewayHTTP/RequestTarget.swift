/// The target of a request, taken apart but not decoded.
///
/// Every request passes here, so it looks at bytes and never at characters.
struct RequestTarget: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        /// `/path?query`
        case origin
        /// `http://host/path?query`: what stands before the path names the host.
        case absolute(authority: String)
        /// `*`
        case asterisk
    }

    var form: Form
    /// The path as it came, starting with `/`; empty for `*`.
    var path: Substring
    /// What stands behind the first `?`; nil without one.
    var query: Substring?

    /// Nil for what is no target that a server answers: another scheme, no leading `/`, or bytes that must be escaped.
    init?(_ text: String) {
        guard Self.isPrintable(text) else { return nil }
        if text == "*" {
            form = .asterisk
            path = ""
            return
        }
        var rest = text[...]
        if text.utf8.first == UInt8(ascii: "/") {
            form = .origin
        } else {
            let lowercase = text.lowercased()
            guard let scheme = ["http://", "https://"].first(where: { lowercase.hasPrefix($0) }) else { return nil }
            rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard !authority.isEmpty else { return nil }
            form = .absolute(authority: String(authority))
            rest = rest.dropFirst(authority.count)
        }
        let mark = rest.withBytes { $0.position(of: UInt8(ascii: "?")) }
        if let mark {
            let end = rest.utf8.index(rest.startIndex, offsetBy: mark)
            path = rest[..<end]
            query = rest[rest.utf8.index(after: end)...]
        } else {
            path = rest
        }
        if path.isEmpty { path = "/" }
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.withBytes { bytes in
            for byte in bytes where byte < 0x21 || byte > 0x7e || byte == UInt8(ascii: "#") { return false }
            return true
        }
    }
}

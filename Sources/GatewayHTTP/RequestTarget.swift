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
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }) else { return nil }
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
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = rest[..<(mark ?? rest.endIndex)]
        query = mark.map { rest[rest.utf8.index(after: $0)...] }
        if path.isEmpty { path = "/" }
    }

    /// The path between its slashes; nil where a segment is empty, `.` or `..`, for no such path exists here.
    var segments: [Substring]? {
        guard path.utf8.count > 1 else { return path.isEmpty ? nil : [] }
        var segments: [Substring] = []
        segments.reserveCapacity(4)
        for segment in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let segment = Substring(segment)
            guard !segment.isEmpty, segment != ".", segment != ".." else { return nil }
            segments.append(segment)
        }
        return segments
    }
}

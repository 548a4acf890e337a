/// Where the gateway listens.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host without brackets, and a port; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)

    /// The longest path that the operating system takes for a socket, in bytes.
    private static let longestPath = 107

    /// Reads `host:port`, or `unix:` and a path, on which `resolve` has the last word.
    package init(_ text: String, resolve: (String) -> String = { $0 }) throws(AddressProblem) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw AddressProblem(#"must have a path behind "unix:", such as "unix:/run/taskgate.sock""#)
            }
            let resolved = resolve(String(path))
            guard resolved.utf8.count <= Self.longestPath else {
                throw AddressProblem("the socket's whole path is longer than \(Self.longestPath) bytes: \(resolved)")
            }
            self = .unix(path: resolved)
            return
        }
        guard let (host, port) = NetworkHost.split(text), let port else {
            throw AddressProblem(
                #"must be a host and a port, such as "127.0.0.1:7070" or "[::1]:7070", or "unix:" and a path"#
            )
        }
        self = .tcp(host: host, port: port)
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        switch self {
        case .tcp(let host, _): NetworkHost.isLoopback(host)
        case .unix: true
        }
    }

    /// Whether the system chooses the port.
    package var takesAnyPort: Bool {
        if case .tcp(_, port: 0) = self { true } else { false }
    }

    /// The address in the spelling that it is read from.
    package var description: String {
        switch self {
        case .tcp(let host, let port): "\(NetworkHost.bracketed(host)):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

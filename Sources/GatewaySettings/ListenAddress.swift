internal import Documents

/// Where the gateway listens.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host without brackets, and a port; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)

    /// The longest path that the operating system takes for a socket, in bytes.
    private static let longestPath = 107

    /// Reads `host:port`, or `unix:` and a path, which is taken from `folder` where it is relative.
    package init(_ text: String, folder: String = "") throws(SettingsProblem) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw SettingsProblem(#"must have a path behind "unix:", such as "unix:/run/taskgate.sock""#)
            }
            let resolved = FilePath.resolve(String(path), folder: folder)
            guard resolved.utf8.count <= Self.longestPath else {
                throw SettingsProblem("the socket's whole path is longer than \(Self.longestPath) bytes: \(resolved)")
            }
            self = .unix(path: resolved)
            return
        }
        guard let (host, port) = NetworkHost.split(text), let port else {
            throw SettingsProblem(
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

    /// Throws unless a gateway without client keys may listen here.
    package func requireLoopback() throws(SettingsProblem) {
        guard !isLoopback else { return }
        throw SettingsProblem(
            "\(self) is not loopback: without client keys the gateway listens on loopback or a Unix socket only"
        )
    }

    /// The address in the spelling that `init(_:folder:)` reads.
    package var description: String {
        switch self {
        case .tcp(let host, let port): "\(NetworkHost.bracketed(host)):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension ListenAddress {
    /// The address that a key gives, or nil after a fault.
    init?(reading cursor: DocumentCursor, folder: String) {
        guard let text = cursor.text() else { return nil }
        do throws(SettingsProblem) {
            try self.init(text, folder: folder)
            try requireLoopback()
        } catch {
            cursor.fault(error.description)
            return nil
        }
    }
}

internal import Addresses
internal import TaskModel

/// Refuses what a web page could make a browser send.
///
/// Without keys, whoever reaches the port may stop tasks. A page of a foreign site reaches the port through the
/// browser of someone on this machine, under a name that it has pointed at the loopback, or across origins: neither
/// is let in. With keys, a name that was pointed here is of no use, and applications call the gateway by whatever name
/// it has for them.
struct BrowserGuard: Sendable {
    /// The hosts by which the gateway may be called besides those of the loopback; nil lets every host in.
    private let hosts: Set<String>?
    /// How an origin of the gateway's own begins.
    private let schemes: [String]

    /// Without TLS of its own, the gateway may still be behind a proxy that has it.
    init(listen: ListenAddress, hasClients: Bool, hasTLS: Bool) {
        schemes = hasTLS ? ["https://"] : ["http://", "https://"]
        switch listen {
        case .tcp(let host, _): hosts = hasClients ? nil : [host.lowercased()]
        // No page can make a browser speak to a Unix socket.
        case .unix: hosts = nil
        }
    }

    /// Why a request is refused; nil for one that is let in.
    func refusal(of request: ReceivedRequest) -> GatewayError? {
        var authority = request.fields.host
        // In the absolute form, the target names the host and the field does not count.
        if case .absolute(let named) = request.target?.form { authority = named }
        if let hosts, let authority, !Self.isPlainLoopback(authority) {
            guard let host = NetworkHost.split(authority.lowercased())?.host,
                NetworkHost.isLoopback(host) || hosts.contains(host)
            else {
                return GatewayError(
                    .forbidden,
                    "The Host of the request is not one of this gateway's: call it by its address, or by localhost."
                )
            }
        }
        if let origin = request.fields.origin, !isOwn(origin, authority: authority) {
            return GatewayError(.forbidden, "Requests from web pages of another origin are refused.")
        }
        if let site = request.fields.fetchSite?.lowercased(), site != "same-origin", site != "none" {
            return GatewayError(.forbidden, "Requests that a web page of another site makes are refused.")
        }
        return nil
    }

    /// Whether this is `localhost` or `127.0.0.1`, with or without a port: what nearly every client says, seen at once.
    private static func isPlainLoopback(_ authority: String) -> Bool {
        authority.withBytes { bytes in
            guard bytes.starts(withText: "localhost") || bytes.starts(withText: "127.0.0.1") else { return false }
            guard bytes.count > 9 else { return true }
            guard bytes[9] == UInt8(ascii: ":"), (11...15).contains(bytes.count) else { return false }
            var port = 0
            for byte in bytes[10...] {
                guard byte &- UInt8(ascii: "0") < 10 else { return false }
                port = 10 * port + Int(byte - UInt8(ascii: "0"))
            }
            return port <= 65535
        }
    }

    private func isOwn(_ origin: String, authority: String?) -> Bool {
        guard let authority = authority?.lowercased() else { return false }
        let origin = origin.lowercased()
        return schemes.contains { origin == $0 + authority }
    }
}

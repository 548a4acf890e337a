internal import Addresses
package import TaskModel

/// Where webhooks may go.
///
/// Https to the public internet, and what the configuration names: an application could otherwise have the gateway call
/// whatever is reachable from it alone. Names are looked at here; the addresses behind them when a connection is made.
package struct WebhookTargets: Sendable {
    /// Hosts that may be anywhere, and be spoken to without TLS where they are this machine; in lower case.
    private let allowed: Set<String>

    package init(allowed: Set<String>) {
        self.allowed = Set(allowed.map { $0.lowercased() })
    }

    /// A URL, as it is called.
    package struct Target: Sendable, Hashable {
        package let origin: String
        /// Path and query.
        package let path: String
        /// Whether the host may be anywhere.
        package let isAllowed: Bool
    }

    /// Throws `invalid_request` where the URL may not be called.
    package func target(_ url: String) throws(GatewayError) -> Target {
        guard url.utf8.count <= 2048, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw refusal("must be a URL of at most 2,048 characters of ASCII, everything else percent-encoded")
        }
        guard !url.contains("#") else { throw refusal("must have no fragment") }
        guard let scheme = url.firstRange(of: "://") else { throw refusal("must start with https://") }
        let path = url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let base: BaseURL
        do throws(AddressProblem) {
            base = try BaseURL(String(url[..<path]))
        } catch {
            throw refusal("\(error)")
        }
        let isAllowed = allowed.contains(base.host)
        if base.scheme == .http, !isAllowed || !base.isLoopback {
            throw refusal(
                base.isLoopback
                    ? "must be https; http goes to this machine alone, where \"webhooks\"/\"allow\" names \(base.host)"
                    : "must be https: what is sent tells about tasks"
            )
        }
        if !isAllowed, base.isLoopback {
            throw refusal(
                "must not lead to this machine, unless \"webhooks\"/\"allow\" in the configuration names \(base.host)"
            )
        }
        let rest = String(url[path...])
        return Target(origin: base.origin, path: rest.hasPrefix("/") ? rest : "/" + rest, isAllowed: isAllowed)
    }

    private func refusal(_ problem: String) -> GatewayError {
        GatewayError(.invalidRequest, "webhook.url \(problem).")
    }
}

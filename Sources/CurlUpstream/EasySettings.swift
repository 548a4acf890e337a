internal import CCurl
internal import Upstream

/// The options that are the same for every request of a route: set once, when a handle is made.
struct EasySettings {
    /// Nil trusts what libcurl was built to trust.
    let caFile: String?
    /// Outlives all handles and connections.
    let socketHooks: SocketHooks
    let clock: LoopClock
    /// What libcurl decodes where it comes; nobody asks for it (see `HeaderList`).
    static let decodedEncodings = "gzip"

    /// False when libcurl refuses an option.
    func apply(to easy: OpaquePointer, for template: RequestTemplate) -> Bool {
        ccurl_set_url(easy, template.url)
            && applyManners(to: easy)
            && applyTrust(template.trust, to: easy)
            && applyLimits(template.route.limits, to: easy)
            && applyConnectionOptions(to: easy)
            && applyReach(template.route.reach, to: easy)
    }

    /// No helpfulness: nothing from the environment, nothing that was not asked for.
    private func applyManners(to easy: OpaquePointer) -> Bool {
        ccurl_set_http11_only(easy)
            && ccurl_set_http09_refused(easy)
            && ccurl_set_protocols(easy, "http,https")
            && ccurl_set_no_redirects(easy)
            && ccurl_set_no_proxy(easy)
            && ccurl_set_no_netrc(easy)
            && ccurl_set_no_signals(easy)
            && ccurl_set_quick_exit(easy)
            && ccurl_set_accepted_encodings(easy, Self.decodedEncodings)
    }

    /// Debian's libcurl sets a CA directory beside the CA file, and with a directory set it parses the whole file
    /// anew for each connection instead of keeping it.
    ///
    /// What a route trusts of its own comes as text, and is read for each of its connections: kept, it would drive out
    /// the one that libcurl keeps for all other routes.
    private func applyTrust(_ trust: TrustTexts?, to easy: OpaquePointer) -> Bool {
        guard ccurl_set_tls_verified(easy), ccurl_set_tls12_or_newer(easy), ccurl_set_no_ca_directory(easy),
            caFile.map({ ccurl_set_ca_file(easy, $0) }) ?? true
        else { return false }
        return trust?.apply(to: easy) ?? true
    }

    private func applyLimits(_ limits: UpstreamLimits, to easy: OpaquePointer) -> Bool {
        ccurl_set_connect_timeout_ms(easy, limits.connect.limitMilliseconds)
            && ccurl_set_timeout_ms(easy, limits.total.limitMilliseconds)
            && ccurl_set_stall_timeout_s(easy, 1, limits.stalled.limitSeconds)
    }

    private func applyConnectionOptions(to easy: OpaquePointer) -> Bool {
        // A call holds this buffer while it runs, and answers are small JSON: libcurl's 16 KB would be 80 MB at 5,000
        // calls in flight. A larger answer takes more reads. libcurl adds a byte, which makes it a whole page.
        ccurl_set_buffer_size(easy, (4 << 10) - 1)
            // The least that libcurl takes; its 64 KB are kept by every handle that ever sent over TLS.
            && ccurl_set_upload_buffer_size(easy, 16 << 10)
            // Shorter than the minute after which many load balancers close.
            && ccurl_set_idle_age_limit_s(easy, 50)
            // A name that moves is not seen while a connection lives.
            && ccurl_set_lifetime_limit_s(easy, 600)
            && ccurl_set_tcp_no_delay(easy)
            && ccurl_set_tcp_keepalive_s(easy, 30, 10)
    }

    private func applyReach(_ reach: UpstreamReach, to easy: OpaquePointer) -> Bool {
        switch reach {
        case .anywhere: ccurl_set_socket_hooks(easy, socketHooks.anywhere)
        case .publicAddresses: ccurl_set_socket_hooks(easy, socketHooks.publicAddresses)
        }
    }
}

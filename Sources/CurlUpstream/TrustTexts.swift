internal import CCurl
internal import Upstream

/// The PEM texts of a route's trust, at a place where libcurl can find them for as long as a handle of the route lives.
final class TrustTexts {
    private let authorities: StandingBytes?
    private let certificates: StandingBytes?
    private let key: StandingBytes?

    init(_ trust: UpstreamTrust) {
        authorities = trust.authorities.map { StandingBytes($0) }
        certificates = trust.identity.map { StandingBytes($0.certificates) }
        key = trust.identity.map { StandingBytes($0.key) }
    }

    /// False when libcurl refuses one of them.
    func apply(to easy: OpaquePointer) -> Bool {
        (authorities.map { ccurl_set_ca_text(easy, $0.start, $0.count) } ?? true)
            && (certificates.map { ccurl_set_client_certificate_text(easy, $0.start, $0.count) } ?? true)
            && (key.map { ccurl_set_client_key_text(easy, $0.start, $0.count) } ?? true)
    }
}

/// Bytes that do not move.
private final class StandingBytes {
    let start: UnsafeMutableRawPointer
    let count: Int

    init(_ bytes: [UInt8]) {
        count = bytes.count
        start = .allocate(byteCount: count, alignment: 1)
        UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: bytes)
    }

    deinit {
        start.deallocate()
    }
}

internal import CCurl
internal import Upstream

/// What all requests of a route share, in libcurl's form: the URL, parsed once, the header lines and the limits.
final class RequestTemplate {
    let route: UpstreamRoute
    let totalMilliseconds: Int
    let stalledMilliseconds: Int
    /// Owned; libcurl points at it for as long as a handle uses it, and the handles hold this object.
    let url: OpaquePointer
    /// The lines of a request without a body.
    let headers: HeaderList
    /// Nil where the route trusts what the transport trusts.
    let trust: TrustTexts?
    private let headersOfBody: HeaderList
    /// What `Host` says; nil leaves it to libcurl.
    private let host: String?

    init(_ route: UpstreamRoute) throws(TemplateFault) {
        guard HeaderList.isToken(route.method) else { throw .badMethod }
        guard let url = Self.parsedURL(route.origin) else { throw .badOrigin }
        let host = Self.host(of: url)
        do {
            headers = try HeaderList(route.headers, host: host, hasBody: false)
            headersOfBody = try HeaderList(route.headers, host: host, hasBody: true)
        } catch {
            ccurl_url_free(url)
            throw .badHeader(error)
        }
        self.route = route
        self.url = url
        trust = route.trust.map { TrustTexts($0) }
        self.host = host
        totalMilliseconds = route.limits.total.limitMilliseconds
        stalledMilliseconds = route.limits.stalled.limitMilliseconds
    }

    deinit {
        ccurl_url_free(url)
    }

    /// The header lines of a request: the route's ready ones, or its own list where it has fields of its own.
    func headers(of request: UpstreamRequest) throws(TemplateFault) -> HeaderList {
        let hasBody = request.body != nil
        guard !request.headers.isEmpty else { return hasBody ? headersOfBody : headers }
        do {
            return try HeaderList(route.headers + request.headers, host: host, hasBody: hasBody)
        } catch {
            throw .badHeader(error)
        }
    }

    /// Whether a request line can hold the target as it is.
    static func isSendable(target: String) -> Bool {
        var target = target
        return target.withUTF8 { bytes in
            for byte in bytes where byte <= 0x20 || byte >= 0x7f { return false }
            return bytes.first == UInt8(ascii: "/")
        }
    }

    private static func parsedURL(_ origin: String) -> OpaquePointer? {
        // A C string ends at the first NUL, and what is behind it would go unseen.
        guard origin.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        return ccurl_url_make(origin)
    }

    /// Nil for a name that is not plain ASCII: libcurl spells it another way.
    private static func host(of url: OpaquePointer) -> String? {
        guard let text = ccurl_url_host(url) else { return nil }
        defer { ccurl_text_free(text) }
        let host = String(cString: text)
        return host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } ? host : nil
    }
}

/// Why no request of a route can be sent.
enum TemplateFault: Error, Hashable {
    case badOrigin
    case badMethod
    case badHeader(HeaderFault)

    var detail: String {
        switch self {
        case .badOrigin: "the origin is not scheme, host and port of http or https"
        case .badMethod: "the method is not a token"
        case .badHeader(let fault): fault.detail
        }
    }
}

extension RequestTemplate {
    /// How long a request may take: the route's whole time, or less where the request says so.
    func totalMilliseconds(of request: UpstreamRequest) -> Int {
        request.timeLimit.map { min($0.limitMilliseconds, totalMilliseconds) } ?? totalMilliseconds
    }
}

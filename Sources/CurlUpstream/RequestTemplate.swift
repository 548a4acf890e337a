internal import CCurl
internal import Upstream

/// What all requests of a route share, in libcurl's form: the URL, parsed once, and the header lines.
final class RequestTemplate {
    let route: UpstreamRoute
    /// Owned; libcurl points at it for as long as a handle uses it, and the handles hold this object.
    let url: OpaquePointer
    let headers: HeaderList

    init(_ route: UpstreamRoute) throws(TemplateFault) {
        guard HeaderList.isToken(route.method) else { throw .badMethod }
        guard let url = Self.parsedURL(route.origin) else { throw .badOrigin }
        do {
            headers = try HeaderList(route.headers)
        } catch {
            ccurl_url_free(url)
            throw .badHeader(error)
        }
        self.route = route
        self.url = url
    }

    deinit {
        ccurl_url_free(url)
    }

    /// Whether a request line can hold the target as it is.
    static func isSendable(target: String) -> Bool {
        target.utf8.first == UInt8(ascii: "/") && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    private static func parsedURL(_ origin: String) -> OpaquePointer? {
        // A C string ends at the first NUL, and what is behind it would go unseen.
        guard origin.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        return ccurl_url_make(origin)
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

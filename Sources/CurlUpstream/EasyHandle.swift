internal import CCurl
internal import Upstream

/// One of libcurl's easy handles, bound to one route for life: it never serves another, and is never reset.
///
/// Used on the loop's thread alone. It owns what libcurl only points at: the error text and the extra header lines.
final class EasyHandle {
    let pointer: OpaquePointer
    /// Holds the URL and the header lines that libcurl points at.
    let template: RequestTemplate
    /// The transfer that it runs, from `begin` to `finish`.
    private(set) var transfer: Transfer?

    private let errorText: UnsafeMutablePointer<CChar>
    private var ownHeaders: HeaderList?
    private var answer: AnswerReader
    private var requestCount = 0
    private var lastArrival: MonotonicTime?
    private var wasRepetitionRefused = false

    /// Nil when libcurl has no memory, or refuses an option.
    init?(template: RequestTemplate, settings: EasySettings) {
        guard let pointer = ccurl_easy_make() else { return nil }
        self.pointer = pointer
        self.template = template
        answer = AnswerReader(bodyByteLimit: 0)
        errorText = .allocate(capacity: Int(CCURL_ERROR_TEXT_SIZE))
        errorText.initialize(repeating: 0, count: Int(CCURL_ERROR_TEXT_SIZE))
        guard settings.apply(to: pointer, for: template), setCallbacks() else { return nil }
    }

    deinit {
        // The error text may be written until the handle is gone.
        ccurl_easy_free(pointer)
        errorText.deallocate()
    }

    /// Sets everything in which one request of the route differs from another: each of it, each time.
    func begin(_ transfer: Transfer, headers: HeaderList?) -> Bool {
        let request = transfer.request
        self.transfer = transfer
        ownHeaders = headers
        answer = AnswerReader(bodyByteLimit: template.route.limits.responseBytes)
        requestCount = 0
        lastArrival = nil
        wasRepetitionRefused = false
        // libcurl may leave the text of an error alone, and then an old one must not be read.
        errorText[0] = 0
        return ccurl_set_request_target(pointer, request.target)
            && ccurl_set_headers(pointer, (headers ?? template.headers).head)
            && setBody(request.body, method: template.route.method)
    }

    /// Takes the transfer's things off the handle, so that an idle one holds no caller's data.
    func finish() {
        _ = ccurl_set_headers(pointer, nil)
        _ = ccurl_set_no_body(pointer, "GET")
        _ = ccurl_set_request_target(pointer, "/")
        transfer = nil
        ownHeaders = nil
        answer = AnswerReader(bodyByteLimit: 0)
    }

    /// Whether the request may have reached the provider.
    var wasSent: Bool { requestCount > 0 }

    /// Whether the answer began, and then no byte of it came for as long as the route allows.
    ///
    /// libcurl's own measure of speed looks five seconds back, and so sees a standstill seconds late.
    func hasStalled(now: MonotonicTime) -> Bool {
        guard let lastArrival else { return false }
        return lastArrival.advanced(byMilliseconds: template.route.limits.stalled.limitMilliseconds) <= now
    }

    /// What became of the transfer, once libcurl said with which code it ended.
    func result(code: Int32) -> Result<UpstreamResponse, UpstreamError> {
        let status = ccurl_get_status(pointer)
        guard Int(ccurl_end_of(code)) == CCURL_END_COMPLETE else {
            let end = CurlEnd(
                code: code,
                text: String(cString: errorText),
                requestCount: requestCount,
                wasRepetitionRefused: wasRepetitionRefused,
                headerBytes: answer.headerBytes,
                refusal: answer.refusal
            )
            return .failure(UpstreamError(end, of: template.route))
        }
        guard answer.isHeaderWhole, status >= 200 else {
            let detail = "\(template.route.name): the connection closed within the answer's header"
            return .failure(UpstreamError(.malformed, mayHaveArrived: true, detail: detail))
        }
        return .success(UpstreamResponse(status: status, headers: answer.headers, body: answer.body))
    }

    private func setBody(_ body: [UInt8]?, method: String) -> Bool {
        guard let body else { return ccurl_set_no_body(pointer, method) }
        return body.withUnsafeBytes { ccurl_set_body(pointer, method, $0.baseAddress, $0.count) }
    }

    // What libcurl calls finds the handle by a plain pointer: the handle outlives its libcurl half, which it owns.
    // The callbacks neither throw nor trap, and never call libcurl.
    private func setCallbacks() -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        return ccurl_set_private(pointer, context)
            && ccurl_set_error_text(pointer, errorText)
            && ccurl_set_on_body(
                pointer,
                { bytes, size, count, context in
                    guard let handle = EasyHandle.from(context) else { return 0 }
                    let length = size * count
                    handle.lastArrival = .now()
                    let piece = UnsafeRawBufferPointer(start: bytes, count: length)
                    return handle.answer.takeBody(piece) ? length : 0
                },
                context
            )
            && ccurl_set_on_header(
                pointer,
                { bytes, size, count, context in
                    guard let handle = EasyHandle.from(context) else { return 0 }
                    let length = size * count
                    handle.lastArrival = .now()
                    let line = UnsafeRawBufferPointer(start: bytes, count: length)
                    return handle.answer.takeHeaderLine(line) ? length : 0
                },
                context
            )
            && ccurl_set_before_request(
                pointer,
                { context, _, _, _, _ in
                    guard let handle = EasyHandle.from(context) else { return CCURL_REQUEST_STOPS }
                    return handle.requestMayGoOut() ? CCURL_REQUEST_GOES_ON : CCURL_REQUEST_STOPS
                },
                context
            )
    }

    /// libcurl sends a request again by itself when a kept connection turns out dead, a POST or PATCH too.
    ///
    /// What must not reach a provider twice is stopped here, the second time.
    private func requestMayGoOut() -> Bool {
        guard requestCount == 0 || template.route.isRepeatable else {
            wasRepetitionRefused = true
            return false
        }
        requestCount += 1
        return true
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> EasyHandle? {
        guard let context else { return nil }
        return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    }
}

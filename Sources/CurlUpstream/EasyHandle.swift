internal import CCurl
internal import Upstream

/// One of libcurl's easy handles, bound to one route for life: it never serves another, and is never reset.
///
/// Used on the loop's thread alone. It owns what libcurl only points at: the error text and the other header lines.
final class EasyHandle {
    let pointer: OpaquePointer
    /// Holds the URL and the header lines that libcurl points at.
    let template: RequestTemplate
    /// The transfer that it runs, from `begin` to `finish`.
    private(set) var transfer: Transfer?

    private let errorText: UnsafeMutablePointer<CChar>
    private let clock: LoopClock
    /// The lines that take the place of the template's, for as long as a transfer needs them.
    private var otherHeaders: HeaderList?
    private var holdsBody = false
    private var hasOwnTimeLimit = false
    private var answer: AnswerReader
    private var requestCount = 0
    private var lastArrival: MonotonicTime?
    private var wasRepetitionRefused = false

    /// Nil when libcurl has no memory, or refuses an option.
    init?(template: RequestTemplate, settings: EasySettings) {
        guard let pointer = ccurl_easy_make() else { return nil }
        self.pointer = pointer
        self.template = template
        clock = settings.clock
        answer = AnswerReader(bodyByteLimit: template.route.limits.responseBytes)
        errorText = .allocate(capacity: Int(CCURL_ERROR_TEXT_SIZE))
        errorText.initialize(repeating: 0, count: Int(CCURL_ERROR_TEXT_SIZE))
        guard settings.apply(to: pointer, for: template), setCallbacks(),
            ccurl_set_headers(pointer, template.headers.head),
            ccurl_set_no_body(pointer, template.route.method)
        else { return nil }
    }

    deinit {
        // The error text may be written until the handle is gone.
        ccurl_easy_free(pointer)
        errorText.deallocate()
    }

    /// Sets everything in which one request of the route differs from another.
    func begin(_ transfer: Transfer, headers: HeaderList) -> Bool {
        let request = transfer.request
        self.transfer = transfer
        requestCount = 0
        lastArrival = nil
        wasRepetitionRefused = false
        // libcurl may leave the text of an error alone, and then an old one must not be read.
        errorText[0] = 0
        guard ccurl_set_request_target(pointer, request.target) else { return false }
        if headers !== template.headers {
            otherHeaders = headers
            guard ccurl_set_headers(pointer, headers.head) else { return false }
        }
        if request.timeLimit != nil {
            hasOwnTimeLimit = true
            guard ccurl_set_timeout_ms(pointer, template.totalMilliseconds(of: request)) else { return false }
        }
        guard let body = request.body else { return true }
        holdsBody = true
        return body.withUnsafeBytes { ccurl_set_body(pointer, template.route.method, $0.baseAddress, $0.count) }
    }

    /// Takes the transfer's things off the handle, so that an idle one holds no caller's data.
    ///
    /// It is then as it was made: without a target, with the route's own headers and time, without a body. False when libcurl
    /// does not let go of something; the handle must then not serve again.
    func finish() -> Bool {
        transfer = nil
        answer = AnswerReader(bodyByteLimit: template.route.limits.responseBytes)
        var isClean = ccurl_set_no_request_target(pointer)
        if otherHeaders != nil {
            isClean = ccurl_set_headers(pointer, template.headers.head) && isClean
            otherHeaders = nil
        }
        if holdsBody {
            isClean = ccurl_set_no_body(pointer, template.route.method) && isClean
            holdsBody = false
        }
        if hasOwnTimeLimit {
            isClean = ccurl_set_timeout_ms(pointer, template.totalMilliseconds) && isClean
            hasOwnTimeLimit = false
        }
        return isClean
    }

    /// Whether the request may have reached the provider.
    var wasSent: Bool { requestCount > 0 }

    /// Whether the answer began, and then no byte of it came for as long as the route allows.
    ///
    /// libcurl's own measure of speed looks five seconds back, and so sees a standstill seconds late.
    func hasStalled(now: MonotonicTime) -> Bool {
        guard let lastArrival else { return false }
        return lastArrival.advanced(byMilliseconds: template.stalledMilliseconds) <= now
    }

    /// The answer without its body; nil while its header is not whole.
    var head: UpstreamResponse? {
        let status = ccurl_get_status(pointer)
        guard answer.isHeaderWhole, status >= 200 else { return nil }
        return UpstreamResponse(status: status, headers: answer.headers, body: [])
    }

    /// What became of the transfer, once libcurl said with which code it ended.
    func result(code: Int32) -> Result<UpstreamResponse, UpstreamError> {
        guard Int(ccurl_end_of(code)) == CCURL_END_COMPLETE else {
            let end = CurlEnd(
                code: code,
                text: String(cString: errorText),
                requestCount: requestCount,
                wasRepetitionRefused: wasRepetitionRefused,
                headerBytes: answer.headerBytes,
                refusal: answer.refusal,
                head: head
            )
            return .failure(UpstreamError(end, of: template.route))
        }
        let status = ccurl_get_status(pointer)
        guard answer.isHeaderWhole, status >= 200 else {
            let detail = "\(template.route.name): the connection closed within the answer's header"
            return .failure(UpstreamError(.malformed, mayHaveArrived: true, detail: detail))
        }
        return .success(UpstreamResponse(status: status, headers: answer.headers, body: answer.body))
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
                    handle.lastArrival = handle.clock.now
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
                    handle.lastArrival = handle.clock.now
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

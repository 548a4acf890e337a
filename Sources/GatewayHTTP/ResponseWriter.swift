internal import Clients
internal import Metrics
internal import NIOCore
internal import TaskModel

/// Writes an answer as the bytes of an HTTP/1.1 response.
enum ResponseWriter {
    /// What the connection and the request decide about a response.
    struct Frame {
        var requestID: RequestID
        var isHead = false
        /// The request was HTTP/1.0, where staying open must be said.
        var isOldVersion = false
        var closes: Bool
        var date: [UInt8]
    }

    static let continueResponse: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// Writes the head and, unless the request was a `HEAD`, the body.
    static func write(_ answer: HTTPAnswer, in frame: Frame, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room(for: answer)) { memory in
            var head = HeadWriter(memory: memory)
            writeHead(answer, in: frame, to: &head)
            if !frame.isHead { answer.body.withUnsafeBytes { head.bytes($0) } }
            return head.count
        }
    }

    /// How many bytes an answer may take: no head has more than this beside its list of methods, though a request id
    /// that was given has up to 128 bytes.
    static func room(for answer: HTTPAnswer) -> Int {
        640 + (answer.allow?.list.utf8.count ?? 0) + (answer.rate == nil ? 0 : roomForRate) + answer.body.count
    }

    /// Two fields of at most five numbers, none of which has more than nine digits.
    private static let roomForRate = 160

    private static func writeHead(_ answer: HTTPAnswer, in frame: Frame, to head: inout HeadWriter) {
        head.text(statusLine(answer.status))
        frame.date.withUnsafeBytes { head.bytes($0) }
        switch answer.mediaType {
        case .json: head.text("Content-Type: application/json\r\n")
        case .problem: head.text("Content-Type: application/problem+json\r\n")
        case .html:
            head.text(
                """
                Content-Type: text/html; charset=utf-8\r
                Content-Security-Policy: default-src 'none'\r
                X-Content-Type-Options: nosniff\r

                """
            )
        case .metrics:
            head.text("Content-Type: ")
            head.text(MetricsText.mediaType)
            head.text("\r\n")
        case .events:
            // Proxies hold answers back until they have much of them, unless they are told.
            head.text("Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n")
            if !frame.isOldVersion { head.text("Transfer-Encoding: chunked\r\n") }
        case .none: break
        }
        // 204 and 304 have no body, and so no length; nobody knows that of a stream.
        if answer.status != 204, answer.status != 304, answer.mediaType != .events {
            head.field("Content-Length: ", answer.body.count)
        }
        switch answer.caching {
        case .task: head.text("Cache-Control: private, no-cache\r\n")
        case .never: head.text("Cache-Control: no-store\r\n")
        case .page: head.text("Cache-Control: no-cache\r\n")
        }
        head.text("X-Request-Id: ")
        switch frame.requestID {
        case .given(let text): text.withBytes { head.bytes(UnsafeRawBufferPointer($0)) }
        case .made(let number): head.hexadecimal(number)
        }
        head.text("\r\n")
        writeOptionalFields(answer, to: &head)
        if frame.closes {
            head.text("Connection: close\r\n")
        } else if frame.isOldVersion {
            head.text("Connection: keep-alive\r\n")
        }
        head.text("\r\n")
    }

    private static func writeOptionalFields(_ answer: HTTPAnswer, to head: inout HeadWriter) {
        if let tag = answer.entityTag {
            head.text(tag.view == .brief ? "ETag: \"b-" : "ETag: \"f-")
            head.hexadecimal(tag.fingerprint.rawValue)
            head.text("\"\r\n")
        }
        if let seconds = answer.retryAfter { head.field("Retry-After: ", seconds) }
        if let seconds = answer.preferenceApplied { head.field("Preference-Applied: wait=", seconds) }
        if let methods = answer.allow {
            head.text("Allow: ")
            methods.list.withBytes { head.bytes(UnsafeRawBufferPointer($0)) }
            head.text("\r\n")
        }
        if let rate = answer.rate { write(rate, to: &head) }
        guard answer.status == 401 else { return }
        switch answer.challenge {
        case .clientKey: head.text("WWW-Authenticate: Bearer\r\n")
        case .providerKey: head.text("WWW-Authenticate: Taskgate-Provider-Key\r\n")
        }
    }

    /// The fields of draft-ietf-httpapi-ratelimit-headers.
    private static func write(_ rate: RateStanding, to head: inout HeadWriter) {
        head.text("RateLimit-Policy: \"default\";q=")
        head.number(rate.quota)
        head.field(";w=", rate.window)
        head.text("RateLimit: \"default\";r=")
        head.number(rate.left)
        head.field(";t=", rate.reset)
    }

    private static func statusLine(_ status: Int) -> StaticString {
        switch status {
        case 200: "HTTP/1.1 200 OK\r\n"
        case 201: "HTTP/1.1 201 Created\r\n"
        case 202: "HTTP/1.1 202 Accepted\r\n"
        case 204: "HTTP/1.1 204 No Content\r\n"
        case 304: "HTTP/1.1 304 Not Modified\r\n"
        case 400: "HTTP/1.1 400 Bad Request\r\n"
        case 401: "HTTP/1.1 401 Unauthorized\r\n"
        case 403: "HTTP/1.1 403 Forbidden\r\n"
        case 404: "HTTP/1.1 404 Not Found\r\n"
        case 405: "HTTP/1.1 405 Method Not Allowed\r\n"
        case 408: "HTTP/1.1 408 Request Timeout\r\n"
        case 409: "HTTP/1.1 409 Conflict\r\n"
        case 413: "HTTP/1.1 413 Content Too Large\r\n"
        case 414: "HTTP/1.1 414 URI Too Long\r\n"
        case 415: "HTTP/1.1 415 Unsupported Media Type\r\n"
        case 417: "HTTP/1.1 417 Expectation Failed\r\n"
        case 429: "HTTP/1.1 429 Too Many Requests\r\n"
        case 431: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        case 501: "HTTP/1.1 501 Not Implemented\r\n"
        case 502: "HTTP/1.1 502 Bad Gateway\r\n"
        case 503: "HTTP/1.1 503 Service Unavailable\r\n"
        case 504: "HTTP/1.1 504 Gateway Timeout\r\n"
        default: "HTTP/1.1 500 Internal Server Error\r\n"
        }
    }
}

/// Writes into memory that has room for all of it.
private struct HeadWriter {
    let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func text(_ text: StaticString) {
        bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }

    /// A field whose value ends in a number that is not negative.
    mutating func field(_ start: StaticString, _ number: Int) {
        text(start)
        self.number(number)
        text("\r\n")
    }

    /// A number that is not negative.
    mutating func number(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            memory[count] = UInt8(ascii: "0") + UInt8(number / divisor % 10)
            count += 1
            divisor /= 10
        }
    }

    mutating func hexadecimal(_ number: UInt64) {
        Hexadecimal.write(number, to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
        count += Hexadecimal.textLength
    }
}

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

    static func write(_ answer: HTTPAnswer, in frame: Frame, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(statusLine(answer.status))
        buffer.writeBytes(frame.date)
        switch answer.mediaType {
        case .json: buffer.writeStaticString("Content-Type: application/json\r\n")
        case .problem: buffer.writeStaticString("Content-Type: application/problem+json\r\n")
        case .html:
            buffer.writeStaticString(
                """
                Content-Type: text/html; charset=utf-8\r
                Content-Security-Policy: default-src 'none'\r
                X-Content-Type-Options: nosniff\r

                """
            )
        case .none: break
        }
        // 204 and 304 have no body, and so no length.
        if answer.status != 204, answer.status != 304 {
            buffer.writeStaticString("Content-Length: ")
            write(answer.body.count, to: &buffer)
            buffer.writeStaticString("\r\n")
        }
        switch answer.caching {
        case .task: buffer.writeStaticString("Cache-Control: private, no-cache\r\n")
        case .never: buffer.writeStaticString("Cache-Control: no-store\r\n")
        case .page: buffer.writeStaticString("Cache-Control: no-cache\r\n")
        }
        writeRequestID(frame.requestID, to: &buffer)
        writeOptionalFields(answer, to: &buffer)
        if frame.closes {
            buffer.writeStaticString("Connection: close\r\n")
        } else if frame.isOldVersion {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        buffer.writeStaticString("\r\n")
        if !frame.isHead { buffer.writeBytes(answer.body) }
    }

    private static func writeOptionalFields(_ answer: HTTPAnswer, to buffer: inout ByteBuffer) {
        if let tag = answer.entityTag {
            buffer.writeStaticString(tag.view == .brief ? "ETag: \"b-" : "ETag: \"f-")
            write(hexadecimal: tag.fingerprint.rawValue, to: &buffer)
            buffer.writeStaticString("\"\r\n")
        }
        if let seconds = answer.retryAfter {
            buffer.writeStaticString("Retry-After: ")
            write(seconds, to: &buffer)
            buffer.writeStaticString("\r\n")
        }
        if let seconds = answer.preferenceApplied {
            buffer.writeStaticString("Preference-Applied: wait=")
            write(seconds, to: &buffer)
            buffer.writeStaticString("\r\n")
        }
        if let methods = answer.allow {
            buffer.writeStaticString("Allow: ")
            buffer.writeString(methods.list)
            buffer.writeStaticString("\r\n")
        }
        if answer.status == 401 { buffer.writeStaticString("WWW-Authenticate: Bearer\r\n") }
    }

    private static func writeRequestID(_ id: RequestID, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("X-Request-Id: ")
        switch id {
        case .given(let text): buffer.writeString(text)
        case .made(let number): write(hexadecimal: number, to: &buffer)
        }
        buffer.writeStaticString("\r\n")
    }

    private static func write(hexadecimal number: UInt64, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 16) { bytes in
            for index in 0..<16 { bytes[index] = Hexadecimal.digit(number >> UInt64(60 - 4 * index)) }
            return 16
        }
    }

    /// Writes a number that is not negative.
    private static func write(_ number: Int, to buffer: inout ByteBuffer) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    private static func statusLine(_ status: Int) -> StaticString {
        switch status {
        case 200: "HTTP/1.1 200 OK\r\n"
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

internal import TaskModel

/// What is wrong with the head of a request whoever it is for, so that the connection cannot go on.
struct RequestFault: Error, Sendable {
    var error: GatewayError
    /// Where it differs from the one of the error's code.
    var status: Int?

    init(_ code: ErrorCode, _ detail: String, status: Int? = nil) {
        error = GatewayError(code, detail)
        self.status = status
    }
}

/// The checks of a request's head that the parser does not make, or makes in a way that should not be relied upon.
enum RequestChecks {
    /// The fault for which a request is refused before its body is read, and its connection closed.
    static func fault(in request: ReceivedRequest, configuration: GatewayServer.Configuration) -> RequestFault? {
        guard request.targetLength <= configuration.maximumTargetBytes else {
            return RequestFault(.uriTooLong, "The target is longer than \(configuration.maximumTargetBytes) bytes.")
        }
        return framingFault(request)
            ?? hostFault(request)
            ?? expectationFault(request)
            ?? lengthFault(request, limit: request.maximumBodyBytes(configuration))
    }

    /// What two servers on one connection could read in two ways is read by none.
    private static func framingFault(_ request: ReceivedRequest) -> RequestFault? {
        if request.fields.transferEncodingCount > 0 {
            guard request.fields.contentLengthCount == 0 else {
                return RequestFault(.invalidRequest, "Content-Length and Transfer-Encoding exclude each other.")
            }
            guard request.fields.transferEncodingCount == 1, request.fields.transferEncoding?.lowercased() == "chunked",
                request.minorVersion >= 1
            else {
                return RequestFault(.invalidRequest, "The only Transfer-Encoding here is chunked, in HTTP/1.1.")
            }
        }
        if request.fields.contentLengthCount > 0 {
            guard request.fields.contentLengthCount == 1, let text = request.fields.contentLength, !text.isEmpty,
                text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
            else {
                return RequestFault(.invalidRequest, "Content-Length must be one whole number of bytes.")
            }
        }
        return nil
    }

    private static func hostFault(_ request: ReceivedRequest) -> RequestFault? {
        if request.fields.hostCount > 1 { return RequestFault(.invalidRequest, "There is more than one Host.") }
        if request.fields.hostCount == 0, request.minorVersion >= 1 {
            return RequestFault(.invalidRequest, "An HTTP/1.1 request needs a Host.")
        }
        return nil
    }

    /// HTTP/1.0 has no expectations, so there the field means nothing.
    private static func expectationFault(_ request: ReceivedRequest) -> RequestFault? {
        guard let expect = request.fields.expect, request.minorVersion >= 1, expect.lowercased() != "100-continue"
        else { return nil }
        return RequestFault(.invalidRequest, "The only expectation met here is 100-continue.", status: 417)
    }

    private static func lengthFault(_ request: ReceivedRequest, limit: Int) -> RequestFault? {
        guard let text = request.fields.contentLength, (Int(text) ?? Int.max) > limit else { return nil }
        return bodyTooLarge(limit)
    }

    static func bodyTooLarge(_ limit: Int) -> RequestFault {
        RequestFault(.payloadTooLarge, "The body is larger than \(limit) bytes.")
    }
}

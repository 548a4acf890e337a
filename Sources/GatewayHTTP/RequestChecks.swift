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
        let fields = request.fields
        guard request.targetLength <= configuration.maximumTargetBytes else {
            return RequestFault(.uriTooLong, "The target is longer than \(configuration.maximumTargetBytes) bytes.")
        }
        return framingFault(fields, minorVersion: request.minorVersion)
            ?? hostFault(request)
            ?? expectationFault(fields, minorVersion: request.minorVersion)
            ?? lengthFault(fields, limit: configuration.maximumBodyBytes)
    }

    /// What two servers on one connection could read in two ways is read by none.
    private static func framingFault(_ fields: RequestFields, minorVersion: Int) -> RequestFault? {
        if fields.transferEncodingCount > 0 {
            guard fields.contentLengthCount == 0 else {
                return RequestFault(.invalidRequest, "Content-Length and Transfer-Encoding exclude each other.")
            }
            guard fields.transferEncodingCount == 1, fields.transferEncoding?.lowercased() == "chunked",
                minorVersion >= 1
            else {
                return RequestFault(.invalidRequest, "The only Transfer-Encoding here is chunked, in HTTP/1.1.")
            }
        }
        if fields.contentLengthCount > 0 {
            guard fields.contentLengthCount == 1, let text = fields.contentLength, !text.isEmpty,
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
    private static func expectationFault(_ fields: RequestFields, minorVersion: Int) -> RequestFault? {
        guard let expect = fields.expect, minorVersion >= 1, expect.lowercased() != "100-continue" else { return nil }
        return RequestFault(.invalidRequest, "The only expectation met here is 100-continue.", status: 417)
    }

    private static func lengthFault(_ fields: RequestFields, limit: Int) -> RequestFault? {
        guard let text = fields.contentLength, (Int(text) ?? Int.max) > limit else { return nil }
        return bodyTooLarge(limit)
    }

    static func bodyTooLarge(_ limit: Int) -> RequestFault {
        RequestFault(.payloadTooLarge, "The body is larger than \(limit) bytes.")
    }
}

internal import NIOCore
internal import NIOHTTP1
internal import TaskModel

/// How requests arrive, part by part, and how bad ones are turned away.
extension ConnectionHandler {
    /// Looks at bytes before the parser does; false keeps them from it.
    func takes(_ bytes: ByteBuffer) -> Bool {
        guard takesInput else {
            lingeredBytes += bytes.readableBytes
            if phase == .lingering, lingeredBytes > Self.maximumLingerBytes { abort() }
            return false
        }
        if !isReceiving {
            // Some old clients send a line end behind a body; it begins no request.
            let view = bytes.readableBytesView
            if view.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) { return true }
            beginReceiving()
        }
        receivedBytes += bytes.readableBytes
        if !targetIsWhole {
            let line = bytes.withUnsafeReadableBytes {
                $0.assumingMemoryBound(to: UInt8.self).position(of: UInt8(ascii: "\n"))
            }
            targetBytes += line ?? bytes.readableBytes
            targetIsWhole = line != nil
        }
        let limit = arriving?.maximumBodyBytes(core.configuration) ?? core.configuration.maximumBodyBytes
        guard receivedBytes <= core.maximumRequestBytes(withBodyOf: limit) else {
            refuse(RequestChecks.bodyTooLarge(limit))
            return false
        }
        return true
    }

    /// A request begins, and the time for it.
    private func beginReceiving() {
        isReceiving = true
        receivedBytes = 0
        targetBytes = 0
        targetIsWhole = false
        arrivedAt = .now()
        deadline = .request(arrivedAt + core.requestTime)
    }

    func headArrived(_ head: HTTPRequestHead) {
        if !isReceiving {
            // It came in one read with the end of the request before it, so that its bytes were counted as that one's.
            beginReceiving()
            targetIsWhole = true
        }
        let request = ReceivedRequest(
            method: HTTPMethod(head.method),
            target: head.uri,
            fields: head.headers,
            minorVersion: head.version.minor,
            randomness: core.randomness
        )
        let expects = request.fields.expect != nil && head.version.minor >= 1 && request.hasBody
        core.metrics.requestBegan()
        exchanges.begin(
            ExchangeQueue.Exchange(
                requestID: request.id,
                trace: request.trace,
                method: request.method,
                arrivedAt: arrivedAt,
                isHead: head.method == .HEAD,
                minorVersion: head.version.minor,
                // The parser stops behind a request for another protocol, which is answered as if it had not asked.
                keepsAlive: head.isKeepAlive && !request.fields.hasUpgrade && head.method != .CONNECT,
                instance: request.target?.path
            ),
            owesContinue: expects
        )
        arriving = request
        if let fault = RequestChecks.fault(in: request, configuration: core.configuration) {
            refuse(fault)
        } else if exchanges.count > Self.maximumQueued {
            refuse(RequestFault(.overloaded, "Too many requests are queued on this connection."))
        } else if expects {
            advance()
        }
    }

    func bodyArrived(_ bytes: ByteBuffer) {
        guard let request = arriving else { return }
        request.body.append(contentsOf: bytes.readableBytesView)
        let limit = request.maximumBodyBytes(core.configuration)
        if request.body.count > limit { refuse(RequestChecks.bodyTooLarge(limit)) }
    }

    func requestArrived() {
        guard let request = arriving else { return }
        arriving = nil
        isReceiving = false
        deadline = .none
        exchanges.arrived(request)
        if !exchanges.youngestKeepsAlive { takesInput = false }
        advance()
    }

    /// Answers the request that is arriving, or the bytes that should have become one, and closes behind it.
    func refuse(_ fault: RequestFault) {
        guard takesInput else { return }
        takesInput = false
        lingers = true
        isReceiving = false
        deadline = .none
        if !exchanges.isArriving {
            core.metrics.requestBegan()
            exchanges.begin(
                ExchangeQueue.Exchange(
                    requestID: .made(core.randomness()),
                    arrivedAt: receivedBytes > 0 ? arrivedAt : .now(),
                    isHead: false,
                    minorVersion: 1,
                    keepsAlive: false,
                    instance: nil
                ),
                owesContinue: false
            )
        }
        if let request = exchanges.youngest {
            exchanges.refuseArriving(answer(fault.error, to: request, status: fault.status))
        }
        arriving = nil
        advance()
    }

    private func answer(_ error: GatewayError, to request: ExchangeQueue.Exchange, status: Int?) -> HTTPAnswer {
        var error = error
        if error.code == .overloaded { error.retryAfter = .seconds(1) }
        var answer = ProblemRendering.answer(
            error,
            instance: request.instance,
            requestID: request.requestID,
            status: status
        )
        answer.closes = true
        return answer
    }

    func parserFailed(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow where !targetIsWhole || targetBytes > core.configuration.maximumTargetBytes:
            refuse(
                RequestFault(.uriTooLong, "The target is longer than \(core.configuration.maximumTargetBytes) bytes.")
            )
        case .headerOverflow:
            refuse(
                RequestFault(
                    .headersTooLarge,
                    """
                    At most \(GatewayServer.Configuration.maximumHeaderFields) header fields are taken, \
                    of \(GatewayServer.Configuration.maximumHeaderFieldBytes) bytes each \
                    and \(core.configuration.maximumHeaderBytes) bytes together.
                    """
                )
            )
        case .invalidEOFState:
            refuse(RequestFault(.invalidRequest, "The request ended before it was whole."))
        default:
            refuse(RequestFault(.invalidRequest, "The request is not well-formed HTTP/1.1."))
        }
    }

    func clientClosedItsSide() {
        inputClosed = true
        takesInput = false
        isReceiving = false
        switch phase {
        case .open:
            guard !exchanges.isEmpty else { return abort() }
            probeDeadline = .now() + Self.halfClosedTime
        // The last answer leaves first.
        case .closing: break
        case .lingering, .closed: abort()
        }
    }
}

extension HTTPMethod {
    /// Nil for a method that no path here takes.
    init?(_ method: NIOHTTP1.HTTPMethod) {
        switch method {
        case .GET: self = .get
        case .HEAD: self = .head
        case .POST: self = .post
        case .PUT: self = .put
        case .PATCH: self = .patch
        case .DELETE: self = .delete
        case .OPTIONS: self = .options
        default: return nil
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        self = .nanoseconds(duration.nanoseconds)
    }
}

internal import GatewayCore
internal import NIOCore
internal import TaskModel

/// What happens to a connection by the clock, and when the gateway stops.
extension ConnectionHandler {
    /// Does what is due; called several times in the shortest of the times that are kept.
    func check(_ now: NIODeadline) {
        if let writeDeadline, writeDeadline <= now { return abort() }
        if let probeDeadline, probeDeadline <= now { probe() }
        switch deadline {
        case .none: break
        case .handshake(let time): if time <= now { abort() }
        case .idle(let time): if time <= now { abort() }
        case .closing(let time): if time <= now { abort() }
        case .request(let time):
            // While we do not read, the client cannot be late.
            guard time <= now, isReceiving, !isReadHeld else { return }
            refuse(RequestFault(.requestTimeout, "The request did not arrive within the time for it."))
        }
    }

    /// Learns whether a client that closed its side is still there.
    ///
    /// A client that only closed its sending side and one that went away look the same, until something is written:
    /// then the system of one that went away says so, and its place is given up. An interim response is the one thing
    /// that may be written before the answer, and clients pass over it.
    private func probe() {
        probeDeadline = nil
        if let stream, stream.hasBegun { return stream.beat() }
        guard phase == .open, exchanges.oldestTakesInterim else { return }
        writeContinue()
        flush()
    }

    /// The gateway drains, and no request has come: nothing is left to do here.
    func closeIfResting() {
        guard phase == .open, exchanges.isEmpty, !isReceiving, context?.channel.isActive == true else { return }
        abort()
    }

    /// The time for draining is over: what has no answer gets `shutting_down`.
    func cutOff() {
        guard phase == .open else { return }
        guard !exchanges.isEmpty, stream == nil else { return abort() }
        if exchanges.isArriving { lingers = true }
        takesInput = false
        isReceiving = false
        arriving = nil
        let givenUp = exchanges.answerAll { request in
            ProblemRendering.answer(
                .gatewayStops,
                instance: request.instance,
                requestID: request.requestID
            )
        }
        release(givenUp)
        advance()
    }
}

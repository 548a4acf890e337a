internal import Synchronization

/// Holds a call for the cancellation handler, which may run before the call has started.
final class CallBox: Sendable {
    private enum State {
        case waiting
        case holding(any UpstreamCall)
        case abandoned
    }

    private let state = Mutex(State.waiting)

    func hold(_ call: any UpstreamCall) {
        let wasAbandoned = state.withLock { state in
            guard case .waiting = state else { return true }
            state = .holding(call)
            return false
        }
        if wasAbandoned { call.abandon() }
    }

    func abandon() {
        let held = state.withLock { state -> (any UpstreamCall)? in
            defer { state = .abandoned }
            guard case .holding(let call) = state else { return nil }
            return call
        }
        held?.abandon()
    }
}

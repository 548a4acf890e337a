internal import NIOCore
internal import Synchronization

/// What a scripted server has seen, for any thread to read and to wait for.
final class ScriptedNotes: Sendable {
    struct State {
        var requests: [ScriptedRequest] = []
        var connectionCount = 0
        var closedCount = 0
        var mostOpen = 0
        var sentBytes = 0
        var channels: [ObjectIdentifier: any Channel] = [:]
        var waiters: [Waiter] = []
    }

    struct Waiter {
        let isMet: @Sendable (borrowing State) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())

    var requests: [ScriptedRequest] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }
    var openConnectionCount: Int { state.withLock { $0.connectionCount - $0.closedCount } }
    var mostOpen: Int { state.withLock { $0.mostOpen } }
    var sentBytes: Int { state.withLock { $0.sentBytes } }
    var openChannels: [any Channel] { state.withLock { Array($0.channels.values) } }

    /// Returns the connection's number.
    func opened(_ channel: any Channel) -> Int {
        change { state in
            state.channels[ObjectIdentifier(channel)] = channel
            state.connectionCount += 1
            state.mostOpen = max(state.mostOpen, state.connectionCount - state.closedCount)
            return state.connectionCount - 1
        }
    }

    func closed(_ channel: any Channel) {
        change { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.closedCount += 1
        }
    }

    func received(_ request: ScriptedRequest) {
        change { $0.requests.append(request) }
    }

    func sent(_ count: Int) {
        state.withLock { $0.sentBytes += count }
    }

    func wait(until isMet: @escaping @Sendable (borrowing State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMetNow = state.withLock { state in
                if isMet(state) { return true }
                state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
                return false
            }
            if isMetNow { continuation.resume() }
        }
    }

    private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, met) = state.withLock { state -> (Value, [Waiter]) in
            let value = body(&state)
            var met: [Waiter] = []
            var unmet: [Waiter] = []
            for waiter in state.waiters {
                if waiter.isMet(state) { met.append(waiter) } else { unmet.append(waiter) }
            }
            state.waiters = unmet
            return (value, met)
        }
        for waiter in met { waiter.continuation.resume() }
        return value
    }
}

internal import CCurl

/// One of a loop's multi handles: its connections, and the transfers that run on it.
///
/// Used on the loop's thread alone. The loop closes it; only then may it be released.
final class MultiHandle {
    /// Which of the loop's handles this is.
    let ordinal: Int
    private let pointer: OpaquePointer
    private let poller: Poller
    /// When libcurl wants to be called, socket or not.
    private(set) var deadline: MonotonicTime?
    private(set) var running: [Transfer] = []
    /// Transfers may have ended since the last look.
    private(set) var hasNews = false

    struct Limits {
        let connectionsPerHost: Int
        let connectionsKept: Int
    }

    init(ordinal: Int, limits: Limits, poller: Poller) throws(CurlSetupError) {
        guard let pointer = ccurl_multi_make() else { throw CurlSetupError("libcurl has no memory") }
        self.ordinal = ordinal
        self.pointer = pointer
        self.poller = poller
        let context = Unmanaged.passUnretained(self).toOpaque()
        let isSet =
            ccurl_multi_set_on_socket(
                pointer,
                { _, descriptor, interest, context, _ in
                    guard let multi = MultiHandle.from(context) else { return 0 }
                    multi.poller.want(interest, on: descriptor, for: multi.ordinal)
                    return 0
                },
                context
            )
            && ccurl_multi_set_on_timer(
                pointer,
                { _, milliseconds, context in
                    MultiHandle.from(context)?.setTimer(milliseconds: milliseconds)
                    return 0
                },
                context
            )
            && ccurl_multi_set_connections_per_host(pointer, limits.connectionsPerHost)
            && ccurl_multi_set_connections_kept(pointer, limits.connectionsKept)
            && ccurl_multi_set_no_multiplexing(pointer)
        guard isSet else {
            ccurl_multi_free(pointer)
            throw CurlSetupError("libcurl refuses an option of a multi handle")
        }
    }

    /// Closes the connections.
    ///
    /// No transfer may run, and nothing may be called afterwards.
    func close() {
        ccurl_multi_free(pointer)
    }

    /// Starts a transfer: libcurl asks for a timer at once, and does the rest when that fires.
    func add(_ transfer: Transfer, _ easy: EasyHandle) -> Bool {
        guard ccurl_multi_add(pointer, easy.pointer) else { return false }
        transfer.run?.position = running.count
        running.append(transfer)
        return true
    }

    /// Stops a transfer, ended or not.
    ///
    /// The connection of one that is not is closed.
    func remove(_ transfer: Transfer) {
        guard let run = transfer.run else { return }
        ccurl_multi_remove(pointer, run.easy.pointer)
        let last = running.removeLast()
        guard last !== transfer else { return }
        running[run.position] = last
        last.run?.position = run.position
    }

    /// False when libcurl failed.
    func socketReady(_ socket: Poller.ReadySocket) -> Bool {
        hasNews = true
        return ccurl_multi_socket_ready(pointer, socket.descriptor, socket.readiness)
    }

    /// False when libcurl failed.
    func timerFired() -> Bool {
        hasNews = true
        // A timer fires once. What libcurl wants next it says during the call.
        deadline = nil
        return ccurl_multi_timer_fired(pointer)
    }

    /// The next transfer that ended, with libcurl's result code; nil when there is none for now.
    func nextEnded() -> (easy: EasyHandle, code: Int32)? {
        var code: Int32 = 0
        guard let ended = ccurl_multi_next_ended(pointer, &code), let easy = EasyHandle.from(ccurl_get_private(ended))
        else {
            hasNews = false
            return nil
        }
        return (easy, code)
    }

    private func setTimer(milliseconds: Int) {
        deadline = milliseconds < 0 ? nil : MonotonicTime.now().advanced(byMilliseconds: milliseconds)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> MultiHandle? {
        guard let context else { return nil }
        return Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
    }
}

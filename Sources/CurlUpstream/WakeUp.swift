internal import CCurl
internal import Glibc

/// Wakes a loop that sleeps, from any thread.
final class WakeUp: Sendable {
    /// Owned; closed with this object.
    let descriptor: Int32

    init() throws(CurlSetupError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw CurlSetupError("no eventfd: error \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func signal() {
        // The counter is never read: the poller waits for its edges, and it takes 2^64 signals to overflow.
        _ = eventfd_write(descriptor, 1)
    }
}

internal import CPostgres
internal import Glibc

/// Wakes a thread that sleeps in `poll`, from any thread.
final class WakeUp: Sendable {
    /// Owned; closed with this object.
    private let descriptor: Int32

    init() throws(DatabaseError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .unreadable("no eventfd: error \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func signal() {
        // It takes 2^64 signals to overflow.
        _ = eventfd_write(descriptor, 1)
    }

    /// Sleeps until a signal, until `socket` has something to read, or until `end`; nil is no end.
    ///
    /// Returns whether the socket has. Signals before the call count, too.
    func sleep(besides socket: Int32? = nil, until end: ContinuousClock.Instant? = nil) -> Bool {
        var sources = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        if let socket { sources.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&sources, nfds_t(sources.count), end?.millisecondsLeft ?? -1)
        var count: UInt64 = 0
        if sources[0].revents != 0 { _ = eventfd_read(descriptor, &count) }
        return sources.count > 1 && sources[1].revents != 0
    }
}

extension ContinuousClock.Instant {
    /// Rounded up, so that whoever sleeps that long does not wake too early.
    var millisecondsLeft: Int32 {
        let left = ContinuousClock.now.duration(to: self)
        guard left > .zero else { return 0 }
        return Int32(clamping: left.milliseconds + 1)
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        return isTooLong ? (seconds < 0 ? .min : .max) : whole + attoseconds / 1_000_000_000_000_000
    }
}

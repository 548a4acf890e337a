internal import CCurl
internal import Glibc

/// What libcurl tells of sockets, for routes of either reach.
struct SocketHooks {
    let anywhere = UnsafeMutablePointer<ccurl_socket_hooks>.allocate(capacity: 1)
    let publicAddresses = UnsafeMutablePointer<ccurl_socket_hooks>.allocate(capacity: 1)

    fileprivate func initialize(_ hooks: ccurl_socket_hooks) {
        anywhere.initialize(to: hooks)
        publicAddresses.initialize(to: hooks)
        publicAddresses.pointee.is_public_only = true
    }

    fileprivate func deallocate() {
        anywhere.deallocate()
        publicAddresses.deallocate()
    }
}

/// One epoll for all the sockets of a loop, and for what wakes it.
///
/// A connection that libcurl no longer asks about stays registered: it is about to be used again, and most requests
/// then need no `epoll_ctl` at all. Used on the loop's thread alone.
final class Poller {
    /// A socket that libcurl waits for.
    struct ReadySocket {
        let descriptor: Int32
        let readiness: Int32
        /// The multi handle that waits.
        let owner: Int
    }

    /// For the options of every handle; they live as long as this object, which must outlive all connections.
    let socketHooks: SocketHooks
    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    /// By descriptor.
    private var sockets: [Socket] = []
    private static let eventLimit = 256

    private struct Socket {
        /// Opened and closed under our eyes.
        ///
        /// libcurl also opens others, for name look-ups, and closes them untold.
        var isConnection = false
        var owner = 0
        var wanted: UInt32 = 0
        /// What epoll was last told; 0 is "not registered".
        var registered: UInt32 = 0
        /// Tells an event of this socket from one of its predecessor with the same number.
        var generation: UInt32 = 0
    }

    init(wakeUp: WakeUp) throws(CurlSetupError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw CurlSetupError("no epoll: error \(errno)") }
        events = .allocate(capacity: Self.eventLimit)
        socketHooks = SocketHooks()
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = UInt64(wakeUp.descriptor)
        let outcome = epoll_ctl(descriptor, EPOLL_CTL_ADD, wakeUp.descriptor, &event)
        socketHooks.initialize(
            ccurl_socket_hooks(
                context: Unmanaged.passUnretained(self).toOpaque(),
                opened: { context, descriptor in Poller.from(context)?.opened(descriptor) },
                closing: { context, descriptor in Poller.from(context)?.closing(descriptor) },
                is_public_only: false
            )
        )
        guard outcome == 0 else { throw CurlSetupError("no epoll for an eventfd: error \(errno)") }
    }

    deinit {
        close(descriptor)
        events.deallocate()
        socketHooks.deallocate()
    }

    /// Waits for sockets or a wake-up; nil waits without end.
    ///
    /// Returns how many `readySocket(at:)` can tell.
    func wait(milliseconds: Int?) -> Int {
        let timeout = milliseconds.map { Int32(clamping: $0) } ?? -1
        return max(0, Int(epoll_wait(descriptor, events, Int32(Self.eventLimit), timeout)))
    }

    /// Nil when there is nothing for libcurl in it.
    func readySocket(at index: Int) -> ReadySocket? {
        let event = events[index]
        let number = Int32(truncatingIfNeeded: event.data.u64 & 0xffff_ffff)
        let position = Int(number)
        guard position < sockets.count, sockets[position].registered != 0 else { return nil }
        let socket = sockets[position]
        guard socket.generation == UInt32(event.data.u64 >> 32) else { return nil }
        guard socket.wanted != 0 else {
            // The provider closed an idle connection; libcurl finds out when it wants to use it. Until then this
            // would wake the loop again and again.
            unregister(number)
            return nil
        }
        return ReadySocket(descriptor: number, readiness: Self.readiness(of: event.events), owner: socket.owner)
    }

    /// What libcurl waits for from now on.
    func want(_ interest: Int32, on number: Int32, for owner: Int) {
        grow(toHold: number)
        let position = Int(number)
        let mask = Self.mask(of: interest)
        sockets[position].owner = owner
        sockets[position].wanted = mask
        if sockets[position].isConnection {
            guard mask != 0, mask != sockets[position].registered else { return }
            register(number, mask)
        } else if mask == 0 {
            unregister(number)
        } else {
            // Such a descriptor may have been closed and opened again since: what is noted of it proves nothing.
            register(number, mask)
        }
    }

    /// A connection's socket is new: whatever is noted of its number is of another.
    func opened(_ number: Int32) {
        grow(toHold: number)
        let generation = sockets[Int(number)].generation
        sockets[Int(number)] = Socket(isConnection: true, generation: generation &+ 1)
    }

    /// A connection's socket is about to be closed.
    func closing(_ number: Int32) {
        grow(toHold: number)
        if sockets[Int(number)].registered != 0 { unregister(number) }
        let generation = sockets[Int(number)].generation
        sockets[Int(number)] = Socket(generation: generation &+ 1)
    }

    /// The socket may be registered, or not be, in spite of what is noted: libcurl closes some without a word, and
    /// their numbers come back.
    ///
    /// So either answer of the kernel leads to the other attempt.
    private func register(_ number: Int32, _ mask: UInt32) {
        let position = Int(number)
        var event = epoll_event()
        event.events = mask
        event.data.u64 = UInt64(UInt32(bitPattern: number)) | UInt64(sockets[position].generation) << 32
        let first = sockets[position].registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        var outcome = epoll_ctl(descriptor, first, number, &event)
        if outcome != 0, first == EPOLL_CTL_ADD, errno == EEXIST {
            outcome = epoll_ctl(descriptor, EPOLL_CTL_MOD, number, &event)
        } else if outcome != 0, first == EPOLL_CTL_MOD, errno == ENOENT {
            outcome = epoll_ctl(descriptor, EPOLL_CTL_ADD, number, &event)
        }
        // A closed descriptor (EBADF) has nothing to wait for, and libcurl's own timeouts bound what is left.
        sockets[position].registered = outcome == 0 ? mask : 0
    }

    private func unregister(_ number: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, number, &event)
        sockets[Int(number)].registered = 0
    }

    private func grow(toHold number: Int32) {
        let missing = Int(number) + 1 - sockets.count
        guard missing > 0 else { return }
        sockets.append(contentsOf: repeatElement(Socket(), count: missing))
    }

    private static func mask(of interest: Int32) -> UInt32 {
        switch Int(interest) {
        case CCURL_INTEREST_READ: EPOLLIN.rawValue
        case CCURL_INTEREST_WRITE: EPOLLOUT.rawValue
        case CCURL_INTEREST_BOTH: EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: 0
        }
    }

    /// An error comes with "readable": libcurl then reads, and learns what the error is.
    private static func readiness(of events: UInt32) -> Int32 {
        var readiness: Int32 = 0
        if events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { readiness |= CCURL_READY_READ }
        if events & EPOLLOUT.rawValue != 0 { readiness |= CCURL_READY_WRITE }
        if events & EPOLLERR.rawValue != 0 { readiness |= CCURL_READY_ERROR }
        return readiness
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Poller? {
        guard let context else { return nil }
        return Unmanaged<Poller>.fromOpaque(context).takeUnretainedValue()
    }
}

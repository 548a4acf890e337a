internal import CCurl
internal import Glibc

/// The thread of a loop.
// Safety: the identifier is a constant.
final class LoopThread: @unchecked Sendable {
    private let identifier: pthread_t

    /// Starts a thread that runs the loop until its mailbox is closed.
    init(running loop: CurlLoop, name: String) throws(CurlSetupError) {
        // Signals are for others: the threads that libcurl starts for name look-ups inherit that.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(loop).toOpaque()
        let outcome = pthread_create(
            &identifier,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        guard outcome == 0 else {
            Unmanaged<CurlLoop>.fromOpaque(context).release()
            throw CurlSetupError("no thread for libcurl: error \(outcome)")
        }
        cloop_name_thread(identifier, name)
        self.identifier = identifier
    }

    /// Waits for the end of the thread; once.
    ///
    /// On that thread itself it lets the thread end on its own.
    func join() {
        if pthread_equal(identifier, pthread_self()) != 0 {
            pthread_detach(identifier)
        } else {
            pthread_join(identifier, nil)
        }
    }
}

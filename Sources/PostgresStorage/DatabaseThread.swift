internal import CProcess
internal import Glibc

/// A thread for what waits for the database; it takes no signals.
enum DatabaseThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that ends with `run`; false where the system has none left.
    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) -> Bool {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(Body(name, run)).toOpaque()
        let outcome = pthread_create(
            &identifier,
            nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                cprocess_name_thread(body.name)
                body.run()
                return nil
            },
            context
        )
        guard outcome == 0 else {
            Unmanaged<Body>.fromOpaque(context).release()
            return false
        }
        pthread_detach(identifier)
        return true
    }
}

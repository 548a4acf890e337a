internal import Glibc

/// A value under a lock, and threads that wait for it to change.
///
/// `Mutex` has no condition to wait for, and the standard library no other lock.
// Safety: the value is touched under the lock alone.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A wall clock that is set must not make a wait longer.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Lets all who wait look again.
    func notify() {
        pthread_cond_broadcast(condition)
    }

    /// Waits while `isEarly` says so, and no longer than `time` where there is one, then runs `body`.
    func wait<Result>(
        atMost time: Duration? = nil,
        while isEarly: (inout Value) -> Bool,
        then body: (inout Value) -> Result
    ) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let time else {
            while isEarly(&value) { pthread_cond_wait(condition, mutex) }
            return body(&value)
        }
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = time.components
        end.tv_sec += Int(seconds)
        end.tv_nsec += Int(attoseconds / 1_000_000_000)
        if end.tv_nsec >= 1_000_000_000 {
            end.tv_sec += 1
            end.tv_nsec -= 1_000_000_000
        }
        while isEarly(&value) {
            if pthread_cond_timedwait(condition, mutex, &end) != 0 { break }
        }
        return body(&value)
    }
}

internal import Glibc

/// Does something 200 times in each of so many threads, and returns how often that was, once they ended.
@discardableResult
func inThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) -> Int {
    let times = 200
    let threads = (0..<count).map { number in
        inThread { for _ in 0..<times { body(number) } }
    }
    for thread in threads { pthread_join(thread, nil) }
    return count * times
}

/// Resumes the calling task from another thread, before the task has come to wait.
func resumed(_ before: @escaping @Sendable () -> Void, andThen after: @escaping @Sendable () -> Void = {}) async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        let thread = inThread {
            before()
            continuation.resume()
            after()
        }
        pthread_detach(thread)
        // Without a lock or a join, which would tell the sanitizer of the order.
        usleep(50_000)
    }
}

private func inThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let failure = pthread_create(&thread, nil, perform, Unmanaged.passRetained(Work(body: body)).toOpaque())
    guard failure == 0 else { fatalError("no thread: \(failure)") }
    return thread
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

private func perform(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let work else { return nil }
    Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body()
    return nil
}

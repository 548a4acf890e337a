internal import Glibc

/// Does something 200 times in each of so many threads, and returns how often that was, once they ended.
@discardableResult
func inThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) -> Int {
    let times = 200
    let threads = (0..<count).map { number in
        let work = Unmanaged.passRetained(Work { for _ in 0..<times { body(number) } })
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, perform, work.toOpaque())
        guard failure == 0 else { fatalError("no thread: \(failure)") }
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
    return count * times
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

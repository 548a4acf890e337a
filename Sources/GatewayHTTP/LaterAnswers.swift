internal import Synchronization

/// Keeps count of the answers that asynchronous methods are making: no more than so many at once, and none that comes
/// back when its event loop is gone.
final class LaterAnswers: Sendable {
    static let maximumCount = 256

    private struct State {
        var count = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// Whether one more may be begun; each that was is to be finished.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isOver, state.count < Self.maximumCount else { return false }
            state.count += 1
            return true
        }
    }

    /// Has `hop` bring the answer to its event loop, if that is still there.
    func finish(_ hop: () -> Void) {
        state.withLock { state in
            state.count -= 1
            if !state.isOver { hop() }
        }
    }

    /// The event loops are about to go.
    func end() {
        state.withLock { $0.isOver = true }
    }
}

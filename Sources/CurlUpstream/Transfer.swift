internal import Upstream

/// One call, from `send` to its completion.
// Safety: what is mutable is touched on the loop's thread alone, once the mailbox handed the transfer over, or by the
// thread that made it when the mailbox did not take it; all others see the constants, and `abandon`, which only posts
// to the mailbox.
final class Transfer: UpstreamCall, @unchecked Sendable {
    let request: UpstreamRequest
    private var completion: (@Sendable (Result<UpstreamResponse, UpstreamError>) -> Void)?
    private let mailbox: LoopMailbox

    /// Set from start to end, with all that runs it.
    var run: Run?
    /// Whether the outcome is decided; the completion runs once, right after that.
    private(set) var hasEnded = false

    /// What runs a transfer.
    struct Run {
        let easy: EasyHandle
        let pool: RoutePool
        let multi: MultiHandle
        /// The loop's own deadline, behind libcurl's.
        let deadline: MonotonicTime
        /// Its place in the multi handle's list.
        var position: Int
    }

    init(
        request: UpstreamRequest,
        mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<UpstreamResponse, UpstreamError>) -> Void
    ) {
        self.request = request
        self.mailbox = mailbox
        self.completion = completion
    }

    func abandon() {
        _ = mailbox.post(.abandon(self))
    }

    /// Decides the outcome.
    ///
    /// False when that has been done before.
    func end() -> Bool {
        defer { hasEnded = true }
        return !hasEnded
    }

    /// Tells the caller, once, with no lock held and outside of libcurl.
    ///
    /// What the completion holds is let go of: whoever keeps the call must not keep that. A transfer that no loop took
    /// is completed by the thread that made it.
    func complete(with result: Result<UpstreamResponse, UpstreamError>) {
        guard let completion else { return }
        self.completion = nil
        completion(result)
    }
}

internal import Synchronization
package import Upstream

/// A network that answers as a test says, or when a test says so.
package final class ScriptedTransport: UpstreamTransport {
    package typealias Answer = Result<UpstreamResponse, UpstreamError>

    /// A request that was sent.
    package struct Sent: Sendable {
        package let number: Int
        package let request: UpstreamRequest

        /// The name of the route: the provider and the operation.
        package var name: String { request.route.name }
    }

    private struct State {
        var sent: [Sent] = []
        var open: [Int: @Sendable (Answer) -> Void] = [:]
        var script: @Sendable (Sent) -> Answer?
    }

    private let state: Mutex<State>

    /// `script` answers each request at once; where it returns nil, the request stays open until `answer` is called.
    package init(_ script: @escaping @Sendable (Sent) -> Answer? = { _ in nil }) {
        state = Mutex(State(script: script))
    }

    /// Everything that was sent so far, in order.
    package var sent: [Sent] { state.withLock { $0.sent } }

    /// What was sent and has no answer yet, in order.
    package var open: [Sent] { state.withLock { state in state.sent.filter { state.open[$0.number] != nil } } }

    @discardableResult
    package func send(
        _ request: UpstreamRequest,
        completion: @escaping @Sendable (Answer) -> Void
    ) -> any UpstreamCall {
        let (sent, script) = state.withLock { state in
            let sent = Sent(number: state.sent.count, request: request)
            state.sent.append(sent)
            state.open[sent.number] = completion
            return (sent, state.script)
        }
        if let answer = script(sent) { self.answer(sent, answer) }
        return ScriptedCall(transport: self, sent: sent)
    }

    /// Answers a request that is open.
    package func answer(_ sent: Sent, _ answer: Answer) {
        let completion = state.withLock { $0.open.removeValue(forKey: sent.number) }
        completion?(answer)
    }

    /// Answers the oldest open request with a status and a body.
    package func answerNext(_ status: Int = 200, _ body: String, headers: [UpstreamHeader] = []) {
        guard let next = open.first else { return }
        answer(next, .success(UpstreamResponse(status: status, headers: headers, body: Array(body.utf8))))
    }

    /// Lets the oldest open request fail.
    package func failNext(_ error: UpstreamError) {
        guard let next = open.first else { return }
        answer(next, .failure(error))
    }
}

/// A call that a test holds.
private struct ScriptedCall: UpstreamCall {
    let transport: ScriptedTransport
    let sent: ScriptedTransport.Sent

    func abandon() {
        transport.answer(sent, .failure(UpstreamError(.abandoned, mayHaveArrived: true, detail: "abandoned")))
    }
}

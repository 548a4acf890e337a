internal import TaskModel

/// An answer that an asynchronous method makes.
struct LaterAnswer: Sendable {
    private let make: @Sendable () async -> Result<HTTPAnswer, GatewayError>
    private let instance: Substring
    private let requestID: RequestID
    private var finish: @Sendable (inout HTTPAnswer) -> Void = { _ in }

    init(
        to request: ReceivedRequest,
        at path: Substring,
        _ make: @escaping @Sendable () async throws(GatewayError) -> HTTPAnswer
    ) {
        self.make = { () async -> Result<HTTPAnswer, GatewayError> in
            do throws(GatewayError) { return .success(try await make()) } catch { return .failure(error) }
        }
        instance = path
        requestID = request.id
    }

    /// The same, changed at the end.
    func finished(_ finish: @escaping @Sendable (inout HTTPAnswer) -> Void) -> LaterAnswer {
        var later = self
        later.finish = finish
        return later
    }

    /// Makes it; to be called once.
    func answer() async -> HTTPAnswer {
        switch await make() {
        case .success(var answer):
            finish(&answer)
            return answer
        case .failure(let error): return problem(error)
        }
    }

    /// The answer where too many are being made.
    var overloaded: HTTPAnswer {
        problem(
            GatewayError(
                .overloaded,
                "As many requests are asking what is kept of tasks as may.",
                retryAfter: .seconds(1)
            )
        )
    }

    private func problem(_ error: GatewayError) -> HTTPAnswer {
        var answer = ProblemRendering.answer(error, instance: instance, requestID: requestID)
        finish(&answer)
        return answer
    }
}

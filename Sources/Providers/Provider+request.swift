internal import JSON
package import TaskModel
package import Upstream

/// What a request needs beside the task's id.
package struct RequestValues: Sendable {
    /// Why the caller cancels.
    package var reason: String?
    /// The title that the caller gives.
    package var title: String?
    /// The status answer that was read first.
    package var statusAnswer: [UInt8]?

    package init(reason: String? = nil, title: String? = nil, statusAnswer: [UInt8]? = nil) {
        self.reason = reason
        self.title = title
        self.statusAnswer = statusAnswer
    }
}

extension Provider {
    /// Makes the request of an operation.
    ///
    /// Throws `unsupported_operation` where the provider has none, `invalid_task_id` for an id that cannot be this
    /// provider's or cannot stand in a request, and `provider_bad_response` where the status answer lacks a value that
    /// the request needs.
    package func request(
        _ operation: Operation,
        for id: TaskID,
        _ values: RequestValues = RequestValues()
    ) throws(GatewayError) -> UpstreamRequest {
        guard let call = calls[operation] else { throw unsupported(operation) }
        guard let parts = parts(of: id.native) else { throw invalidID() }
        var answer: JSONElement?
        if call.definition.usesStatusAnswer {
            answer = values.statusAnswer.flatMap { try? JSONDocument($0).root }
        }
        func value(_ source: HoleSource) -> String? {
            switch source {
            case .part(let index): parts[index]
            case .reason: values.reason.flatMap { $0.isEmpty ? nil : $0 } ?? "cancelled through Taskgate"
            case .title: values.title
            case .status(let pointer): answer?.first(at: pointer)?.writtenScalar
            case .variable: nil
            }
        }
        do throws(HoleError) {
            var target = ""
            try call.target.render(into: &target, value)
            var headers: [UpstreamHeader] = []
            for (name, template) in call.headers {
                var text = ""
                try template.render(into: &text, value)
                headers.append(UpstreamHeader(name, text))
            }
            // Without a body, what changes something still says its length, which is 0 (RFC 9110, section 8.6).
            let saysLength = ["POST", "PUT", "PATCH"].contains(call.definition.method)
            let body = try call.definition.body?.render(value) ?? (saysLength ? [] : nil)
            return UpstreamRequest(route: call.route, target: target, headers: headers, body: body)
        } catch {
            switch error {
            case .empty(.status(let pointer)):
                throw GatewayError(
                    .providerBadResponse,
                    "The status answer of \(definition.title) has nothing at \(pointer), which its \(operation.rawValue) needs.",
                    provider: name
                )
            case .empty(.reason), .empty(.title), .unfit(_, .reason), .unfit(_, .title):
                throw GatewayError(
                    .invalidRequest,
                    "\(definition.title) does not take this text: it must hold no control characters.",
                    provider: name
                )
            case .empty, .unfit: throw invalidID()
            }
        }
    }

    /// The error for an operation that this provider does not have.
    package func unsupported(_ operation: Operation) -> GatewayError {
        GatewayError(
            .unsupportedOperation,
            "\(definition.title) has no call to \(operation.rawValue) a task.",
            provider: name
        )
    }

    /// The error for an id that cannot be this provider's.
    package func invalidID() -> GatewayError {
        GatewayError(
            .invalidTaskID,
            "This cannot be a task of \(definition.title): its ids look like \(name):\(definition.exampleID).",
            provider: name
        )
    }
}

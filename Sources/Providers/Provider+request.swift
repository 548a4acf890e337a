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
    /// Makes the request of an operation, with `key` where callers bring theirs.
    ///
    /// Throws `unsupported_operation` where the provider has none, `invalid_task_id` for an id that cannot be this
    /// provider's or cannot stand in a request, and `provider_bad_response` where the status answer lacks a value that
    /// the request needs.
    package func request(
        _ operation: Operation,
        for id: TaskID,
        _ values: RequestValues? = nil,
        with key: CallerKey? = nil
    ) throws(GatewayError) -> UpstreamRequest {
        guard let call = call(operation) else { throw unsupported(operation) }
        guard owns(id.native) else { throw invalidID() }
        let answer = call.usesStatusAnswer ? values?.statusAnswer.flatMap { try? JSONDocument($0).root } : nil
        func value(_ source: HoleSource) -> String? {
            switch source {
            case .part(let index): definition.parts.text(of: index, in: id.native)
            case .reason: values?.reason.flatMap { $0.isEmpty ? nil : $0 } ?? "cancelled through Taskgate"
            case .title: values?.title
            case .status(let pointer): answer?.first(at: pointer)?.writtenScalar
            case .variable: nil
            }
        }
        do throws(HoleError) {
            var target = try call.target.render(value)
            var headers: [UpstreamHeader] = []
            switch key?.credential {
            case .header(let header): headers.append(header)
            case .query(let pair): target += (target.contains("?") ? "&" : "?") + pair.literal
            case nil: break
            }
            for (name, template) in call.headers { headers.append(UpstreamHeader(name, try template.render(value))) }
            let body = try call.body(value)
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

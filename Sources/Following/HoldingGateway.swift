package import GatewayCore
package import Metrics
package import TaskModel

/// A gateway whose tasks show the cancels that are held for them.
package final class HoldingGateway: TaskAnswering {
    private let gateway: any TaskAnswering
    private let holds: HeldCancels

    package init(_ gateway: any TaskAnswering, _ holds: HeldCancels) {
        self.gateway = gateway
        self.holds = holds
    }

    package func locate(
        _ text: String,
        provider: String?,
        among allowed: Set<String>?
    ) throws(GatewayError) -> TaskID {
        try gateway.locate(text, provider: provider, among: allowed)
    }

    package func forget(_ ticket: TaskTicket) { gateway.forget(ticket) }

    package func providers() -> [ProviderReport] { gateway.providers() }

    package func write(to text: inout MetricsText) { gateway.write(to: &text) }

    @discardableResult
    package func ask(_ question: TaskQuestion, reply: @escaping TaskReply) -> TaskTicket {
        // What a caller's own key shows of a task is none of the others' business, nor the other way round.
        if holds.isEmpty || question.providerKey != nil { return gateway.ask(question, reply: reply) }
        let holds = holds
        return gateway.ask(question) { reply($0.map { holds.show(in: $0) }, $1) }
    }
}

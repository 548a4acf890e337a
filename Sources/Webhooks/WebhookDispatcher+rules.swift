package import Clients
internal import TaskModel
internal import TaskStorage

extension WebhookDispatcher {
    /// What a reading of the configuration says of webhooks.
    package struct Rules: Sendable {
        package var clients: ClientRights
        package var secrets: WebhookSecrets
        package var targets: WebhookTargets
        package var schedule: DeliverySchedule

        package init(
            clients: ClientRights,
            secrets: WebhookSecrets,
            targets: WebhookTargets,
            schedule: DeliverySchedule
        ) {
            self.clients = clients
            self.secrets = secrets
            self.targets = targets
            self.schedule = schedule
        }

        /// Why a delivery is not sent at all, now or later; nil where it is.
        func refusal(of delivery: Delivery) -> String? {
            let provider = delivery.event.task.provider
            guard let client = delivery.client, !clients.allow(client, .watch, at: provider) else { return nil }
            return "Not sent: the configuration has no client \(client) any more that may watch tasks of \(provider)."
        }
    }
}

internal import Clients
internal import Following
internal import TaskModel
internal import TaskStorage

/// Deliveries: what webhooks were sent, or are to be.
extension RequestInterpreter {
    func deliveries(
        _ query: QueryParameters,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        let client = admission?.client
        var filter = DeliveryFilter(audience: audience(of: admission), state: try query.state)
        if let text = query.task {
            let task = try locate(named: text, provider: nil, among: client?.providers)
            request.subject.task = task
            filter.task = task
        }
        let (limit, number) = (try query.limit, try query.numberCursor)
        return later(request, target) { [filter] () async throws(GatewayError) in
            let deliveries = try await following.deliveries(filter, below: number, limit: limit + 1)
            let page = Page(deliveries, limit: limit) { .below($0.number) }
            return DeliveryRendering.list(page.filter { client?.mayUse($0.event.task.provider) ?? true })
        }
    }

    func delivery(
        _ route: Route,
        _ segment: Substring,
        _ request: ReceivedRequest,
        _ target: RequestTarget,
        _ admission: Admission?
    ) throws(GatewayError) -> Decision {
        let following = try requireFollowing()
        if route == .redeliver { try RequestBodies.requireNone(in: request) }
        guard let number = Int64(segment), number > 0, number < .max, String(number) == segment else {
            throw Self.noDelivery
        }
        let audience = audience(of: admission)
        let client = admission?.client
        return later(request, target) { () async throws(GatewayError) in
            let filter = DeliveryFilter(audience: audience)
            // The first below the next number is this one, where it is there at all.
            let found = try await following.deliveries(filter, below: number + 1, limit: 1).first
            guard let found, found.number == number, client?.mayUse(found.event.task.provider) ?? true else {
                throw Self.noDelivery
            }
            guard route == .redeliver else {
                guard let attempts = try await following.attempts(of: number, for: audience) else {
                    throw Self.noDelivery
                }
                return DeliveryRendering.one(found, attempts)
            }
            guard let delivery = try await following.redeliver(number, for: audience) else { throw Self.noDelivery }
            return DeliveryRendering.taken(delivery)
        }
    }

    /// Whose deliveries are shown; nil is everybody's.
    private func audience(of admission: Admission?) -> NewEvent.Audience? {
        guard let client = admission?.client, !client.may(.operate) else { return nil }
        return NewEvent.Audience(client: client.name)
    }

    private static var noDelivery: GatewayError {
        GatewayError(.notFound, "There is no delivery of this number for this client.")
    }
}

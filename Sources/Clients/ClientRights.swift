/// What clients may have done for them while they do not ask.
///
/// What a client wanted earlier outlives the call, its key and its permissions, so it is judged anew when it is done.
package struct ClientRights: Sendable {
    private let clients: [String: Client]

    package init(_ clients: [Client]) {
        self.clients = Dictionary(clients.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a client is there and has a permission for a provider's tasks.
    ///
    /// Nil is whoever asked a gateway without clients, and may everything: no key that could be taken away stands behind it.
    package func allow(_ client: String?, _ permission: ClientPermission, at provider: String) -> Bool {
        guard let client else { return true }
        return clients[client].map { $0.may(permission) && $0.mayUse(provider) } ?? false
    }
}

package import Digests
package import TaskModel

/// What a client may do.
package enum ClientPermission: String, Sendable, Hashable, CaseIterable {
    /// Ask where a task stands.
    case read
    /// Stop a task.
    case cancel
    /// Give a task another title.
    case rename
    /// Follow tasks beyond the call: watches, and their deliveries.
    case watch
    /// See what the gateway does for all: its metrics, and everybody's deliveries.
    case operate
}

/// A caller with a key of its own.
package struct Client: Sendable, Hashable {
    package var name: String
    /// The SHA-256 of its key.
    package var keyDigest: KeyDigest
    /// The providers that it may use; nil is all of them.
    package var providers: Set<String>?
    package var permissions: Set<ClientPermission>
    /// How many requests it may send; nil is as many as it likes.
    package var rate: CallRate?

    package init(
        name: String,
        keyDigest: KeyDigest,
        providers: Set<String>?,
        permissions: Set<ClientPermission>,
        rate: CallRate? = nil
    ) {
        self.name = name
        self.keyDigest = keyDigest
        self.providers = providers
        self.permissions = permissions
        self.rate = rate
    }

    package func may(_ permission: ClientPermission) -> Bool { permissions.contains(permission) }

    /// Whether it may use a provider.
    package func mayUse(_ provider: String) -> Bool { providers?.contains(provider) ?? true }

    /// Whether a text can be a client's name: what can be a provider's.
    package static func isName(_ text: String) -> Bool { TaskID.isProviderName(text) }
}

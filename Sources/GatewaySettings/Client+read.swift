internal import Clients
internal import Digests
internal import Documents
internal import TaskModel

/// Reads clients one after the other, and sees to what no two of them may share.
struct ClientReader {
    private let providers: Set<String>
    /// Where relative paths begin.
    private let folder: String
    /// Of those that have secrets of their own, by their names.
    private(set) var webhookSecrets: [String: WebhookSecretSource] = [:]
    private var names: Set<String> = []
    private var digests: Set<KeyDigest> = []

    private init(providers: Set<String>, folder: String) {
        self.providers = providers
        self.folder = folder
    }

    /// Reads the list of clients; `providers` are the names that are configured.
    static func readAll(
        _ cursor: DocumentCursor,
        providers: Set<String>,
        folder: String
    ) -> (clients: [Client], webhookSecrets: [String: WebhookSecretSource]) {
        guard let elements = cursor.array() else { return ([], [:]) }
        if elements.isEmpty { cursor.fault("must name at least one client; null lets in whoever reaches the gateway") }
        var reader = ClientReader(providers: providers, folder: folder)
        let clients = elements.compactMap { element in element.object { reader.read(&$0) } }
        return (clients, reader.webhookSecrets)
    }

    /// Reads one client; nil after a fault.
    private mutating func read(_ object: inout DocumentObject) -> Client? {
        let name = object.required("name", "it is what a cancel says it was requested by")
            .flatMap { read(name: $0) }
        let digest = object.required("key_sha256", "\"taskgate key\" makes a key and prints it")
            .flatMap { read(digest: $0) }
        let scope = object.required("providers", "it says which the client may use; [\"*\"] is all")
            .flatMap { read(scope: $0) }
        let permissions = object.required("may", "it says what the client may do")
            .flatMap { read(permissions: $0) }
        let rate = object.optional("rate").flatMap { RateSettings(reading: $0) }
        let secret = WebhookSecretSource.read(
            &object,
            "webhook_secret",
            "webhook_previous_secret",
            folder: folder
        )
        if let name, let secret { webhookSecrets[name] = secret }
        guard let name, let digest, let scope, let permissions else { return nil }
        return Client(
            name: name,
            keyDigest: digest,
            providers: scope.providers,
            permissions: permissions,
            rate: rate.map { CallRate(perSecond: $0.perSecond, burst: $0.burst) }
        )
    }

    private mutating func read(name cursor: DocumentCursor) -> String? {
        guard let name = cursor.text() else { return nil }
        guard Client.isName(name) else {
            cursor.fault("a client's name is a lower-case letter, then up to 31 lower-case letters, digits and hyphens")
            return nil
        }
        guard names.insert(name).inserted else {
            cursor.fault("another client has this name")
            return nil
        }
        return name
    }

    /// What cannot be a digest is not repeated, for it may be the key.
    private mutating func read(digest cursor: DocumentCursor) -> KeyDigest? {
        guard let text = cursor.string() else { return nil }
        guard let digest = KeyDigest(hexadecimal: text) else {
            cursor.fault(
                "must be the SHA-256 of the key, 64 lower-case hexadecimal digits, as \"taskgate key --digest\" prints it; "
                    + "a key itself does not belong in this file"
            )
            return nil
        }
        guard digests.insert(digest).inserted else {
            cursor.fault("another client has this key")
            return nil
        }
        return digest
    }

    /// Which providers a client may use.
    private struct Scope {
        /// Nil is all.
        var providers: Set<String>?
    }

    private func read(scope cursor: DocumentCursor) -> Scope? {
        guard let elements = cursor.array() else { return nil }
        guard !elements.isEmpty else {
            cursor.fault("must name a provider; [\"*\"] is all")
            return nil
        }
        var named: Set<String> = []
        var isWhole = true
        for element in elements {
            guard let name = element.text() else {
                isWhole = false
                continue
            }
            if name == "*" {
                if elements.count == 1 { return Scope() }
                element.fault("\"*\" is all providers, and stands alone")
            } else if !providers.contains(name) {
                element.fault("no provider of this name is configured")
            } else if !named.insert(name).inserted {
                element.fault("is there twice")
            } else {
                continue
            }
            isWhole = false
        }
        return isWhole ? Scope(providers: named) : nil
    }

    private func read(permissions cursor: DocumentCursor) -> Set<ClientPermission>? {
        guard let elements = cursor.array() else { return nil }
        guard !elements.isEmpty else {
            let words = ClientPermission.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            cursor.fault("must hold at least one of \(words)")
            return nil
        }
        var permissions: Set<ClientPermission> = []
        var isWhole = true
        for element in elements {
            guard let permission = element.word(ClientPermission.self) else {
                isWhole = false
                continue
            }
            guard !permissions.insert(permission).inserted else { continue }
            element.fault("is there twice")
            isWhole = false
        }
        return isWhole ? permissions : nil
    }
}

internal import Addresses
internal import Documents
internal import JSON

extension StoreSettings {
    /// Nil after a fault.
    init?(reading cursor: DocumentCursor, folder: String) {
        if cursor.element.string == "memory" {
            self = .memory
            return
        }
        guard cursor.element.kind == .object else {
            cursor.fault(#"must be "memory", {"sqlite": PATH} or {"postgres": {"env": NAME}}"#)
            return nil
        }
        let store: StoreSettings? = cursor.object { object in
            switch (object.optional("sqlite"), object.optional("postgres")) {
            case (let file?, nil): return FilePath.read(file, folder: folder).map { .sqlite($0) }
            case (nil, let database?): return CredentialSource(secret: database, folder: folder).map { .postgres($0) }
            case (nil, nil), (_?, _?):
                object.cursor.fault("must name one store: \"sqlite\" or \"postgres\"")
                return nil
            }
        }
        guard let store else { return nil }
        self = store
    }
}

extension WebhookSettings {
    mutating func read(_ object: inout DocumentObject, folder: String) {
        secret = WebhookSecretSource.read(&object, "secret", "previous_secret", folder: folder)
        if let cursor = object.optional("allow") {
            for element in cursor.array() ?? [] {
                guard let text = element.text() else { continue }
                guard let (host, port) = NetworkHost.split(text), port == nil else {
                    element.fault("must be the name or the address of a host, without a port")
                    continue
                }
                allow.insert(host.lowercased())
            }
        }
        object.duration("give_up", in: .seconds(1) ... .seconds(30 * 86_400), into: &giveUp)
    }
}

extension WebhookSecretSource {
    /// Reads a secret and the one before it; nil where there is none, or after a fault.
    static func read(
        _ object: inout DocumentObject,
        _ key: String,
        _ previousKey: String,
        folder: String
    ) -> WebhookSecretSource? {
        let (current, previous) = (object.optional(key), object.optional(previousKey))
        guard let current else {
            previous?.fault("is there to change \"\(key)\", which is missing")
            return nil
        }
        let source = CredentialSource(secret: current, folder: folder)
        let previousSource = previous.flatMap { CredentialSource(secret: $0, folder: folder) }
        guard let source else { return nil }
        return WebhookSecretSource(
            current: source,
            previous: previousSource,
            places: [current.place] + (previous.map { [$0.place] } ?? [])
        )
    }
}

extension FollowingSettings {
    mutating func read(_ object: inout DocumentObject) {
        object.duration("cancel_hold", in: .seconds(1) ... .seconds(30 * 86_400), into: &cancelHold)
        object.duration("claim", in: .seconds(3) ... .seconds(600), into: &claim)
    }
}

extension RetentionSettings {
    mutating func read(_ object: inout DocumentObject) {
        object.optional("events")?.object(into: &events) { $0.read(&$1) }
        object.optional("deliveries")?.object(into: &deliveries) { $0.read(&$1) }
        object.optional("tasks")?.object(into: &tasks) { $0.read(&$1) }
        object.optional("audit")?.object(into: &audit) { $0.read(&$1) }
    }
}

extension RetentionBounds {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        object.duration("age", in: .seconds(60) ... .seconds(3650 * 86_400), into: &age)
        object.integer("count", in: 100...100_000_000, into: &count)
    }
}

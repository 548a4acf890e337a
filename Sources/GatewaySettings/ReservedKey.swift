internal import Documents

/// A key that later versions have and this one does not: named, so that nobody takes it for a spelling mistake.
enum ReservedKey {
    /// Each key at the top of the file, with what to do without it.
    static let sentences: KeyValuePairs = [
        "webhooks": "not in this version: the gateway sends no webhooks yet",
        "metrics_listen": "not in this version: everything is served at \"listen\"",
    ]

    static func refuse(in object: inout DocumentObject) {
        for (key, sentence) in sentences where object.has(key) { object.optional(key)?.fault(sentence) }
    }
}

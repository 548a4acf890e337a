internal import Documents
internal import GatewaySettings
internal import JSON
internal import TaskModel
internal import Webhooks

/// Looks for the secrets that are no provider's: those with which webhooks are signed, and the way to the database.
struct SecretReader {
    /// How the person named the configuration, for the messages.
    let file: String
    var faults: [DocumentFault] = []
    var warnings: [String] = []
    /// All that were found, so that no line of the log shows them.
    var found: [Secret] = []

    init(file: String) {
        self.file = file
    }

    /// The secrets that settings name; those with a mistake are left out.
    mutating func read(_ settings: Settings) -> WebhookSecrets {
        let common = settings.webhooks.secret.flatMap { read($0) }
        var own: [String: WebhookSecrets.Pair] = [:]
        for (client, source) in settings.clientWebhookSecrets { own[client] = read(source) }
        return WebhookSecrets(common: common, own: own)
    }

    private mutating func read(_ source: WebhookSecretSource) -> WebhookSecrets.Pair? {
        guard let place = source.places.first, let current = read(source.current, at: place) else { return nil }
        var pair = WebhookSecrets.Pair(current: current)
        if let previous = source.previous, let place = source.places.last { pair.previous = read(previous, at: place) }
        return pair
    }

    /// How the database is connected to; nil where there is none, or after a mistake.
    mutating func readDatabase(_ settings: StoreSettings) -> Secret? {
        guard case .postgres(let source) = settings, let place = JSONPointer("/store/postgres") else { return nil }
        return look(for: source, at: place)
    }

    private mutating func read(_ source: CredentialSource, at place: JSONPointer) -> WebhookSecret? {
        guard let secret = look(for: source, at: place) else { return nil }
        guard let key = WebhookSecret(secret) else {
            fault(
                "is no secret for webhooks: whsec_ and 24 to 64 bytes in base 64, as \"taskgate key --webhook\" makes one",
                at: place
            )
            return nil
        }
        return key
    }

    private mutating func look(for source: CredentialSource, at place: JSONPointer) -> Secret? {
        switch source.resolve() {
        case .none, .callers: fault("must name where the secret is", at: place)
        case .missing(let step): fault("the secret is missing: \(step)", at: place)
        case .unfit(let problem): fault(problem, at: place)
        case .key(let secret, let warning):
            if let warning { warnings.append("\(file)#\(place): \(warning)") }
            found.append(secret)
            return secret
        }
        return nil
    }

    private mutating func fault(_ problem: String, at place: JSONPointer) {
        faults.append(DocumentFault(file: file, place: place, problem: problem))
    }
}

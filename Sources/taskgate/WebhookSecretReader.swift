internal import Documents
internal import GatewaySettings
internal import JSON
internal import TaskModel
internal import Webhooks

/// Looks for the secrets with which webhooks are signed.
struct WebhookSecretReader {
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

    private mutating func read(_ source: CredentialSource, at place: JSONPointer) -> WebhookSecret? {
        func fault(_ problem: String) -> WebhookSecret? {
            faults.append(DocumentFault(file: file, place: place, problem: problem))
            return nil
        }
        switch source.resolve() {
        case .none, .callers: return fault("must name where the secret is")
        case .missing(let step): return fault("the secret is missing: \(step)")
        case .unfit(let problem): return fault(problem)
        case .key(let secret, let warning):
            guard let key = WebhookSecret(secret) else {
                return fault(
                    "is no secret for webhooks: whsec_ and 24 to 64 bytes in base 64, as \"taskgate key --webhook\" makes one"
                )
            }
            if let warning { warnings.append("\(file)#\(place): \(warning)") }
            found.append(secret)
            return key
        }
    }
}

internal import Addresses
internal import Certificates
internal import Clients
internal import Documents
internal import GatewayCore
internal import GatewayHTTP
internal import GatewaySettings
internal import JSON
internal import Providers
internal import TaskModel
internal import Upstream
internal import Webhooks

/// Everything that a gateway needs, read and checked, before anything is started.
struct GatewayPlan {
    let settings: Settings
    let catalog: ProviderCatalog
    /// Of each provider, by its name.
    let limits: [String: ProviderLimits]
    /// For whom webhooks are sent, how they are signed, where they may go, and for how long they are tried.
    let webhooks: WebhookDispatcher.Rules
    /// How the database is connected to; nil where the store is none.
    let database: Secret?
    private let otherSecrets: [Secret]
    /// What the providers are called with, in each form in which it is sent, what webhooks are signed with, and the way to
    /// the database.
    var secrets: [Secret] {
        otherSecrets
            + catalog.entries.compactMap(\.provider)
            .flatMap { $0.secrets.map { Secret(String(decoding: $0, as: UTF8.self)) } }
    }
    /// What the listener shows over TLS; nil is HTTP without TLS.
    let certificates: ServerCertificates?
    /// Whom all providers are trusted by that name nobody of their own; nil is whom the system trusts.
    let authorities: CertificateList?
    /// What works, but should be known: a key file that others can read, a certificate that has expired.
    let warnings: [String]

    /// Reads the configuration, the definitions that it names, and the keys and certificates that it points to.
    ///
    /// Throws every mistake in all of these files together.
    init(configuration path: String, providers folder: String?) throws(DocumentFaults) {
        guard let file = WholeFile(path: path) else {
            throw DocumentFaults([
                DocumentFault(file: path, place: nil, problem: "cannot be read; name the file with --config")
            ])
        }
        let (settings, faults) = Settings.examine(file.bytes, file: path, folder: file.folder)
        try self.init(
            settings,
            faults: faults,
            file: path,
            definitions: DefinitionFolder.find(named: folder, besideConfiguration: file.folder)
        )
    }

    /// Puts settings, which were read from `file`, together with definitions and with the keys that `resolve` finds.
    ///
    /// `faults` are those that were found in `file` already; they are thrown with what is found here. `now` is when
    /// certificates are to be valid.
    init(
        _ settings: Settings,
        faults: [DocumentFault] = [],
        file: String,
        definitions: DefinitionFolder,
        now: Timestamp = SystemTimekeeper.roughTime(),
        resolve: @escaping (ProviderSettings) -> CredentialSource.Resolution = { $0.credential.resolve() }
    ) throws(DocumentFaults) {
        var reader = ProviderReader(
            file: file,
            definitions: definitions,
            certificates: CertificateReader(file: file, now: now),
            faults: faults,
            resolve: resolve
        )
        let certificates = settings.tls.flatMap { reader.certificates.listener($0) }
        let authorities = reader.certificates.authorities(settings.upstream)
        let entries = settings.providers.compactMap { reader.read($0) }
        var secretReader = SecretReader(file: file)
        let webhookSecrets = secretReader.read(settings)
        let database = secretReader.readDatabase(settings.store)
        let allFaults =
            reader.faults + reader.certificates.faults + secretReader.faults
            + Self.faults(of: settings.store, file: file)
        guard allFaults.isEmpty else { throw DocumentFaults(allFaults) }
        self.settings = settings
        self.certificates = certificates
        self.authorities = authorities
        self.database = database
        otherSecrets = secretReader.found
        webhooks = WebhookDispatcher.Rules(
            clients: ClientRights(settings.clients ?? []),
            secrets: webhookSecrets,
            targets: WebhookTargets(allowed: settings.webhooks.allow),
            schedule: DeliverySchedule(giveUp: settings.webhooks.giveUp)
        )
        catalog = ProviderCatalog(entries)
        // What is beyond waits here, where cancels go first, and not in front of libcurl's connections.
        let connections = settings.upstream.connectionsPerProvider * settings.upstream.threads
        limits = Dictionary(
            settings.providers.compactMap { provider in
                let definition = entries.first { $0.name == provider.name }?.definition
                return definition.map { (provider.name, ProviderLimits(provider.limits, $0, connections: connections)) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        warnings =
            reader.warnings + reader.certificates.warnings + secretReader.warnings
            + Self.warnings(of: settings, file: file)
    }
}

extension GatewayPlan {
    /// A store's file is made where it is not there; its folder is not.
    private static func faults(of store: StoreSettings, file: String) -> [DocumentFault] {
        guard case .sqlite(let path) = store else { return [] }
        let folder = WholeFile.folder(of: path)
        guard !folder.isEmpty, !WholeFile.isFolder(folder) else { return [] }
        let problem = "there is no folder \(folder); make it, or name a file in one that is there"
        return [DocumentFault(file: file, place: JSONPointer("/store/sqlite"), problem: problem)]
    }

    /// What is right, and no protection by itself.
    private static func warnings(of settings: Settings, file: String) -> [String] {
        let open =
            [("listen", settings.listen, settings.tls != nil)]
            + (settings.metricsListen.map { [("metrics_listen", $0, false)] } ?? [])
        return open.filter { !$0.1.isLoopback && !$0.2 }.map { key, _, _ in
            let remedy =
                key == "listen" ? "give it a certificate with \"tls\"" : "put a proxy with TLS in front"
            return
                "\(file)#/\(key): the gateway speaks HTTP without TLS, so whoever sees the network between it and its clients "
                + "sees their keys; \(remedy), or keep to a network that you trust"
        }
    }
}

extension ProviderLimits {
    fileprivate init(_ settings: LimitSettings, _ definition: ProviderDefinition, connections: Int) {
        self.init(
            calls: settings.calls ?? connections,
            waiting: settings.waiting,
            waitingTime: settings.waitingTime,
            rate: settings.rate.map { CallRate(perSecond: $0.perSecond, burst: $0.burst) } ?? definition.rate,
            breaker: BreakerRules(
                window: settings.breaker.window,
                leastCalls: settings.breaker.calls,
                share: settings.breaker.share,
                pause: settings.breaker.pause
            ),
            repeatsReads: settings.repeatsReads
        )
    }
}

/// Makes providers of what the configuration says of them.
private struct ProviderReader {
    let file: String
    let definitions: DefinitionFolder
    let resolve: (ProviderSettings) -> CredentialSource.Resolution
    var certificates: CertificateReader
    var faults: [DocumentFault]
    var warnings: [String] = []
    /// Each definition is read once, however many providers use it; nil is one with mistakes.
    private var read: [String: ProviderDefinition?] = [:]

    init(
        file: String,
        definitions: DefinitionFolder,
        certificates: CertificateReader,
        faults: [DocumentFault],
        resolve: @escaping (ProviderSettings) -> CredentialSource.Resolution
    ) {
        self.file = file
        self.definitions = definitions
        self.certificates = certificates
        self.faults = faults
        self.resolve = resolve
    }

    mutating func read(_ settings: ProviderSettings) -> ProviderCatalog.Entry? {
        guard let definition = definition(settings) else { return nil }
        guard settings.isEnabled else {
            return .init(off: settings.name, definition, because: "it is switched off by \"enabled\": false in \(file)")
        }
        let trust = certificates.trust(settings)
        let place = settings.place.appending("credential")
        let credential: Secret?
        switch resolve(settings) {
        case .none: credential = nil
        case .callers: return provider(settings, definition, nil, trust, callersBringKeys: true)
        case .key(let key, let warning):
            credential = key
            if let warning { warnings.append("\(file)#\(place): \(warning)") }
        case .missing(let step):
            if definition.credential != nil {
                return .init(off: settings.name, definition, because: "its key is missing: \(step)")
            }
            credential = nil
        case .unfit(let problem):
            faults.append(DocumentFault(file: file, place: place, problem: problem))
            return nil
        }
        if credential == nil, definition.credential != nil {
            return .init(
                off: settings.name,
                definition,
                because: "its key is missing: say where it is with \"credential\" in \(file)"
            )
        }
        return provider(settings, definition, credential, trust)
    }

    private mutating func provider(
        _ settings: ProviderSettings,
        _ definition: ProviderDefinition,
        _ credential: Secret?,
        _ trust: UpstreamTrust?,
        callersBringKeys: Bool = false
    ) -> ProviderCatalog.Entry? {
        let configuration = Provider.Configuration(
            name: settings.name,
            baseURL: settings.baseURL?.description,
            variables: settings.variables,
            credential: credential,
            callersBringKeys: callersBringKeys,
            limits: UpstreamLimits(
                connect: settings.timeouts.connect,
                total: settings.timeouts.total,
                stalled: settings.timeouts.stalled,
                responseBytes: settings.responseBytes
            ),
            trust: trust,
            minimumInterval: settings.minimumInterval
        )
        do throws(Provider.Misfits) {
            return .init(try Provider(definition, configuration))
        } catch {
            faults += error.misfits.map { misfit in
                let place = misfit.place.reduce(settings.place) { $0.appending($1) }
                return DocumentFault(file: file, place: place, problem: misfit.problem)
            }
            return nil
        }
    }

    private mutating func definition(_ settings: ProviderSettings) -> ProviderDefinition? {
        if let known = read[settings.definition] { return known }
        do throws(DocumentFaults) {
            let definition = try definitions.definition(named: settings.definition) { problem in
                DocumentFault(file: file, place: settings.place, problem: problem)
            }
            read[settings.definition] = .some(definition)
            return definition
        } catch {
            faults += error.faults
            read[settings.definition] = .some(nil)
            return nil
        }
    }
}

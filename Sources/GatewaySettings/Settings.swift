package import Addresses
package import Clients
package import JSON

/// What `config.json` says: one property for each key, with the default that holds where the key is missing.
package struct Settings: Sendable, Hashable {
    /// Where the gateway listens.
    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 7070)
    /// The certificate with which it speaks TLS there; nil is HTTP without TLS.
    package var tls: ListenerTLSSettings?
    /// Where health and metrics are served, and nothing else; nil serves them at `listen`.
    package var metricsListen: ListenAddress?
    /// What the gateway serves, in the order of the file.
    package var providers: [ProviderSettings] = []
    /// Who may ask, each with a key of its own; nil lets in whoever reaches the gateway.
    package var clients: [Client]?
    /// Where what must outlive a call is kept.
    package var store = StoreSettings.memory
    package var webhooks = WebhookSettings()
    /// Of clients that have secrets of their own, by their names.
    package var clientWebhookSecrets: [String: WebhookSecretSource] = [:]
    package var following = FollowingSettings()
    package var retention = RetentionSettings()
    /// How long a call to a provider may take, unless the provider's own settings say otherwise.
    package var timeouts = TimeoutSettings()
    /// How long calls that are under way may go on once the gateway is told to stop.
    package var drain = Duration.seconds(10)
    /// How much the gateway remembers.
    package var memory = MemorySettings()
    /// What applications may use of the gateway.
    package var server = ServerSettings()
    /// What the gateway uses to call providers.
    package var upstream = UpstreamSettings()
    /// When the files are read again.
    package var reload = ReloadSettings()
    /// What is logged.
    package var log = LogSettings()
    /// Where cancels and renames are recorded; nil records them in the log.
    package var auditFile: String?

    package init() {}
}

/// Where a certificate and its key are.
package struct CertificateFiles: Sendable, Hashable {
    /// The file of the certificate, and of those that vouch for it.
    package var certificate: String
    /// The file of its private key.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// How the gateway speaks TLS with applications.
package struct ListenerTLSSettings: Sendable, Hashable {
    /// What it shows to be who it is.
    package var files: CertificateFiles
    /// A file of the authorities of which one must have signed a client's certificate; nil asks for none.
    package var clientAuthorityFile: String?
}

/// Where what must outlive a call is kept: watches, held cancels, events and deliveries.
package enum StoreSettings: Sendable, Hashable {
    /// In the process: a restart forgets them.
    case memory
    /// The SQLite file at this path, for one gateway.
    case sqlite(String)
    /// A PostgreSQL database, for any number of gateways; where its connection string comes from.
    case postgres(CredentialSource)
}

/// Webhooks: with what they are signed, where they may go, and for how long they are tried.
package struct WebhookSettings: Sendable, Hashable {
    /// For clients without secrets of their own; nil where there is none.
    package var secret: WebhookSecretSource?
    /// Hosts that may be anywhere, this machine and private networks included.
    package var allow: Set<String> = []
    /// How long a delivery that is not taken is tried.
    package var giveUp = Duration.seconds(86_400)

    package init() {}
}

/// Where a secret for signing comes from.
package struct WebhookSecretSource: Sendable, Hashable {
    package var current: CredentialSource
    /// The one before, with which everything is signed too while receivers learn the new one.
    package var previous: CredentialSource?
    /// Where `current` stands in the file, and `previous`.
    package var places: [JSONPointer]

    package init(current: CredentialSource, previous: CredentialSource?, places: [JSONPointer]) {
        self.current = current
        self.previous = previous
        self.places = places
    }
}

/// How tasks are followed.
package struct FollowingSettings: Sendable, Hashable {
    /// How long a cancel that the provider cannot take yet is held.
    package var cancelHold = Duration.seconds(3600)
    /// How long a task that a gateway follows stays its own without another word of it.
    package var claim = Duration.seconds(30)

    package init() {}
}

/// How much is kept of what is over.
package struct RetentionSettings: Sendable, Hashable {
    package var events = RetentionBounds()
    package var deliveries = RetentionBounds()
    package var tasks = RetentionBounds()
    package var audit = RetentionBounds(age: .seconds(90 * 86_400), count: 1_000_000)

    package init() {}
}

/// For how long, and how many at most.
package struct RetentionBounds: Sendable, Hashable {
    package var age: Duration
    package var count: Int

    package init(age: Duration = .seconds(7 * 86_400), count: Int = 100_000) {
        self.age = age
        self.count = count
    }
}

/// How long a call to a provider may take.
package struct TimeoutSettings: Sendable, Hashable {
    /// From the start until a connection stands, TLS included.
    package var connect = Duration.seconds(3)
    /// The whole call.
    package var total = Duration.seconds(10)
    /// The longest time in which nothing may arrive, once a connection stands.
    package var stalled = Duration.seconds(5)

    package init() {}
}

/// How much the gateway remembers.
package struct MemorySettings: Sendable, Hashable {
    /// How many tasks.
    package var tasks = 10_000
    /// How many bytes all of them may take.
    package var bytes = 64 << 20

    package init() {}
}

/// What applications may use of the gateway.
package struct ServerSettings: Sendable, Hashable {
    /// How many threads serve connections.
    package var threads = 1
    /// How many connections may be open at once.
    package var connections = 10_000
    /// The largest body of a request, in bytes.
    package var bodyBytes = 64 << 10
    /// The longest path and query of a request, in bytes.
    package var urlBytes = 8 << 10
    /// The largest head of a request, in bytes.
    package var headerBytes = 32 << 10
    /// How long a request may take to arrive, from its first byte to its last.
    package var requestTime = Duration.seconds(10)
    /// How long a connection may stay open with no request on it.
    package var idleTime = Duration.seconds(60)
    /// How long the gateway goes on taking calls after `/readyz` first says that it is about to stop.
    package var drainGrace = Duration.zero

    package init() {}
}

/// What the gateway uses to call providers.
package struct UpstreamSettings: Sendable, Hashable {
    /// How many threads make calls.
    package var threads = 1
    /// How many connections may be open to one provider.
    package var connectionsPerProvider = 256
    /// How many calls may be under way at once, those that wait for a connection included.
    package var calls = 20_000
    /// A file of certificates to trust in place of the system's, or nil.
    package var certificateFile: String?

    package init() {}
}

/// When the files are read again, beside SIGHUP.
package struct ReloadSettings: Sendable, Hashable {
    /// Whether it is looked for changes of the files.
    package var watch = true
    /// How long between two looks.
    package var interval = Duration.seconds(5)

    package init() {}
}

/// What is logged.
package struct LogSettings: Sendable, Hashable {
    /// The least severe entry that is written.
    package var level = LogLevel.info
    package var format = LogFormat.text
    /// Whether each call leaves a line.
    package var access = true

    package init() {}
}

/// How an entry of the log is written.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// For people.
    case text
    /// One object a line.
    case json
}

/// How severe an entry of the log is, in the usual words.
package enum LogLevel: String, Sendable, Hashable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

/// The services that the simulator stands in for, each behind a port of its own.
package enum SimulatedProvider: String, Sendable, Hashable, CaseIterable {
    /// BLACKBOX Cloud, docs.blackbox.ai/api-reference.
    case blackboxCloud = "blackbox-cloud"
    /// The BLACKBOX Agent API, docs.blackbox.ai/api-reference/v1.
    case blackboxAgent = "blackbox-agent"
    /// xpander.ai, docs.xpander.ai/api-reference/v1.
    case xpander
    /// The QMail client with its task registry, cloudcoin.org/qmail-commands.
    case qmail
    /// The newer core behind the same program and port, cloudcoin.org/commands/task.php.
    case qmailCore = "qmail-core"
}

extension SimulatedProvider {
    /// What the documentation puts between the host and the paths of its pages.
    package var basePath: String { self == .blackboxAgent ? "/api/v1" : "" }

    var dialect: any ProviderDialect {
        switch self {
        case .blackboxCloud: BlackboxCloudDialect()
        case .blackboxAgent: BlackboxAgentDialect()
        case .xpander: XpanderDialect()
        case .qmail: QMailDialect()
        case .qmailCore: QMailCoreDialect()
        }
    }
}

/// What a request asks for, whichever words a provider has for it.
package enum SimulatedOperation: String, Sendable, Hashable, CaseIterable {
    /// The call that is meant for polling.
    case status
    /// The full object of a task, where it differs from the polled one.
    case detail
    /// The status in the provider's internal words.
    case rawStatus = "raw-status"
    /// What ends a task, by whichever word.
    case cancel
    /// A new title.
    case rename
    /// The end of a task and of all that is known about it.
    case delete
    /// A new task, or a new turn of an old one.
    case create
    /// Anything else: an unknown path, a wrong method, an unreadable body.
    case other
}

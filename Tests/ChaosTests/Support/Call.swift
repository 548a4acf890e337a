import ProviderSimulator

/// What an application asks for, and how much of it the fault befalls.
enum Call: String, CaseIterable, Sendable {
    case status
    case cancel
    /// A cancel at a provider that goes wrong for cancels alone: the gateway can still read the status.
    case cancelAlone
    case rename
}

/// A call at a provider whose answer to a cancel is final, or a promise.
struct Setting: Hashable, Sendable {
    let call: Call
    let provider: SimulatedProvider

    /// Those that the table has a column for.
    static let columns = [
        Setting(call: .status, provider: .blackboxCloud),
        Setting(call: .cancel, provider: .blackboxCloud),
        Setting(call: .cancel, provider: .xpander),
        Setting(call: .cancelAlone, provider: .blackboxCloud),
        Setting(call: .cancelAlone, provider: .xpander),
        Setting(call: .rename, provider: .blackboxAgent),
    ]

    /// The others, which have to answer like the column that is theirs.
    static let others =
        [SimulatedProvider.blackboxAgent, .xpander, .qmail, .qmailCore].map { Setting(call: .status, provider: $0) }
        + [.cancel, .cancelAlone].map { Setting(call: $0, provider: .blackboxAgent) }
        + [.cancel, .cancelAlone].map { Setting(call: $0, provider: .qmail) }

    /// Where in the table stands what is required of it.
    var column: Setting {
        switch (call, provider) {
        case (.status, _): Setting.columns[0]
        case (_, .blackboxAgent) where call != .rename: Setting(call: call, provider: .blackboxCloud)
        default: self
        }
    }
}

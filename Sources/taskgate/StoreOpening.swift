internal import GatewaySettings
internal import TaskStorage

/// Opens the store that the configuration names.
enum StoreOpening {
    /// `changed` is called when there may be news in it. Throws `StoreProblem`.
    static func open(_ settings: StoreSettings, changed: @escaping @Sendable () -> Void) throws -> any TaskStore {
        switch settings {
        case .memory: return MemoryStore(changed: changed)
        case .sqlite, .postgres: throw StoreProblem(.failed, "not in this version")
        }
    }

    /// Whether other gateways may use it at the same time.
    static func isShared(_ settings: StoreSettings) -> Bool {
        if case .postgres = settings { true } else { false }
    }

    /// How much it keeps of each kind at most, whatever is configured: what a process holds in its memory is little.
    static func mostKept(_ settings: StoreSettings) -> Int {
        if case .memory = settings { 10_000 } else { .max }
    }
}

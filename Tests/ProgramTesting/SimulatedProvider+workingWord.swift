package import ProviderSimulator

extension SimulatedProvider {
    /// The word for a task at work.
    package var workingWord: String {
        switch self {
        case .blackboxCloud: "processing"
        case .blackboxAgent: "in_progress"
        case .xpander: "executing"
        case .qmail: "RUNNING"
        case .qmailCore: "running"
        }
    }
}

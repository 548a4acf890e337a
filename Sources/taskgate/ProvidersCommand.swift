internal import ArgumentParser
internal import Providers
internal import TaskModel

/// `taskgate providers`: what each can do, and whether it has its key.
struct ProvidersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "Lists the configured providers: what each can do, and whether it has its key."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let plan = try options.plan()
        let rows = plan.catalog.entries.map { entry in
            [
                entry.name,
                entry.provider == nil ? "off" : "on",
                Self.key(entry),
                Self.cancel(entry.definition),
                entry.definition.can(.rename) ? "yes" : "no",
                "\(entry.name):\(entry.definition.exampleID)",
            ]
        }
        let header = ["PROVIDER", "STATE", "KEY", "CANCEL", "RENAME", "A TASK'S ID"]
        for (index, line) in CommandOutput.table([header] + rows).enumerated() {
            CommandOutput.line(index == 0 ? CommandOutput.bold(line) : line)
        }
        for entry in plan.catalog.entries {
            if let reason = entry.offReason { CommandOutput.line("\(entry.name) is off: \(reason)") }
        }
    }

    private static func key(_ entry: ProviderCatalog.Entry) -> String {
        guard entry.definition.credential != nil else { return "none needed" }
        return entry.provider == nil ? "missing" : "present"
    }

    private static func cancel(_ definition: ProviderDefinition) -> String {
        guard let rules = definition.cancelRules else { return "no" }
        let how = rules.belief == .final ? "at once" : "confirmed by status"
        return rules.from.count == 4 ? how : "\(how), while \(rules.from.map(\.rawValue).joined(separator: " or "))"
    }
}

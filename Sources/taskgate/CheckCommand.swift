internal import ArgumentParser
internal import Documents
internal import JSON
internal import Providers

/// `taskgate check`: finds every mistake without starting.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the configuration and all providers' files; lists every mistake with its place.",
        discussion:
            "Exit code 0: nothing is wrong. Exit code 1: something is; each line says where and what would be right."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        var faults: [DocumentFault] = []
        let folder = DefinitionFolder.find(
            named: options.providers,
            besideConfiguration: WholeFile.folder(of: options.config)
        )
        var checked = 0
        for name in folder.names {
            do throws(DocumentFaults) {
                _ = try folder.definition(named: name) { DocumentFault(file: folder.path, place: nil, problem: $0) }
                checked += 1
            } catch {
                faults += error.faults
            }
        }
        do throws(DocumentFaults) {
            let plan = try GatewayPlan(configuration: options.config, providers: options.providers)
            for warning in plan.warnings { CommandOutput.line("warning: \(warning)") }
            for entry in plan.catalog.entries {
                if let reason = entry.offReason { CommandOutput.line("\(entry.name) is off: \(reason)") }
            }
        } catch {
            faults += error.faults.filter { !faults.contains($0) }
        }
        guard faults.isEmpty else { throw CommandOutput.refuse(DocumentFaults(faults)) }
        CommandOutput.line("\(options.config) and \(checked) definitions in \(folder.path): nothing is wrong")
    }
}

internal import ArgumentParser

/// The program: its commands.
@main
struct Taskgate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taskgate",
        abstract: "Asks about long-running tasks at many providers, and stops them, with one URL and one vocabulary.",
        subcommands: [HealthCommand.self]
    )
}

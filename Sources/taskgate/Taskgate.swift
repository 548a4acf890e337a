internal import ArgumentParser

/// The program: its commands.
@main
struct Taskgate: AsyncParsableCommand {
    /// The version of the program and of what it serves.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "taskgate",
        abstract: "Asks about long-running tasks at many providers, and stops them, with one URL and one vocabulary.",
        discussion: """
            Start with "taskgate demo": it needs no keys and no network, and prints what to try.
            Then name your providers in config.json, set their keys, and run "taskgate check" and "taskgate serve".
            """,
        version: version,
        subcommands: [
            DemoCommand.self, ServeCommand.self, CheckCommand.self, ProvidersCommand.self, HealthCommand.self,
            KeyCommand.self, SimulateCommand.self,
        ]
    )
}

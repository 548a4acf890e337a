/// The built program as a gateway that serves, and a client of it.
package struct RunningProgram: Sendable {
    package let process: ChildProcess
    package let client: GatewayClient

    /// Starts it with a configuration, and goes on once it serves; `providers` is the folder of the definitions.
    package static func serve(
        _ config: String,
        providers: String = Program.providers,
        environment: [String: String],
        in folder: TemporaryFolder
    ) async throws -> RunningProgram {
        let process = try ChildProcess(
            Program.path,
            ["serve", "--config", config, "--providers", providers],
            environment: environment,
            in: folder
        )
        try await eventually("the gateway named its address") {
            if let end = process.ended { throw NeverHappened(description: "\(end): \(process.text)") }
            return listenAddress(in: process.text) != nil
        }
        guard let address = listenAddress(in: process.text) else {
            throw NeverHappened(description: "no address in \(process.text)")
        }
        return RunningProgram(process: process, client: GatewayClient(address: address))
    }

    /// The address at the end of the message that says what is served, in either format of the log.
    package static func listenAddress(in log: String) -> GatewayClient.Address? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains(" serves ") }),
            log.contains(line + "\n"),
            let word = line.split(separator: " ").last?.prefix(while: { $0 != "\"" })
        else { return nil }
        if word.hasPrefix("unix:") { return .socket(String(word.dropFirst(5))) }
        return word.split(separator: ":").last.flatMap { Int($0) }.map { .port($0) }
    }
}

internal import Addresses
internal import ArgumentParser
internal import Documents
internal import GatewaySettings
internal import TaskModel

/// `taskgate health`: asks a running gateway whether it takes calls, for people, scripts and containers.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks a running gateway whether it is ready, and exits with 0 if it is and with 1 if not."
    )

    @Option(help: "The configuration file that says where the gateway listens.")
    var config = "config.json"

    @Option(
        help:
            "Where the gateway listens, such as 127.0.0.1:7070 or unix:/run/taskgate.sock; the file is not read then.",
        transform: HealthCommand.readAddress
    )
    var address: ListenAddress?

    @Flag(help: "With --address: it speaks TLS. Its certificate is not verified.")
    var tls = false

    @Option(help: "How long to wait for the answer, such as 3s.", transform: HealthCommand.readTimeout)
    var timeout = Duration.seconds(3)

    func run() async throws {
        let outcome: HealthOutcome
        do throws(HealthOutcome) {
            outcome = try await probe().ask()
        } catch {
            outcome = error
        }
        print(outcome)
        if outcome.isReady { return }
        throw ExitCode(1)
    }

    func validate() throws {
        guard address != nil || !tls else {
            throw ValidationError("--tls stands beside --address: the configuration file says by itself.")
        }
    }

    /// Asks at the address that was given, or else at the one in the configuration file.
    private func probe() throws(HealthOutcome) -> ReadinessProbe {
        if let address { return ReadinessProbe(address: address, speaksTLS: tls, timeout: timeout) }
        guard let file = WholeFile(path: config) else { throw .unreadable(file: config) }
        let settings: Settings
        do throws(DocumentFaults) {
            settings = try Settings.read(file.bytes, file: config, folder: file.folder)
        } catch {
            throw .mistaken(error.faults)
        }
        let address = settings.metricsListen ?? settings.listen
        if address.takesAnyPort { throw .anyPort(file: config) }
        // Health and metrics at an address of their own are HTTP without TLS.
        guard let tls = settings.tls, settings.metricsListen == nil else {
            return ReadinessProbe(address: address, speaksTLS: false, timeout: timeout)
        }
        // This command has no certificate of its own.
        if tls.clientAuthorityFile != nil { throw .wantsCertificate(address) }
        return ReadinessProbe(address: address, speaksTLS: true, timeout: timeout)
    }

    @Sendable private static func readAddress(_ text: String) throws -> ListenAddress {
        do throws(AddressProblem) {
            return try ListenAddress(text)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    @Sendable private static func readTimeout(_ text: String) throws -> Duration {
        guard let timeout = Duration(text: text), (.milliseconds(1) ... .seconds(3600)).contains(timeout) else {
            throw ValidationError("must be a duration from 1ms to 1h, such as 3s")
        }
        return timeout
    }
}

internal import ArgumentParser
internal import Clients
internal import Digests
internal import GatewaySettings
internal import Glibc
internal import JSON
internal import TaskModel

/// `taskgate key`: makes a key for a client, and what the configuration says of it.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes a key for an application, and prints it with what config.json says of it.",
        discussion: """
            The key is printed once and kept nowhere: give it to the application. config.json gets its SHA-256, from \
            which nobody finds the key. The application sends it with each request:

              curl -H "Authorization: Bearer $TASKGATE_KEY" http://127.0.0.1:7070/tasks/<provider>:<id>

            A new key for a client: put its SHA-256 in place of the old one; a gateway that runs reads the file again by \
            itself. Both at a time: two clients.

            A secret with which webhooks are signed, for "webhooks" or a client: taskgate key --webhook > file

            Nothing is written to a file. The SHA-256 of a key that is there already: taskgate key --digest < file
            """
    )

    @Argument(help: "The client's name: what a cancel says it was requested by.")
    var name: String?

    @Flag(help: "Print JSON on one line: the key, and the member of \"clients\".")
    var json = false

    @Flag(help: "Read a key from standard input, and print its SHA-256.")
    var digest = false

    @Flag(help: "Make a secret with which webhooks are signed, and print it.")
    var webhook = false

    func validate() throws {
        guard !digest || (name == nil && !json && !webhook) else {
            throw ValidationError("--digest stands alone: it reads a key from standard input.")
        }
        guard !webhook || (name == nil && !json) else {
            throw ValidationError("--webhook stands alone: it makes a secret, which is no client's key.")
        }
        guard Client.isName(clientName) else {
            throw ValidationError(
                "A client's name is a lower-case letter, then up to 31 lower-case letters, digits and hyphens."
            )
        }
    }

    func run() throws {
        if digest { return try printDigest() }
        var randomness = SystemRandomNumberGenerator()
        if webhook {
            let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &randomness) }
            return CommandOutput.line("whsec_\(Base64.encode(key))")
        }
        let key = ClientKey(random: (0..<ClientKey.randomByteCount).map { _ in randomness.next() })
        if json {
            CommandOutput.line(#"{"key": "\#(key.secret.reveal())", "client": \#(member(key.digest))}"#)
            return
        }
        CommandOutput.line("The key of \(clientName), which is not shown again:")
        CommandOutput.line()
        CommandOutput.line("  \(key.secret.reveal())")
        CommandOutput.line()
        CommandOutput.line("A member of \"clients\" in config.json; narrow what it may:")
        CommandOutput.line()
        CommandOutput.line("  \(member(key.digest))")
    }

    private var clientName: String { name ?? "my-app" }

    private func member(_ digest: KeyDigest) -> String {
        #"{"name": "\#(clientName)", "key_sha256": "\#(digest)", "providers": ["*"], "may": ["read", "cancel", "rename"]}"#
    }

    private func printDigest() throws {
        let key: Secret?
        do throws(SettingsProblem) {
            key = try Credential.clean(Self.standardInput())
        } catch {
            CommandOutput.error("\(error)")
            throw ExitCode(1)
        }
        guard let key else {
            CommandOutput.error("no key on standard input; give it one, as in: taskgate key --digest < file")
            throw ExitCode(1)
        }
        CommandOutput.line("\(KeyDigest(of: key.reveal()))")
    }

    private static func standardInput() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 12)
        while case let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

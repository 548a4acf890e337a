internal import ArgumentParser
internal import Documents
internal import Glibc

/// What commands print, and the codes that they exit with.
enum CommandOutput {
    /// Prints every mistake to standard error, a line each, and says how to go on; the command then exits with 1.
    static func refuse(_ faults: DocumentFaults) -> ExitCode {
        for fault in faults.faults { error("\(fault)") }
        let count = faults.faults.count
        error("\(count) \(count == 1 ? "mistake" : "mistakes"). Correct the files, then run \"taskgate check\".")
        return ExitCode(1)
    }

    static func error(_ line: String) {
        write(line, to: STDERR_FILENO)
    }

    /// Prints a line at once, also into a pipe.
    static func line(_ line: String = "") {
        write(line, to: STDOUT_FILENO)
    }

    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        // A reader that is gone, or a full disk, is nothing that a line of output can mend.
        while !rest.isEmpty,
            case let count = rest.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }),
            count > 0
        {
            rest = rest.dropFirst(count)
        }
    }

    /// The text in bold on a terminal, as it is elsewhere.
    static func bold(_ text: String) -> String {
        isTerminal ? "\u{1b}[1m\(text)\u{1b}[0m" : text
    }

    /// Rows as a table: columns as wide as their widest cell, the last one as wide as it likes.
    static func table(_ rows: [[String]]) -> [String] {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (column, cell) in row.enumerated() {
                if column < widths.count {
                    widths[column] = max(widths[column], cell.count)
                } else {
                    widths.append(cell.count)
                }
            }
        }
        return rows.map { row in
            row.enumerated()
                .map { column, cell in
                    column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
                }
                .joined(separator: "  ")
        }
    }

    private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil }
}

/// The options of every command that reads the configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "config.json"

    @Option(
        help: ArgumentHelp(
            "The folder of the providers' files.",
            discussion:
                "Without it: providers/ beside the configuration, else ./providers, else where the program is installed.",
            valueName: "folder"
        )
    )
    var providers: String?

    /// Reads and checks everything; on mistakes prints them all.
    func plan() throws -> GatewayPlan {
        do throws(DocumentFaults) {
            return try GatewayPlan(configuration: config, providers: providers)
        } catch {
            throw CommandOutput.refuse(error)
        }
    }
}

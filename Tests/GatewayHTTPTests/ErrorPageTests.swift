import GatewayTesting
import TaskModel
import Testing

@testable import GatewayHTTP

/// A line of the table in `docs/errors.md`, as far as the program says the same.
private struct ErrorPageRow: Hashable, CustomStringConvertible {
    let code: String
    let status: Int
    let isRetryable: Bool

    init(_ entry: ProblemEntry) {
        code = entry.code.rawValue
        status = entry.status
        isRetryable = entry.isRetryable
    }

    /// Nil where the line is none of the table about the codes.
    init?(line: Substring) {
        let cells = line.split(separator: "|").map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard cells.count == 5, let first = cells.first, first.hasPrefix("`"), let status = Int(cells[1]) else {
            return nil
        }
        code = first.filter { $0 != "`" }
        self.status = status
        isRetryable = cells[2] == "yes"
    }

    var description: String { "\(code) \(status) \(isRetryable ? "yes" : "no")" }
}

@Suite struct `The page about errors` {
    @Test func `lists every code with its status, and whether sending again can help`() throws {
        let rows = try Repository.text(of: "docs/errors.md").split(separator: "\n")
            .compactMap { ErrorPageRow(line: $0) }
        #expect(Set(rows) == Set(ProblemEntry.entries.map { ErrorPageRow($0) }))
        #expect(rows.count == ErrorCode.allCases.count)
    }
}

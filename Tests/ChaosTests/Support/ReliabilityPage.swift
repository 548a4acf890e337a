import Foundation

/// The tables of docs/reliability.md, as the faults and what is required of them say.
enum ReliabilityPage {
    static let path = "docs/reliability.md"
    private static let start = "<!-- The tables: `make reliability` writes them. -->\n"
    private static let end = "<!-- The end of the tables. -->\n"

    /// The page with its tables as they have to be; nil where it has no place for them.
    static func corrected(_ page: String) -> String? {
        guard let before = page.range(of: start), let after = page.range(of: end) else { return nil }
        return page[..<before.upperBound] + tables + page[after.lowerBound...]
    }

    private static var tables: String {
        let faults = Fault.all(canary: "")
        let groups = faults.map(\.group).reduce(into: [FaultClass]()) { all, group in
            if !all.contains(where: { $0.name == group.name }) { all.append(group) }
        }
        let answers = groups.map { group in
            [group.name] + group.required.map { $0?.text ?? "–" }
        }
        let kinds = groups.flatMap { group in
            faults.filter { $0.group.name == group.name }.map { [$0.name, group.name] }
        }
        return "\n" + table(headings, answers) + "\n" + table(["what goes wrong", "for the gateway"], kinds) + "\n"
    }

    private static let headings =
        [
            "for the gateway", "status", "cancel, final", "cancel, promise", "cancel alone, final",
            "cancel alone, promise", "rename",
        ]

    private static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let lines = ([headings] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }
        return lines[0] + "|" + headings.map { _ in "---|" }.joined() + "\n" + lines.dropFirst().joined()
    }
}

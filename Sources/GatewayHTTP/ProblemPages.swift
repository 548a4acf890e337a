internal import TaskModel

/// The pages that a problem's `type` leads to.
enum ProblemPages {
    static func list() -> HTTPAnswer {
        let rows = ProblemEntry.entries.map { entry in
            """
            <tr><td><a href="/problems/\(entry.code.rawValue)">\(entry.code.rawValue)</a></td>\
            <td>\(entry.status)</td><td>\(escaped(entry.title))</td></tr>
            """
        }
        return page(
            title: "Problems",
            body: """
                <p>Every error of this gateway is <code>application/problem+json</code> with one of these codes.</p>
                <table><tr><th>code</th><th>HTTP</th><th>title</th></tr>
                \(rows.joined(separator: "\n"))
                </table>
                """
        )
    }

    static func page(of code: ErrorCode) -> HTTPAnswer {
        let entry = ProblemEntry.entry(for: code)
        return page(
            title: entry.title,
            body: """
                <p><code>\(code.rawValue)</code>, HTTP \(entry.status), \
                \(entry.isRetryable ? "may succeed when sent again" : "not worth sending again unchanged").</p>
                <p>\(escaped(entry.explanation))</p>
                <p><a href="/problems">All problems</a></p>
                """
        )
    }

    private static func page(title: String, body: String) -> HTTPAnswer {
        let text = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>\(escaped(title)) – Taskgate</title>
            <h1>\(escaped(title))</h1>
            \(body)
            </html>

            """
        return HTTPAnswer(200, .html, .page, body: Array(text.utf8))
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
    }
}

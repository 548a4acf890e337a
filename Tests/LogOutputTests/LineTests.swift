import JSON
import LogOutput
import Logging
import TaskModel
import Testing

struct `A line of the log` {
    private func line(_ format: LogFormat, _ body: @escaping @Sendable (LogLines, Timestamp) -> Void) throws -> String {
        let pipe = try LogPipe(format)
        pipe.writer.write { lines, time in
            body(lines, time)
            lines.end()
        }
        return pipe.end()
    }

    private static let everything: @Sendable (LogLines, Timestamp) -> Void = { lines, time in
        lines.begin(time, "info", "request")
        lines.field("method", "GET")
        lines.field("client", plain: "billing-app")
        lines.field("status", 200)
        lines.field("less", -7)
        lines.field("request_id", hexadecimal: 0x0123_4567_89ab_cdef)
        lines.field("duration_ms", milliseconds: 12_003_400)
        lines.field("word", outside: "in progress")
        lines.field("nothing", outside: "")
        lines.field("task", TaskID(provider: "xpander", native: "a:b"))
    }

    @Test func `of text is time, level, message and fields`() throws {
        #expect(
            try line(.text, Self.everything) == """
                2026-11-21T01:20:03.123Z info request method=GET client=billing-app status=200 less=-7 \
                request_id=0123456789abcdef duration_ms=12.003 word="in progress" nothing="" task=xpander:a:b

                """
        )
    }

    @Test func `of JSON has the same under fixed keys`() throws {
        let line = try line(.json, Self.everything)
        let root = try JSONDocument(Array(line.utf8)).root
        #expect(root["time"]?.string == "2026-11-21T01:20:03.123Z")
        #expect(root["level"]?.string == "info")
        #expect(root["message"]?.string == "request")
        #expect(root["status"]?.integer == 200)
        #expect(root["word"]?.string == "in progress")
        #expect(root["nothing"]?.string == "")
        #expect(root["task"]?.string == "xpander:a:b")
        #expect(line.contains(#""duration_ms":12.003,"#))
        #expect(line.hasSuffix("}\n"))
    }

    @Test(arguments: LogFormat.allCases)
    func `is one line without commands for a terminal, whatever comes from outside`(_ format: LogFormat) throws {
        let nasty = "a\nb\r\u{1b}[31m\u{07}\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\"\\ é 🙂\t\0"
        let pipe = try LogPipe(format)
        let logger = Logger(label: "test") { _ in LineLogHandler(pipe.writer, level: .info) }
        logger.info("\(nasty)", metadata: ["key \n": "\(nasty)", "other": ["list", "\(nasty)"]])
        pipe.writer.write { lines, time in
            lines.begin(time, "info", "m")
            lines.field("task", TaskID(provider: "xpander", native: nasty))
            lines.end()
        }
        let text = pipe.end()
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
        for scalar in text.unicodeScalars where scalar != "\n" {
            let category = scalar.properties.generalCategory
            #expect(category != .control && category != .format && category != .lineSeparator, "\(scalar.value)")
        }
        #expect(text.contains("é 🙂"))
        #expect(text.contains(#"\u001b[31m"#))
        guard format == .json else { return }
        let last = text.split(separator: "\n")[1]
        #expect(try JSONDocument(Array(last.utf8)).root["task"]?.string == "xpander:" + nasty)
    }

    @Test(arguments: [
        ("Bearer abc", "Bearer [redacted]"), ("x bearer  a.b c", "x bearer  a.b c"), ("bb_0123456789", "[redacted]"),
        ("use sk-0123456789_ab, or", "use [redacted], or"), ("tg_ABCDEFGHIJ", "[redacted]"), ("bb_short", "bb_short"),
        ("task-0123456789", "task-0123456789"), ("abb_0123456789", "abb_0123456789"),
        ("sk-sk-0123456789", "[redacted]"), ("a:tg_0123456789:bb_0123456789", "a:[redacted]:[redacted]"),
        ("Authorization: BEARER x/y+z==", "Authorization: BEARER [redacted]"), ("bb_", "bb_"), ("-", "-"), ("", ""),
    ])
    func `hides what looks like a key`(_ text: String, _ shown: String) throws {
        let line = try line(.json) { lines, time in
            lines.begin(time, "info", "m")
            lines.field("text", outside: text)
        }
        #expect(try JSONDocument(Array(line.utf8)).root["text"]?.string == shown)
    }

    @Test func `has the logger's metadata below the entry's own, in the order of their names`() throws {
        let pipe = try LogPipe(.text)
        var logger = Logger(label: "test") { _ in LineLogHandler(pipe.writer, level: .notice) }
        logger[metadataKey: "b"] = "logger's"
        logger[metadataKey: "c"] = "1"
        logger.info("too quiet")
        logger.warning("loud", metadata: ["b": "own", "a": "x"])
        #expect(pipe.end() == "2026-11-21T01:20:03.123Z warning loud a=x b=own c=1\n")
    }
}

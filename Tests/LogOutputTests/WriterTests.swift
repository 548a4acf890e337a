import Glibc
import LogOutput
import Logging
import Synchronization
import TaskModel
import Testing

/// Numbers that become lines.
private final class Numbers: LogSource {
    private let waiting = Mutex<[Int]>([])

    func append(_ number: Int) { waiting.withLock { $0.append(number) } }

    func drain(into lines: LogLines) {
        waiting.withLock { waiting in
            for number in waiting {
                lines.begin(Timestamp(millisecondsSinceEpoch: 0), "info", "record")
                lines.field("number", number)
                lines.end()
            }
            waiting = []
        }
    }
}

struct `The writer of the log` {
    private func log(_ text: String, to writer: LogWriter) {
        writer.write { lines, time in
            lines.begin(time, "info", message: text)
            lines.end()
        }
    }

    @Test func `writes a line at once, without being told to flush`() throws {
        let pipe = try LogPipe(.text)
        log("hello", to: pipe.writer)
        #expect(pipe.read() == "2026-11-21T01:20:03.123Z info hello\n")
        _ = pipe.end()
    }

    @Test func `writes records within a moment, in their order, and all of them at the end`() throws {
        let pipe = try LogPipe(.text)
        let source = Numbers()
        pipe.writer.add(source)
        source.append(1)
        pipe.writer.wake(isUrgent: false)
        #expect(pipe.read().hasSuffix("info record number=1\n"))
        for number in 2...400 { source.append(number) }
        let lines = pipe.end().split(separator: "\n")
        #expect(lines.map { Int($0.split(separator: "=")[1]) } == (2...400).map { $0 })
        #expect(pipe.writer.droppedLines == 0)
    }

    @Test func `keeps every line of many threads whole`() async throws {
        let pipe = try LogPipe(.text)
        let reader = Task.detached {
            var text = ""
            while case let part = pipe.read(), !part.isEmpty {
                text += part
                if text.contains("last") { break }
            }
            return text
        }
        await withTaskGroup { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<500 { self.log("line \(thread) \(number) end", to: pipe.writer) }
                }
            }
        }
        log("last", to: pipe.writer)
        let text = await reader.value
        _ = pipe.end()
        let lines = text.split(separator: "\n").dropLast()
        #expect(Set(lines).count == 2000)
        #expect(lines.allSatisfy { $0.hasPrefix("2026-11-21T01:20:03.123Z info line ") && $0.hasSuffix(" end") })
    }

    @Test func `drops lines that a reader does not take, counts them, and says so to the reader that comes back`()
        throws
    {
        let pipe = try LogPipe(.text)
        let long = String(repeating: "x", count: 10_000)
        for _ in 0..<400 { log(long, to: pipe.writer) }
        #expect(pipe.writer.droppedLines > 0)
        // Nobody reads: it waits no longer than it is told to.
        pipe.writer.flush(atMost: .milliseconds(50))
        var text = ""
        var logged = 400
        // Once it is told of, lines come again; the last of them stands behind everything that was dropped.
        while !text.contains("info after") {
            text += pipe.read()
            guard text.contains("dropped") else { continue }
            log("after", to: pipe.writer)
            logged += 1
        }
        text += pipe.end()
        let kept = text.split(separator: "\n").filter { $0.contains("xxxx") || $0.hasSuffix("after") }.count
        let said = text.matches(of: /warning lines of the log were dropped count=(\d+)/).compactMap { Int($0.1) }
        #expect(said.reduce(0, +) == logged - kept)
        #expect(pipe.writer.droppedLines == logged - kept)
    }

    @Test func `counts what it could not write, and goes on`() throws {
        let writer = try LogWriter(.text, to: .descriptor(-1, Redactor())) { Timestamp(millisecondsSinceEpoch: 0) }
        log("lost", to: writer)
        writer.flush()
        #expect(writer.droppedLines == 1)
        writer.close()
        log("late", to: writer)
        #expect(writer.droppedLines == 2)
    }
}

struct `A file of lines` {
    private func temporaryPath() -> String {
        var template = Array("/tmp/taskgate-log-XXXXXX".utf8CString)
        let folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
        return folder + "/lines.jsonl"
    }

    private func contents(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        return String(decoding: buffer[..<fread(&buffer, 1, 65536, file)], as: UTF8.self)
    }

    private func write(_ text: String, to writer: LogWriter) {
        writer.write { lines, time in
            lines.begin(time, "notice", message: text)
            lines.end()
        }
        writer.flush()
    }

    @Test func `is its owner's alone, grows, and is opened anew under its name when it was moved away`() throws {
        let path = temporaryPath()
        let outlet = try Outlet.file(path, Redactor([Secret("the-secret")])) { _, _ in }
        let writer = try LogWriter(.json, to: outlet) { Timestamp(millisecondsSinceEpoch: 0) }
        write("one the-secret", to: writer)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(rename(path, path + ".1") == 0)
        write("two", to: writer)
        try outlet.reopen()
        write("three", to: writer)
        writer.close()
        let old = try #require(contents(path + ".1"))
        #expect(old.contains("one [redacted]") && old.contains("two") && !old.contains("three"))
        let new = try #require(contents(path))
        #expect(new == #"{"time":"1970-01-01T00:00:00.000Z","level":"notice","message":"three"}"# + "\n")
    }

    @Test func `that cannot be opened is an error, and opening it anew keeps the one before`() throws {
        #expect(throws: LogOutputProblem.self) { _ = try Outlet.file("/nowhere/at/all", Redactor()) { _, _ in } }
        let path = temporaryPath()
        let outlet = try Outlet.file(path, Redactor()) { _, _ in }
        let writer = try LogWriter(.text, to: outlet) { Timestamp(millisecondsSinceEpoch: 0) }
        #expect(unlink(path) == 0)
        #expect(mkdir(path, 0o700) == 0)
        #expect(throws: LogOutputProblem.self) { try outlet.reopen() }
        write("still", to: writer)
        writer.close()
        #expect(writer.droppedLines == 0)
    }

    @Test func `hands back each line that the disk did not take`() throws {
        let lost = Mutex<[String]>([])
        let outlet = try Outlet.file("/dev/full", Redactor()) { line, error in
            lost.withLock { $0.append("\(error == ENOSPC) " + String(decoding: line, as: UTF8.self)) }
        }
        let writer = try LogWriter(.text, to: outlet) { Timestamp(millisecondsSinceEpoch: 0) }
        write("first", to: writer)
        write("second", to: writer)
        writer.close()
        #expect(
            lost.withLock { $0 } == [
                "true 1970-01-01T00:00:00.000Z notice first", "true 1970-01-01T00:00:00.000Z notice second",
            ]
        )
        #expect(writer.droppedLines == 2)
    }
}

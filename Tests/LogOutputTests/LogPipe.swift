import Glibc
import LogOutput
import TaskModel

/// A writer into a pipe, and the pipe's other end.
final class LogPipe: Sendable {
    let writer: LogWriter
    let reading: Int32
    private let writing: Int32

    init(_ format: LogFormat, redactor: Redactor = Redactor()) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw PipeProblem() }
        (reading, writing) = (ends[0], ends[1])
        writer = try LogWriter(format, to: .descriptor(writing, redactor)) {
            Timestamp(millisecondsSinceEpoch: 1_795_224_003_123)
        }
    }

    deinit {
        Glibc.close(reading)
    }

    /// Ends the writer and returns all that it wrote and nobody has read.
    func end() -> String {
        writer.close()
        Glibc.close(writing)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = Glibc.read(reading, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what is there, waiting for at least one byte.
    func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(reading, &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}

struct PipeProblem: Error {}

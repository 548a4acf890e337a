import Foundation
import LogOutput
import NIOCore
import TaskModel
import Testing

@testable import GatewayHTTP

@Suite struct `The lines of an event loop` {
    private static let requestID = "request-of-a-caller"

    private func record(_ number: Int) -> AccessRecord {
        AccessRecord(
            time: Timestamp(millisecondsSinceEpoch: 0),
            request: ExchangeQueue.Exchange(
                requestID: .given(Self.requestID),
                method: .get,
                arrivedAt: .now(),
                isHead: false,
                minorVersion: 1,
                keepsAlive: true,
                instance: "/"
            ),
            status: 200,
            code: nil,
            nanoseconds: 1_234_567,
            bytes: number
        )
    }

    /// Appends so many lines to a pipe that is read only afterwards; what was read, and how many lines were dropped.
    private func append(_ count: Int) throws -> (lines: [Substring], dropped: Int) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let writer = try LogWriter(.text, to: .descriptor(writing, Redactor())) {
            Timestamp(millisecondsSinceEpoch: 0)
        }
        let log = AccessLog(for: writer)
        for number in 0..<count { log.append(record(number)) }
        let dropped = writer.droppedLines
        Thread.detachNewThread {
            writer.close(atMost: .seconds(60))
            close(writing)
        }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(reading, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        close(reading)
        return (String(decoding: text, as: UTF8.self).split(separator: "\n"), dropped)
    }

    @Test func `come whole and in their order`() throws {
        let (lines, dropped) = try append(1000)
        #expect(dropped == 0)
        #expect(
            lines
                == (0..<1000)
                .map {
                    """
                    1970-01-01T00:00:00.000Z info request request_id=\(Self.requestID) method=GET status=200 \
                    duration_ms=1.234 bytes=\($0)
                    """
                }
        )
    }

    @Test func `are dropped and counted while nobody reads the log, and no call waits for that`() throws {
        let count = 40000
        let (lines, dropped) = try append(count)
        #expect(dropped > 0)
        #expect(lines.filter { $0.contains(" info request ") }.count == count - dropped)
        let told = lines.compactMap { $0.firstMatch(of: /warning lines of the log were dropped count=(\d+)/)?.1 }
        #expect(told.reduce(0) { $0 + (Int($1) ?? 0) } == dropped)
    }
}

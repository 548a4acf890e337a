import Foundation
import ProgramTesting
import Testing

struct `A program that the tests start` {
    @Test func `sees the environment that a test gives it, and besides only what sanitizers are told`() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let child = try ChildProcess("/usr/bin/env", [], environment: ["OWN": "here"], in: folder)
        #expect(try await child.waitForEnd() == .code(0))
        let environment = ProcessInfo.processInfo.environment
        let told = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { name in environment[name].map { "\(name)=\($0)" } }
        #expect(Set(child.text.split(separator: "\n").map(String.init)) == Set(["OWN=here"] + told))
    }

    @Test func `has nothing open that the tests have open, however high its number`() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let high = fcntl(0, F_DUPFD, Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 8192) - 8))
        try #require(high >= 0, "error \(errno)")
        defer { close(high) }
        let child = try ChildProcess("/bin/ls", ["/proc/self/fd"], environment: [:], in: folder)
        #expect(try await child.waitForEnd() == .code(0))
        // The fourth is the folder that is listed.
        #expect(child.text.split(separator: "\n") == ["0", "1", "2", "3"])
    }
}

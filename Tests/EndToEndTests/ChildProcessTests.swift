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
}

import Foundation
import ProgramTesting
import Testing

extension Chaos {
    @Suite(.serialized) struct `The page about reliability` {
        @Test func `says what is required of the gateway`() throws {
            let file = URL(filePath: "\(Program.folder)/\(ReliabilityPage.path)")
            let page = try String(contentsOf: file, encoding: .utf8)
            let corrected = try #require(ReliabilityPage.corrected(page), "the page has lost the place of its tables")
            if ProcessInfo.processInfo.environment["TASKGATE_WRITE_PAGES"] != nil {
                try corrected.write(to: file, atomically: true, encoding: .utf8)
            } else {
                #expect(page == corrected, "run make reliability, and read what it changed")
            }
        }
    }
}

import FuzzTargets
import GatewayTesting
import Testing

/// One after another: what the targets share is for one thread.
@Suite(.serialized) struct Corpora {}

extension Corpora {
    @Suite(.serialized) struct `What the fuzzers begin with, and what they found` {
        struct Input: Sendable, CustomTestStringConvertible {
            let target: FuzzTarget
            let name: String

            var path: String { "Fuzzing/Corpora/\(target.rawValue)/\(name)" }
            var testDescription: String { path }

            static func all() throws -> [Input] {
                try FuzzTarget.allCases.flatMap { target in
                    try Repository.names(in: "Fuzzing/Corpora/\(target.rawValue)").map {
                        Input(target: target, name: $0)
                    }
                }
            }
        }

        @Test(arguments: try Input.all()) func `holds`(_ input: Input) throws {
            try input.target.run(Repository.bytes(of: input.path))
        }

        @Test(arguments: FuzzTarget.allCases) func `is there for each target`(_ target: FuzzTarget) throws {
            #expect(try !Repository.names(in: "Fuzzing/Corpora/\(target.rawValue)").isEmpty)
        }
    }
}

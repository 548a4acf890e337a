import Foundation
import FuzzTargets
import Testing

extension Corpora {
    @Suite(.serialized) struct `What becomes of them when they are spoilt at random` {
        /// The same for everybody, so that a run which fails does so because of what was changed; another one comes by
        /// `TASKGATE_SPOIL_SEED`.
        private static let usualSeed: UInt64 = 2026
        private static let inputsForEach = 600

        private static func seed() throws -> UInt64 {
            guard let text = ProcessInfo.processInfo.environment["TASKGATE_SPOIL_SEED"] else { return usualSeed }
            return try #require(UInt64(text), "TASKGATE_SPOIL_SEED is no number")
        }

        @Test(arguments: FuzzTarget.allCases) func `holds, too`(_ target: FuzzTarget) async throws {
            let corpus = try Corpus(target)
            let seed = try Self.seed()
            var spoiler = Spoiler(corpus, seed: seed)
            let started = ContinuousClock.now
            for number in 0..<Self.inputsForEach {
                let input = spoiler.spoil(corpus.inputs[number % corpus.inputs.count])
                let name = "\(target.rawValue), seed \(seed), input \(number): \(Data(input).base64EncodedString())"
                LastWords.prepare("The input that ended it: \(name)")
                let began = ContinuousClock.now
                do {
                    try target.run(input)
                } catch {
                    Issue.record("\(error): \(name)")
                }
                #expect(ContinuousClock.now - began < .seconds(10), "\(name)")
                await Task.yield()
            }
            LastWords.forget()
            print("\(target.rawValue): \(Self.inputsForEach) spoilt inputs in \(ContinuousClock.now - started)")
        }

        @Test func `is the same for the same seed alone`() throws {
            func all(seed: UInt64) throws -> [[UInt8]] {
                let corpus = try Corpus(.json)
                var spoiler = Spoiler(corpus, seed: seed)
                return (0..<500).map { spoiler.spoil(corpus.inputs[$0 % corpus.inputs.count]) }
            }
            let (one, again, other) = (try all(seed: 1), try all(seed: 1), try all(seed: 2))
            #expect(one == again)
            #expect(one != other)
            let corpus = try Corpus(.json)
            let unspoilt = one.indices.count { one[$0] == corpus.inputs[$0 % corpus.inputs.count] }
            #expect(Set(one).count > 400 && unspoilt < 25)
        }
    }
}

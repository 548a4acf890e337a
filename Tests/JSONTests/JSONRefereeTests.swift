import Foundation
import JSON
import Testing

/// Another reader of JSON, Foundation's, is the referee: the two must agree about what is JSON.
@Suite struct `A document that was spoilt at random` {
    private static let seeds = [
        #"{"taskId":"9qQe2F8Z_nXx9","status":"processing","progress":45,"done":false,"error":null,"list":[1,-2.5e3,{}]}"#,
        #"[[],{"a":{"b":[true,"\u00e9\ud83d\ude00\n"]}},0.1,1E+2,"x y"]"#,
        #"{"\"k\\":{"":[{"a":1},{"a":2}]},"z":"\/"}"#,
    ]
    /// What a change puts in, so that most spoilt documents are nearly JSON.
    private static let pieces = Array(#"{}[]",:\/untrfalse0123456789.+-eE "#.utf8)

    private func spoil(_ text: String, with generator: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &generator)
            let piece = Self.pieces.randomElement(using: &generator) ?? 0x20
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[index] = piece
            case 1: bytes.insert(piece, at: index)
            case 2: bytes.remove(at: index)
            default: bytes.swapAt(index, Int.random(in: bytes.indices, using: &generator))
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8) func `is taken or refused as the referee says`(part: UInt64) async {
        var generator = SplitMix(state: part)
        for _ in 0..<1500 {
            await Task.yield()
            let bytes = spoil(Self.seeds.randomElement(using: &generator) ?? "", with: &generator)
            let isTaken = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(JSONError) {
                let document = try JSONDocument(bytes)
                // The referee refuses numbers that its own numbers cannot hold.
                #expect(isTaken || document.holdsHugeNumber, "\(text)")
            } catch {
                // What the referee passes over, and this reader is meant to refuse; a comma behind the last element, too.
                let isStricter =
                    error.fault == .duplicateKey || error.fault == .loneSurrogate
                    || text.contains(/,\s*[}\]]/)
                #expect(!isTaken || isStricter, "\(error): \(text)")
            }
        }
    }
}

extension JSONDocument {
    fileprivate var holdsHugeNumber: Bool { root.holdsHugeNumber }
}

extension JSONElement {
    fileprivate var holdsHugeNumber: Bool {
        if let digits {
            return Double(digits).map { !$0.isFinite || ($0 == 0 && digits.contains { "123456789".contains($0) }) }
                ?? true
        }
        return elements.contains(where: \.holdsHugeNumber) || members.contains { $0.value.holdsHugeNumber }
    }
}

/// A generator that starts where it is told, so that a failure comes again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

import FuzzTargets
import GatewayTesting

/// The inputs that are kept for a target, and the words that fit between them.
struct Corpus {
    struct Unreadable: Error {
        let line: String
    }

    let inputs: [[UInt8]]
    let words: [[UInt8]]

    init(_ target: FuzzTarget) throws {
        let folder = "Fuzzing/Corpora/\(target.rawValue)"
        inputs = try Repository.names(in: folder).map { try Repository.bytes(of: "\(folder)/\($0)") }
        words = try Repository.text(of: "Fuzzing/Dictionaries/\(target.rawValue).txt").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { line in
                guard let word = Self.word(line) else { throw Unreadable(line: String(line)) }
                return word
            }
    }

    /// The bytes that a line of a dictionary stands for, in libFuzzer's notation: nil where it is none.
    private static func word(_ line: Substring) -> [UInt8]? {
        guard line.utf8.count > 2, line.hasPrefix("\""), line.hasSuffix("\"") else { return nil }
        var word: [UInt8] = []
        var rest = line.utf8.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                word.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"): word.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "\""): word.append(UInt8(ascii: "\""))
            case UInt8(ascii: "x"):
                guard let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) else { return nil }
                word.append(value)
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return word
    }
}

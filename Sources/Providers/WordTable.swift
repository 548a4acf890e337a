internal import JSON

/// Finds a word among a few by its bytes.
///
/// All words stand in one array, one behind the other: going through them touches no other memory.
struct WordTable: Sendable {
    private let bytes: [UInt8]
    /// Where each word ends, and the next begins.
    private let ends: [Int]

    init(_ words: [String]) {
        bytes = words.flatMap { Array($0.utf8) }
        var end = 0
        ends = words.map { word in
            end += word.utf8.count
            return end
        }
    }

    /// The position of the word that is these bytes.
    func index(of word: UnsafeBufferPointer<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for index in ends.indices {
                let end = ends[index]
                if end - start == word.count, UnsafeBufferPointer(rebasing: bytes[start..<end]).isSame(as: word) {
                    return index
                }
                start = end
            }
            return nil
        }
    }

    /// The position of a word whatever its case and the space around it, in a table of words in lower case.
    func index(ofWord word: String) -> Int? {
        if let index = word.withBytes({ index(of: $0) }) { return index }
        return word.isTrimmedAndLowercased ? nil : word.trimmedAndLowercased.withBytes { index(of: $0) }
    }
}

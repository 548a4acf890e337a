extension StringProtocol {
    /// Runs `body` with the text's UTF-8, where it stands.
    ///
    /// Walking over a string's own views checks at each step how the string is kept, which costs ten times as much.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension Substring {
    /// The part whose bytes stand at these places, counted from the start.
    subscript(utf8 range: Range<Int>) -> Substring {
        let start = utf8.index(startIndex, offsetBy: range.lowerBound)
        return self[start..<utf8.index(start, offsetBy: range.count)]
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes of a text in source code come first.
    func starts(withText text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Where a byte stands first, from `start` on.
    func position(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}

/// What looks like a key, whosever it is: applications put keys in places where none belong.
enum KeyShapes {
    /// Fewer characters behind a start are no key.
    private static let least = 8

    /// Where a text holds what looks like a key, in order: all behind `Bearer`, and words that begin with `bb_`, `sk-`
    /// or `tg_`.
    static func find(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 2
        while index < text.count {
            let byte = text[index]
            guard byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: " "),
                let range = key(in: text, at: index)
            else {
                index += 1
                continue
            }
            found.append(range)
            index = range.upperBound + 2
        }
        return found
    }

    private static func key(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        let (first, second) = (text[index - 2], text[index - 1])
        let start: Int
        switch text[index] {
        case UInt8(ascii: "_") where first == second && first == UInt8(ascii: "b"),
            UInt8(ascii: "_") where first == UInt8(ascii: "t") && second == UInt8(ascii: "g"),
            UInt8(ascii: "-") where first == UInt8(ascii: "s") && second == UInt8(ascii: "k"):
            start = index - 2
        case UInt8(ascii: " ") where isBearer(text, before: index):
            let end = end(of: text, from: index + 1) { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
            return end > index + 1 ? index + 1..<end : nil
        default: return nil
        }
        // "task-…" is no key.
        guard start == 0 || !isLetterOrDigit(text[start - 1]) else { return nil }
        let end = end(of: text, from: index + 1) {
            isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        return end - index > least ? start..<end : nil
    }

    private static func isBearer(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> Bool {
        let word: StaticString = "bearer"
        let start = index - word.utf8CodeUnitCount
        guard start >= 0 else { return false }
        for offset in 0..<word.utf8CodeUnitCount where text[start + offset] | 0x20 != word.utf8Start[offset] {
            return false
        }
        return true
    }

    private static func end(
        of text: UnsafeBufferPointer<UInt8>,
        from start: Int,
        _ belongs: (UInt8) -> Bool
    ) -> Int {
        var end = start
        while end < text.count, belongs(text[end]) { end += 1 }
        return end
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}

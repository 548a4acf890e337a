/// Texts that come from outside, made fit for a line of the log.
///
/// Control characters, line ends of every kind and what turns the direction of writing are written as escapes, so that
/// a text neither breaks its line nor commands a terminal. What looks like a key is hidden.
enum OutsideText {
    /// Writes `name:text` if the text can be written as it stands: no quotation marks, nothing to escape, nothing that
    /// looks like a key.
    static func writePlain(_ name: String, _ text: String, to lines: LogLines) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard isPlain(bytes) else { return false }
            lines.append(plain: name)
            lines.append(":")
            lines.append(UnsafeRawBufferPointer(bytes))
            return true
        }
    }

    /// Writes a text.
    ///
    /// `isQuoted` says that it stands between quotation marks already; else `isField` sets it between some where it is
    /// not one plain word.
    static func write(_ text: String, isQuoted: Bool, isField: Bool = false, to lines: LogLines) {
        var text = text
        text.withUTF8 { bytes in
            if isPlain(bytes) { return lines.append(UnsafeRawBufferPointer(bytes)) }
            let hidden = KeyShapes.find(in: bytes)
            let needsMarks = isField && !isQuoted
            if needsMarks { lines.append("\"") }
            var start = 0
            for range in hidden {
                escape(bytes, start..<range.lowerBound, marks: isQuoted || needsMarks, to: lines)
                lines.append(Redactor.replacement)
                start = range.upperBound
            }
            escape(bytes, start..<bytes.count, marks: isQuoted || needsMarks, to: lines)
            if needsMarks { lines.append("\"") }
        }
    }

    /// Whether a text is one plain word that holds nothing like a key.
    ///
    /// A word without `_` and `-` holds none, so that most are looked through once.
    private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var mayHoldKey = false
        for byte in bytes {
            guard isPlain(byte) else { return false }
            if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") { mayHoldKey = true }
        }
        return !bytes.isEmpty && (!mayHoldKey || KeyShapes.find(in: bytes).isEmpty)
    }

    /// Printable ASCII without space, quotation mark, backslash and equals sign.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            && byte != UInt8(ascii: "=")
    }

    /// Writes a part of a text; with `marks`, quotation marks and backslashes are escaped.
    private static func escape(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        marks: Bool,
        to lines: LogLines
    ) {
        var start = range.lowerBound
        var index = start
        func flush(_ end: Int) {
            guard end > start else { return }
            lines.append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<end])))
        }
        while index < range.upperBound {
            let byte = bytes[index]
            let length = harmLength(bytes, at: index, marks: marks)
            guard length > 0 else {
                index += 1
                continue
            }
            flush(index)
            if length == 1, byte >= 0x20, byte < 0x7f {
                lines.append("\\")
                lines.append(byte: byte)
            } else {
                write(scalar(bytes, at: index, length), to: lines)
            }
            index += length
            start = index
        }
        flush(range.upperBound)
    }

    /// How many bytes, from a place on, make a character that must be escaped; 0 where it need not be.
    private static func harmLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, marks: Bool) -> Int {
        let byte = bytes[index]
        if byte < 0x20 || byte == 0x7f { return 1 }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return marks ? 1 : 0 }
        // The second set of control characters.
        if byte == 0xc2, index + 1 < bytes.count, bytes[index + 1] < 0xa0 { return 2 }
        // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: line ends, and marks that turn the direction of writing.
        if byte == 0xe2, index + 2 < bytes.count {
            let (second, third) = (bytes[index + 1], bytes[index + 2])
            if second == 0x80, third == 0x8e || third == 0x8f || (0xa8...0xae).contains(third) { return 3 }
            if second == 0x81, (0xa6...0xa9).contains(third) { return 3 }
        }
        return 0
    }

    private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, _ length: Int) -> UInt32 {
        switch length {
        case 1: UInt32(bytes[index])
        case 2: UInt32(bytes[index] & 0x1f) << 6 | UInt32(bytes[index + 1] & 0x3f)
        default:
            UInt32(bytes[index] & 0x0f) << 12 | UInt32(bytes[index + 1] & 0x3f) << 6 | UInt32(bytes[index + 2] & 0x3f)
        }
    }

    private static func write(_ scalar: UInt32, to lines: LogLines) {
        lines.append("\\u")
        for shift: UInt32 in [12, 8, 4, 0] {
            let digit = UInt8(scalar >> shift & 15)
            lines.append(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

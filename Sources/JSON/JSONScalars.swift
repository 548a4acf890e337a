// Where the scalars of a document end; all of them are checked to their end.

extension UnsafeBufferPointer<UInt8> {
    /// The place behind a number.
    func endOfNumber(from start: Int) throws(JSONFault) -> Int {
        let leading = self[start] == UInt8(ascii: "-") ? start + 1 : start
        // What is no value at all comes here too.
        guard leading > start || isDigit(self[start]) else { throw JSONFault(kind: .unexpectedByte, offset: start) }
        var position = try endOfDigits(from: leading)
        if self[leading] == UInt8(ascii: "0"), position > leading + 1 {
            throw JSONFault(kind: .invalidNumber, offset: start)
        }
        if position < count, self[position] == UInt8(ascii: ".") {
            position = try endOfDigits(from: position + 1)
        }
        if position < count, self[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < count, self[position] == UInt8(ascii: "+") || self[position] == UInt8(ascii: "-") {
                position += 1
            }
            position = try endOfDigits(from: position)
        }
        return position
    }

    private func endOfDigits(from start: Int) throws(JSONFault) -> Int {
        var position = start
        while position < count, isDigit(self[position]) { position += 1 }
        guard position > start else {
            throw JSONFault(kind: position < count ? .invalidNumber : .unexpectedEnd, offset: position)
        }
        return position
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// Where the first byte of a literal's spelling is missing or another.
    func faultInLiteral(_ text: StaticString, at start: Int) -> JSONFault {
        var position = start
        while position < count, self[position] == text.utf8Start[position - start] { position += 1 }
        return JSONFault(kind: position < count ? .unexpectedByte : .unexpectedEnd, offset: position)
    }

    /// The closing quotation mark of a string that is read from somewhere in it on, and whether an escape came before.
    func endOfString(from start: Int) throws(JSONFault) -> (end: Int, isEscaped: Bool) {
        var position = start
        var isEscaped = false
        while true {
            position = endOfPlainText(from: position)
            guard position < count else { throw JSONFault(kind: .unexpectedEnd, offset: position) }
            switch self[position] {
            case UInt8(ascii: "\""): return (position, isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                position = try endOfEscape(at: position)
            case 0..<0x20: throw JSONFault(kind: .controlCharacter, offset: position)
            default: position = try endOfMultibyteCharacter(at: position)
            }
        }
    }

    private func endOfEscape(at position: Int) throws(JSONFault) -> Int {
        guard position + 1 < count else { throw JSONFault(kind: .unexpectedEnd, offset: position) }
        switch self[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return position + 2
        case UInt8(ascii: "u"):
            let unit = try unicodeEscape(at: position)
            let end = position + 6
            guard UTF16.isSurrogate(unit) else { return end }
            guard UTF16.isLeadSurrogate(unit), end + 1 < count, self[end] == UInt8(ascii: "\\"),
                self[end + 1] == UInt8(ascii: "u"), UTF16.isTrailSurrogate(try unicodeEscape(at: end))
            else { throw JSONFault(kind: .loneSurrogate, offset: end) }
            return end + 6
        default:
            throw JSONFault(kind: .invalidEscape, offset: position)
        }
    }

    /// What `\uXXXX` stands for.
    private func unicodeEscape(at position: Int) throws(JSONFault) -> UInt16 {
        guard position + 6 <= count else { throw JSONFault(kind: .unexpectedEnd, offset: position) }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = hexadecimalDigit(self[position + offset]) else {
                throw JSONFault(kind: .invalidEscape, offset: position)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// The place behind a character of two to four bytes: the well-formed sequences of the Unicode standard's table 3-7.
    private func endOfMultibyteCharacter(at position: Int) throws(JSONFault) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>)
        switch self[position] {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw JSONFault(kind: .invalidUTF8, offset: position)
        }
        guard position + length <= count, second.contains(self[position + 1]) else {
            throw JSONFault(kind: .invalidUTF8, offset: position)
        }
        for offset in 2..<length where self[position + offset] & 0xc0 != 0x80 {
            throw JSONFault(kind: .invalidUTF8, offset: position)
        }
        return position + length
    }
}

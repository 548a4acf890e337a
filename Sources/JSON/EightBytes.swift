// Looks at eight bytes at once, as one number: what a byte is compared with is subtracted from all eight, and the upper
// bit of each tells. A borrow can spoil only what stands above the first byte that is found, so the first is right.

extension UnsafeBufferPointer<UInt8> {
    /// The first place from `start` on at which a byte in a JSON string does not stand for itself alone: `"`, `\`, a
    /// control character or anything beyond ASCII; the end where there is none.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var position = start
        while let eight = eightBytes(at: position) {
            let controls = eight &- EightBytes.each(0x20)
            let quotes = (eight ^ EightBytes.each(UInt8(ascii: "\""))) &- EightBytes.each(1)
            let escapes = (eight ^ EightBytes.each(UInt8(ascii: "\\"))) &- EightBytes.each(1)
            let found = (eight | controls | quotes | escapes) & EightBytes.each(0x80)
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < count, isPlain(self[position]) { position &+= 1 }
        return position
    }

    /// The first place from `start` on at which one of two bytes of ASCII stands; nil where neither does.
    package func firstIndex(of one: UInt8, or other: UInt8, from start: Int) -> Int? {
        var position = start
        while let eight = eightBytes(at: position) {
            // Beyond ASCII the upper bit says nothing, so it is taken away; what then looks the same is looked at again.
            let ones = ((eight ^ EightBytes.each(one)) & EightBytes.each(0x7f)) &- EightBytes.each(1)
            let others = ((eight ^ EightBytes.each(other)) & EightBytes.each(0x7f)) &- EightBytes.each(1)
            let found = (ones | others) & EightBytes.each(0x80)
            if found == 0 {
                position &+= 8
                continue
            }
            position &+= found.trailingZeroBitCount / 8
            if self[position] == one || self[position] == other { return position }
            position &+= 1
        }
        while position < count {
            if self[position] == one || self[position] == other { return position }
            position &+= 1
        }
        return nil
    }

    /// Whether these bytes are the same as those of another text of the same length.
    @inline(__always)
    package func isSame(as other: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        while let eight = eightBytes(at: position), let others = other.eightBytes(at: position) {
            guard eight == others else { return false }
            position &+= 8
        }
        if let four = fourBytes(at: position), let others = other.fourBytes(at: position) {
            guard four == others else { return false }
            position &+= 4
        }
        while position < count {
            guard self[position] == other[position] else { return false }
            position &+= 1
        }
        return true
    }

    /// The bytes from one place to another, which the caller knows to be in these.
    @inline(__always)
    func part(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: baseAddress.map { $0 + start }, count: end &- start)
    }

    /// The four bytes from `position` on, in the order of the machine; nil where there are fewer.
    @inline(__always)
    func fourBytes(at position: Int) -> UInt32? {
        guard position &+ 4 <= count, let baseAddress else { return nil }
        return UnsafeRawPointer(baseAddress + position).loadUnaligned(as: UInt32.self)
    }

    /// The eight bytes from `position` on, the first as the lowest; nil where there are fewer.
    @inline(__always)
    private func eightBytes(at position: Int) -> UInt64? {
        guard position &+ 8 <= count, let baseAddress else { return nil }
        return UInt64(littleEndian: UnsafeRawPointer(baseAddress + position).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    private func isPlain(_ byte: UInt8) -> Bool {
        byte &- 0x20 < 0x60 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

extension StaticString {
    /// The last four bytes, in the order of the machine, of a text that has as many.
    @inline(__always)
    var lastFourBytes: UInt32 {
        UnsafeRawPointer(utf8Start + (utf8CodeUnitCount - 4)).loadUnaligned(as: UInt32.self)
    }
}

private enum EightBytes {
    /// One byte eight times.
    @inline(__always)
    static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}

/// Writes one JSON document into bytes.
///
/// Commas are its business; that keys and values alternate is the caller's. The bytes stand in memory of its own and
/// not in an array, whose checks at each append would be paid for sixty times in a task.
package struct JSONWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var count = 0
    private var needsComma = false

    package init(capacity: Int = 512) {
        memory = .allocate(byteCount: max(capacity, 16), alignment: 1)
    }

    deinit {
        memory.deallocate()
    }

    /// A copy of what was written so far.
    package var bytes: [UInt8] { [UInt8](memory[..<count]) }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a key that needs no escapes, which every key in source code is.
    package mutating func key(_ key: StaticString) {
        let length = key.utf8CodeUnitCount
        separate(room: length + 4)
        guard let start = memory.baseAddress else { return }
        let place = start + count
        place.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        (place + 1).copyMemory(from: key.utf8Start, byteCount: length)
        // Both bytes at once, in the order of a processor that puts the lower one first.
        let end = UInt16(UInt8(ascii: ":")) << 8 | UInt16(UInt8(ascii: "\""))
        (place + 1 + length).storeBytes(of: end.littleEndian, as: UInt16.self)
        count += length + 3
        needsComma = false
    }

    /// Writes a key that may need escapes.
    package mutating func key(escaping key: String) {
        string(key)
        reserve(1)
        append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func null() { raw("null") }

    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    package mutating func integer(_ value: Int) {
        separate(room: 21)
        if value < 0 { append(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        var divisor: UInt = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(magnitude / divisor % 10))
            divisor /= 10
        }
    }

    /// Writes a finite number, a whole one without a fraction; anything else as null.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        if let whole = Int(exactly: value) { return integer(whole) }
        raw("\(value)".utf8)
    }

    package mutating func string(_ value: String) {
        separate(room: 2)
        append(UInt8(ascii: "\""))
        append(text: value)
        append(UInt8(ascii: "\""))
    }

    /// Writes `start:end` as one string.
    package mutating func string(_ start: String, colon end: String) {
        separate(room: 2)
        append(UInt8(ascii: "\""))
        append(text: start)
        append(UInt8(ascii: ":"))
        append(text: end)
        append(UInt8(ascii: "\""))
    }

    /// Writes a string, or null for nil.
    package mutating func string(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    /// Writes a number, or null for nil.
    package mutating func number(_ value: Double?) {
        if let value { number(value) } else { null() }
    }

    /// Writes bytes that are one JSON value already.
    package mutating func raw(_ value: some Collection<UInt8>) {
        let count = value.count
        separate(room: count + 1)
        let free = UnsafeMutableRawBufferPointer(rebasing: memory[self.count..<self.count + count])
        free.copyBytes(from: value)
        self.count += count
    }

    /// Writes a string of `count` bytes of ASCII without quotation marks, reverse solidus or control characters, all of
    /// which `fill` sets.
    package mutating func plainString(count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        separate(room: count + 3)
        append(UInt8(ascii: "\""))
        let free = UnsafeMutableRawBufferPointer(rebasing: memory[self.count..<self.count + count])
        fill(free.bindMemory(to: UInt8.self))
        self.count += count
        append(UInt8(ascii: "\""))
    }

    private mutating func raw(_ text: StaticString) {
        separate(room: text.utf8CodeUnitCount + 1)
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func open(_ byte: UInt8) {
        separate(room: 2)
        append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        reserve(1)
        append(byte)
        needsComma = true
    }

    /// Writes the comma that is due, and makes room for so many bytes, the comma among them.
    @inline(__always)
    private mutating func separate(room: Int) {
        reserve(room)
        if needsComma { append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: - Memory

    @inline(__always)
    private mutating func reserve(_ room: Int) {
        if memory.count - count < room { grow(room) }
    }

    @inline(never)
    private mutating func grow(_ room: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * (count + room), alignment: 1)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }

    /// There must be room.
    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        assert(count < memory.count)
        memory[count] = byte
        count += 1
    }

    /// There must be room.
    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - count)
        guard let source = bytes.baseAddress, let start = memory.baseAddress else { return }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Escapes what must be, and leaves room for two bytes behind it.
    private mutating func append(text: String) {
        var text = text
        text.withUTF8 { bytes in
            // A control character takes six bytes.
            reserve(6 * bytes.count + 2)
            let plainCount = bytes.endOfPlainText(from: 0)
            append(UnsafeRawBufferPointer(bytes.part(0, plainCount)))
            for byte in bytes[plainCount...] { append(escaping: byte) }
        }
    }

    /// There must be room for six bytes.
    private mutating func append(escaping byte: UInt8) {
        let short: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
        case 0x0a: short = UInt8(ascii: "n")
        case 0x0d: short = UInt8(ascii: "r")
        case 0x09: short = UInt8(ascii: "t")
        case 0..<0x20:
            for character in "\\u00".utf8 { append(character) }
            append(UInt8(ascii: "0") + byte >> 4)
            append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
            return
        default: return append(byte)
        }
        append(UInt8(ascii: "\\"))
        append(short)
    }
}

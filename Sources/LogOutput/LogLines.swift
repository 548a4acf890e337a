package import TaskModel

/// Lines of the log as bytes, one after the other, in one of the two formats.
///
/// A reference to memory of its own, so that filling it allocates nothing once it has been as large before. It belongs
/// to whoever fills it.
package final class LogLines {
    package let format: LogFormat
    /// How many lines are whole.
    package private(set) var lineCount = 0
    package private(set) var byteCount = 0
    private let isJSON: Bool
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int

    package init(format: LogFormat, capacity: Int = 4096) {
        self.format = format
        isJSON = format == .json
        self.capacity = max(capacity, 64)
        memory = .allocate(capacity: self.capacity)
    }

    deinit {
        memory.deallocate()
    }

    /// What was written; it may not outlive the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: byteCount) }

    package var isEmpty: Bool { byteCount == 0 }

    /// Forgets everything, and keeps the memory.
    package func removeAll() {
        byteCount = 0
        lineCount = 0
    }

    // MARK: - Lines

    /// Begins a line; `message` is our own, and plain ASCII.
    package func begin(_ time: Timestamp, _ level: StaticString, _ message: StaticString) {
        begin(time, level)
        append(message)
        endMessage()
    }

    /// Begins a line with a message in which there may be texts from outside.
    package func begin(_ time: Timestamp, _ level: String, message: String) {
        reserve(128)
        beginTime(time)
        append(plain: level)
        betweenLevelAndMessage()
        OutsideText.write(message, isQuoted: isJSON, to: self)
        endMessage()
    }

    /// Ends a line.
    package func end() {
        reserve(2)
        if isJSON { put("}") }
        put("\n")
        lineCount += 1
    }

    private func begin(_ time: Timestamp, _ level: StaticString) {
        reserve(128)
        beginTime(time)
        append(level)
        betweenLevelAndMessage()
    }

    private func beginTime(_ time: Timestamp) {
        if isJSON { append(#"{"time":""#) }
        time.write(
            to: UnsafeMutableBufferPointer(start: memory + byteCount, count: Timestamp.textLength)
        )
        byteCount += Timestamp.textLength
        if isJSON { append(#"","level":""#) } else { append(" ") }
    }

    private func betweenLevelAndMessage() {
        if isJSON { append(#"","message":""#) } else { append(" ") }
    }

    private func endMessage() {
        if isJSON { append("\"") }
    }

    // MARK: - Fields

    /// A word of our own, without quotation marks or spaces.
    package func field(_ key: StaticString, _ word: StaticString) {
        begin(key, isText: true)
        append(word)
        endText()
    }

    /// A text that is known to need no escapes: a name, a number in base 16.
    package func field(_ key: StaticString, plain text: String) {
        begin(key, isText: true)
        append(plain: text)
        endText()
    }

    package func field(_ key: StaticString, _ number: Int) {
        begin(key, isText: false)
        append(number)
    }

    package func field(_ key: StaticString, hexadecimal number: UInt64) {
        begin(key, isText: true)
        append(hexadecimal: number)
        endText()
    }

    /// A number of 128 bits.
    package func field(_ key: StaticString, hexadecimal high: UInt64, _ low: UInt64) {
        begin(key, isText: true)
        append(hexadecimal: high)
        append(hexadecimal: low)
        endText()
    }

    private func append(hexadecimal number: UInt64) {
        reserve(Hexadecimal.textLength)
        Hexadecimal.write(
            number,
            to: UnsafeMutableRawBufferPointer(start: memory + byteCount, count: Hexadecimal.textLength)
        )
        byteCount += Hexadecimal.textLength
    }

    /// A duration in milliseconds, with three digits of fraction.
    package func field(_ key: StaticString, milliseconds nanoseconds: Int64) {
        begin(key, isText: false)
        let (milliseconds, rest) = (UInt64(max(0, nanoseconds)) / 1000).quotientAndRemainder(dividingBy: 1000)
        append(Int(milliseconds))
        reserve(4)
        let thousandths = UInt32(rest)
        put(".")
        put(digit: thousandths / 100)
        put(digit: thousandths / 10 % 10)
        put(digit: thousandths % 10)
    }

    /// A text that comes from outside: what looks like a key is hidden, and nothing in it ends the line or reaches a
    /// terminal as a command.
    package func field(_ key: StaticString, outside text: String) {
        begin(key, isText: isJSON)
        OutsideText.write(text, isQuoted: isJSON, isField: true, to: self)
        if isJSON { append("\"") }
    }

    /// The same, and null where there is none.
    package func field(_ key: StaticString, outside text: String?) {
        if let text { return field(key, outside: text) }
        begin(key, isText: false)
        append("null")
    }

    /// A task's id, as one text from outside.
    package func field(_ key: StaticString, _ task: TaskID) {
        begin(key, isText: isJSON)
        if isJSON {
            append(plain: task.provider)
            append(":")
            OutsideText.write(task.native, isQuoted: true, to: self)
        } else if !OutsideText.writePlain(task.provider, task.native, to: self) {
            OutsideText.write(task.description, isQuoted: false, isField: true, to: self)
        }
        if isJSON { append("\"") }
    }

    /// A field whose name comes from elsewhere, too.
    package func field(named key: String, outside text: String) {
        if isJSON {
            append(",\"")
            OutsideText.write(key, isQuoted: true, to: self)
            append("\":\"")
        } else {
            append(" ")
            OutsideText.write(key, isQuoted: false, isField: true, to: self)
            append("=")
        }
        OutsideText.write(text, isQuoted: isJSON, isField: true, to: self)
        if isJSON { append("\"") }
    }

    /// Writes a field's name with all that stands around it: there are a dozen in a line, so each piece counts.
    private func begin(_ key: StaticString, isText: Bool) {
        let count = key.utf8CodeUnitCount
        reserve(count + 5)
        if isJSON {
            put(",")
            put("\"")
        } else {
            put(" ")
        }
        (memory + byteCount).update(from: key.utf8Start, count: count)
        byteCount += count
        if isJSON {
            put("\"")
            put(":")
            if isText { put("\"") }
        } else {
            put("=")
        }
    }

    private func endText() {
        guard isJSON else { return }
        reserve(1)
        put("\"")
    }

    // MARK: - Bytes

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(plain text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        guard let source = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(memory + byteCount).copyMemory(from: source, byteCount: bytes.count)
        byteCount += bytes.count
    }

    func append(byte: UInt8) {
        reserve(1)
        memory[byteCount] = byte
        byteCount += 1
    }

    private func append(_ number: Int) {
        reserve(20)
        if number < 0 { put("-") }
        var rest = number.magnitude
        var count = 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        rest = number.magnitude
        for index in stride(from: byteCount + count - 1, through: byteCount, by: -1) {
            memory[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        byteCount += count
    }

    /// Writes one character where there is room for it.
    @inline(__always)
    private func put(_ character: Unicode.Scalar) {
        memory[byteCount] = UInt8(truncatingIfNeeded: character.value)
        byteCount &+= 1
    }

    @inline(__always)
    private func put(digit: UInt32) {
        memory[byteCount] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
        byteCount &+= 1
    }

    /// Lines of another batch, which are whole.
    package func append(_ other: LogLines) {
        append(other.bytes)
        lineCount += other.lineCount
    }

    @inline(__always)
    private func reserve(_ room: Int) {
        if byteCount + room > capacity { grow(room) }
    }

    @inline(never)
    private func grow(_ room: Int) {
        capacity = max(2 * capacity, byteCount + room)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: memory, count: byteCount)
        memory.deallocate()
        memory = larger
    }
}

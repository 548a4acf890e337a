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
    private var memory: UnsafeMutableRawBufferPointer

    package init(format: LogFormat, capacity: Int = 4096) {
        self.format = format
        memory = .allocate(byteCount: max(capacity, 64), alignment: 8)
    }

    deinit {
        memory.deallocate()
    }

    /// What was written; it may not outlive the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<byteCount]) }

    package var isEmpty: Bool { byteCount == 0 }

    /// Forgets everything, and keeps the memory.
    func removeAll() {
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
        OutsideText.write(message, isQuoted: format == .json, to: self)
        endMessage()
    }

    /// Ends a line.
    package func end() {
        if format == .json { append("}\n") } else { append("\n") }
        lineCount += 1
    }

    private func begin(_ time: Timestamp, _ level: StaticString) {
        reserve(128)
        beginTime(time)
        append(level)
        betweenLevelAndMessage()
    }

    private func beginTime(_ time: Timestamp) {
        if format == .json { append(#"{"time":""#) }
        time.write(
            to: UnsafeMutableBufferPointer(
                rebasing: memory.bindMemory(to: UInt8.self)[byteCount..<byteCount + Timestamp.textLength]
            )
        )
        byteCount += Timestamp.textLength
        if format == .json { append(#"","level":""#) } else { append(" ") }
    }

    private func betweenLevelAndMessage() {
        if format == .json { append(#"","message":""#) } else { append(" ") }
    }

    private func endMessage() {
        if format == .json { append("\"") }
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
        reserve(16)
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index) & 15)
            memory[byteCount + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        byteCount += 16
    }

    /// A duration in milliseconds, with three digits of fraction.
    package func field(_ key: StaticString, milliseconds nanoseconds: Int64) {
        begin(key, isText: false)
        let microseconds = Int(max(0, nanoseconds)) / 1000
        append(microseconds / 1000)
        reserve(4)
        memory[byteCount] = UInt8(ascii: ".")
        memory[byteCount + 1] = UInt8(ascii: "0") + UInt8(microseconds / 100 % 10)
        memory[byteCount + 2] = UInt8(ascii: "0") + UInt8(microseconds / 10 % 10)
        memory[byteCount + 3] = UInt8(ascii: "0") + UInt8(microseconds % 10)
        byteCount += 4
    }

    /// A text that comes from outside: what looks like a key is hidden, and nothing in it ends the line or reaches a
    /// terminal as a command.
    package func field(_ key: StaticString, outside text: String) {
        begin(key, isText: format == .json)
        OutsideText.write(text, isQuoted: format == .json, isField: true, to: self)
        if format == .json { append("\"") }
    }

    /// The same, and null where there is none.
    package func field(_ key: StaticString, outside text: String?) {
        if let text { return field(key, outside: text) }
        begin(key, isText: false)
        append("null")
    }

    /// A task's id, as one text from outside.
    package func field(_ key: StaticString, _ task: TaskID) {
        begin(key, isText: format == .json)
        if format == .json {
            append(plain: task.provider)
            append(":")
            OutsideText.write(task.native, isQuoted: true, to: self)
        } else if !OutsideText.writePlain(task.provider, task.native, to: self) {
            OutsideText.write(task.description, isQuoted: false, isField: true, to: self)
        }
        if format == .json { append("\"") }
    }

    /// A field whose name comes from elsewhere, too.
    package func field(named key: String, outside text: String) {
        if format == .json {
            append(",\"")
            OutsideText.write(key, isQuoted: true, to: self)
            append("\":\"")
        } else {
            append(" ")
            OutsideText.write(key, isQuoted: false, isField: true, to: self)
            append("=")
        }
        OutsideText.write(text, isQuoted: format == .json, isField: true, to: self)
        if format == .json { append("\"") }
    }

    private func begin(_ key: StaticString, isText: Bool) {
        reserve(key.utf8CodeUnitCount + 8)
        if format == .json {
            append(",\"")
            append(key)
            if isText { append("\":\"") } else { append("\":") }
        } else {
            append(" ")
            append(key)
            append("=")
        }
    }

    private func endText() {
        if format == .json { append("\"") }
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
        guard let source = bytes.baseAddress, let start = memory.baseAddress else { return }
        (start + byteCount).copyMemory(from: source, byteCount: bytes.count)
        byteCount += bytes.count
    }

    func append(byte: UInt8) {
        reserve(1)
        memory[byteCount] = byte
        byteCount += 1
    }

    private func append(_ number: Int) {
        reserve(20)
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        var divisor: UInt = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            memory[byteCount] = UInt8(ascii: "0") + UInt8(magnitude / divisor % 10)
            byteCount += 1
            divisor /= 10
        }
    }

    /// Lines of another batch, which are whole.
    func append(_ other: LogLines) {
        append(other.bytes)
        lineCount += other.lineCount
    }

    @inline(__always)
    private func reserve(_ room: Int) {
        if byteCount + room > memory.count { grow(room) }
    }

    @inline(never)
    private func grow(_ room: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * memory.count, byteCount + room),
            alignment: 8
        )
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }
}

internal import NIOCore

/// Writes JSON objects straight into the buffer that is sent.
struct SimulatorJSONWriter {
    private(set) var buffer: ByteBuffer
    private var needsComma = false

    private init(reserving capacity: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    static func object(reserving capacity: Int = 512, _ fill: (inout SimulatorJSONWriter) -> Void) -> ByteBuffer {
        var writer = SimulatorJSONWriter(reserving: capacity)
        writer.element(fill)
        return writer.buffer
    }

    mutating func string(_ name: String, _ value: String?) {
        key(name)
        guard let value else {
            buffer.writeStaticString("null")
            return
        }
        quote(value)
    }

    mutating func number(_ name: String, _ value: Int) {
        key(name)
        buffer.writeString(String(value))
    }

    mutating func flag(_ name: String, _ value: Bool) {
        key(name)
        buffer.writeString(value ? "true" : "false")
    }

    mutating func null(_ name: String) {
        key(name)
        buffer.writeStaticString("null")
    }

    mutating func object(_ name: String, _ fill: (inout SimulatorJSONWriter) -> Void) {
        key(name)
        needsComma = false
        element(fill)
    }

    mutating func array(_ name: String, _ fill: (inout SimulatorJSONWriter) -> Void) {
        key(name)
        buffer.writeStaticString("[")
        needsComma = false
        fill(&self)
        buffer.writeStaticString("]")
        needsComma = true
    }

    /// An object inside an array.
    mutating func element(_ fill: (inout SimulatorJSONWriter) -> Void) {
        separate()
        buffer.writeStaticString("{")
        needsComma = false
        fill(&self)
        buffer.writeStaticString("}")
        needsComma = true
    }

    /// A string inside an array.
    mutating func element(_ value: String) {
        separate()
        quote(value)
    }

    /// The names are ours and have nothing to escape.
    private mutating func key(_ name: String) {
        separate()
        buffer.writeStaticString("\"")
        buffer.writeString(name)
        buffer.writeStaticString("\":")
    }

    private mutating func separate() {
        if needsComma { buffer.writeStaticString(",") }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        buffer.writeStaticString("\"")
        // Nearly every text is plain and is copied in one go.
        if text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for byte in text.utf8 { escape(byte) }
        } else {
            buffer.writeString(text)
        }
        buffer.writeStaticString("\"")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            buffer.writeStaticString("\\u00")
            buffer.writeInteger(digits[Int(byte >> 4)])
            buffer.writeInteger(digits[Int(byte & 15)])
        default: buffer.writeInteger(byte)
        }
    }
}

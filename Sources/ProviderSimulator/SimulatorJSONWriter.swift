internal import JSON
internal import NIOCore

/// Writes the providers' answers, member by member.
struct SimulatorJSONWriter: ~Copyable {
    private var writer: JSONWriter

    static func object(reserving capacity: Int = 512, _ fill: (inout SimulatorJSONWriter) -> Void) -> ByteBuffer {
        var writer = SimulatorJSONWriter(writer: JSONWriter(capacity: capacity))
        writer.element(fill)
        return ByteBuffer(bytes: writer.writer.bytes)
    }

    mutating func string(_ name: String, _ value: String?) {
        writer.key(escaping: name)
        writer.string(value)
    }

    mutating func number(_ name: String, _ value: Int) {
        writer.key(escaping: name)
        writer.integer(value)
    }

    mutating func flag(_ name: String, _ value: Bool) {
        writer.key(escaping: name)
        writer.bool(value)
    }

    mutating func null(_ name: String) {
        writer.key(escaping: name)
        writer.null()
    }

    mutating func object(_ name: String, _ fill: (inout SimulatorJSONWriter) -> Void) {
        writer.key(escaping: name)
        element(fill)
    }

    mutating func array(_ name: String, _ fill: (inout SimulatorJSONWriter) -> Void) {
        writer.key(escaping: name)
        writer.beginArray()
        fill(&self)
        writer.endArray()
    }

    /// An object inside an array.
    mutating func element(_ fill: (inout SimulatorJSONWriter) -> Void) {
        writer.beginObject()
        fill(&self)
        writer.endObject()
    }

    /// A string inside an array.
    mutating func element(_ value: String) {
        writer.string(value)
    }
}

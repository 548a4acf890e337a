internal import Documents

extension DocumentObject {
    /// Reads a whole number into a property, which keeps its default where the key is missing.
    mutating func integer(_ key: String, in range: ClosedRange<Int>, into property: inout Int) {
        property = optional(key)?.integer(in: range) ?? property
    }

    /// Reads a duration into a property, which keeps its default where the key is missing.
    mutating func duration(_ key: String, in range: ClosedRange<Duration>, into property: inout Duration) {
        property = optional(key)?.duration(in: range) ?? property
    }
}

extension DocumentCursor {
    /// Reads an object into a value that has its defaults already.
    func object<Value>(into value: inout Value, _ read: (inout Value, inout DocumentObject) -> Void) {
        let filled: Value? = object { object in
            var filled = value
            read(&filled, &object)
            return filled
        }
        value = filled ?? value
    }
}

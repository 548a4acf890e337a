internal import TaskModel

/// Percent-decoding, done once and strictly.
enum PercentDecoding {
    /// Decodes a text; nil for a broken escape, for bytes that are not UTF-8 (overlong forms count), and for control
    /// characters.
    static func decode(_ text: Substring) -> String? {
        guard !isPlain(text) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                let low = rest.popFirst().flatMap(Hexadecimal.value)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { return nil }
        return decoded.unicodeScalars.contains { $0.properties.generalCategory == .control } ? nil : decoded
    }

    /// Whether there is nothing to decode, and nothing to refuse.
    private static func isPlain(_ text: Substring) -> Bool {
        text.withBytes { bytes in
            for byte in bytes where byte == UInt8(ascii: "%") || byte < 0x20 || byte > 0x7e { return false }
            return true
        }
    }
}

internal import TaskModel

/// Where a call stands in a trace of its callers: the `traceparent` field of W3C Trace Context.
struct TraceParent: Sendable, Hashable {
    /// The two halves of the trace's id.
    let high: UInt64
    let low: UInt64
    /// The whole field, as it came.
    let text: String

    /// Nil for what is malformed, which the standard passes over; a later version is read as far as this one goes.
    init?(_ text: String) {
        let ids = text.withBytes { bytes -> (UInt64, UInt64)? in
            guard (55...256).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7e).contains($0) }),
                bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
                bytes[52] == UInt8(ascii: "-"), let version = Self.number(bytes, 0..<2), version != 0xff,
                version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-"),
                let high = Self.number(bytes, 3..<19), let low = Self.number(bytes, 19..<35),
                let parent = Self.number(bytes, 36..<52), Self.number(bytes, 53..<55) != nil
            else { return nil }
            // All zeros say that there is none.
            return (high | low) != 0 && parent != 0 ? (high, low) : nil
        }
        guard let ids else { return nil }
        (high, low) = ids
        self.text = text
    }

    /// The number that lower-case digits of base 16 say.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for index in range {
            let byte = bytes[index]
            guard byte < UInt8(ascii: "A") || byte > UInt8(ascii: "F"), let value = Hexadecimal.value(byte) else {
                return nil
            }
            number = number << 4 | UInt64(value)
        }
        return number
    }
}

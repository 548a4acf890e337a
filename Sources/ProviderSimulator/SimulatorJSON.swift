/// A JSON value, read from the small bodies that clients send.
enum SimulatorJSON: Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case string(String)
    case array([SimulatorJSON])
    case object([String: SimulatorJSON])

    /// Nil for bytes that are not one JSON text, and for one nested deeper than a request has reason to be.
    init?(_ bytes: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(bytes))
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.position == reader.bytes.count else { return nil }
        self = value
    }

    subscript(name: String) -> SimulatorJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    var integer: Int? { number.flatMap { Int(exactly: $0) } }
}

// MARK: - Reading

private struct Reader {
    let bytes: [UInt8]
    var position = 0

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    mutating func value(depth: Int) -> SimulatorJSON? {
        skipSpace()
        guard depth < 32, let byte = next else { return nil }
        switch byte {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "n"): return skip("null") ? .null : nil
        case UInt8(ascii: "t"): return skip("true") ? .flag(true) : nil
        case UInt8(ascii: "f"): return skip("false") ? .flag(false) : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> SimulatorJSON? {
        var members: [String: SimulatorJSON] = [:]
        position += 1
        skipSpace()
        if skip("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\""), let name = string() else { return nil }
            skipSpace()
            guard skip(":"), let member = value(depth: depth + 1) else { return nil }
            members[name] = member
            skipSpace()
        } while skip(",")
        return skip("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> SimulatorJSON? {
        var elements: [SimulatorJSON] = []
        position += 1
        skipSpace()
        if skip("]") { return .array(elements) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
            skipSpace()
        } while skip(",")
        return skip("]") ? .array(elements) : nil
    }

    private mutating func number() -> SimulatorJSON? {
        let start = position
        while let byte = next, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
        guard position > start else { return nil }
        return Double(String(decoding: bytes[start..<position], as: UTF8.self)).map { .number($0) }
    }

    private mutating func string() -> String? {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard escape(into: &text) else { return nil }
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let byte = next else { return false }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let high = unit() else { return false }
            guard (0xD800..<0xDC00).contains(high) else { return append([high], to: &text) }
            guard skip("\\u"), let low = unit() else { return false }
            return append([high, low], to: &text)
        default: return false
        }
        return true
    }

    private mutating func unit() -> UInt16? {
        guard position + 4 <= bytes.count else { return nil }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        position += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private func append(_ units: [UInt16], to text: inout [UInt8]) -> Bool {
        guard let decoded = String(validating: units, as: UTF16.self) else { return false }
        text.append(contentsOf: decoded.utf8)
        return true
    }
}

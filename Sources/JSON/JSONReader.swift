/// Reads bytes into nodes in one pass, without recursion: nesting costs an entry of a bounded list, not of the stack.
///
/// It looks at the bytes through a pointer, whose accesses are not checked again where the code before them has: this is
/// on the way of every call. It may not outlive the bytes, so it is made and used inside `withUnsafeBufferPointer` only.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let depth: Int
    private(set) var nodes: [JSONNode] = []
    private var position = 0
    /// The arrays and objects that are still open, by the index of their node.
    private var open: [Int] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, depth: Int) {
        self.bytes = bytes
        self.depth = depth
        nodes.reserveCapacity(bytes.count / 8 + 4)
    }

    mutating func readDocument() throws(JSONFault) {
        guard bytes.count < Int(Int32.max) else { throw fault(.tooLarge) }
        skipWhitespace()
        guard position < bytes.count else { throw fault(.empty) }
        try readValue()
        while let container = open.last {
            skipWhitespace()
            if nodes[container].kind == .array {
                try readAfterElement(of: container)
            } else {
                try readAfterMember(of: container)
            }
        }
        skipWhitespace()
        guard position == bytes.count else { throw fault(.trailingBytes) }
    }

    // MARK: - Containers

    /// Reads a scalar whole, or the start of a container and its first element.
    private mutating func readValue() throws(JSONFault) {
        while true {
            switch try peek() {
            case UInt8(ascii: "\""): return try readString()
            case UInt8(ascii: "{"):
                try openContainer(.object)
                if closeContainer(with: UInt8(ascii: "}")) { return }
                try readKey()
            case UInt8(ascii: "["):
                try openContainer(.array)
                if closeContainer(with: UInt8(ascii: "]")) { return }
            case UInt8(ascii: "t"): return try readLiteral("true", .true)
            case UInt8(ascii: "f"): return try readLiteral("false", .false)
            case UInt8(ascii: "n"): return try readLiteral("null", .null)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
            default: throw fault(.unexpectedByte)
            }
        }
    }

    private mutating func readAfterElement(of container: Int) throws(JSONFault) {
        if closeContainer(with: UInt8(ascii: "]")) { return }
        try expect(UInt8(ascii: ","))
        skipWhitespace()
        try readValue()
    }

    private mutating func readAfterMember(of container: Int) throws(JSONFault) {
        if closeContainer(with: UInt8(ascii: "}")) { return try refuseDuplicateKeys(in: container) }
        try expect(UInt8(ascii: ","))
        skipWhitespace()
        try readKey()
        try readValue()
    }

    private mutating func openContainer(_ kind: JSONNode.Kind) throws(JSONFault) {
        guard open.count < depth else { throw fault(.tooDeep) }
        open.append(nodes.count)
        nodes.append(JSONNode(kind: kind, start: UInt32(position), end: 0, next: 0))
        position += 1
        skipWhitespace()
    }

    private mutating func closeContainer(with byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte, let container = open.popLast() else { return false }
        position += 1
        nodes[container].end = UInt32(position)
        nodes[container].next = UInt32(nodes.count)
        return true
    }

    private mutating func readKey() throws(JSONFault) {
        guard try peek() == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
        try readString()
        skipWhitespace()
        try expect(UInt8(ascii: ":"))
        skipWhitespace()
    }

    // MARK: - Scalars

    private mutating func readLiteral(_ text: StaticString, _ kind: JSONNode.Kind) throws(JSONFault) {
        let start = position
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            guard bytes[position] == text.byte(at: offset) else { throw fault(.unexpectedByte) }
            position += 1
        }
        append(kind, from: start, to: position)
    }

    private mutating func readNumber() throws(JSONFault) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        try readDigits()
        if bytes[leading] == UInt8(ascii: "0"), position > leading + 1 {
            throw JSONFault(kind: .invalidNumber, offset: start)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try readDigits()
        }
        append(.number, from: start, to: position)
    }

    private mutating func readDigits() throws(JSONFault) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw fault(position < bytes.count ? .invalidNumber : .unexpectedEnd) }
    }

    private mutating func readString() throws(JSONFault) {
        position += 1
        let start = position
        var kind = JSONNode.Kind.string
        while true {
            // What nearly every string is made of, and nothing else, is passed over here.
            var plain = position
            while plain < bytes.count, Self.isPlain(bytes[plain]) { plain += 1 }
            position = plain
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(kind, from: start, to: position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try readEscape()
            case 0..<0x20: throw fault(.controlCharacter)
            default: try readMultibyteCharacter()
            }
        }
    }

    /// Whether a byte in a string stands for itself and no more: visible ASCII and space, but neither `"` nor `\`.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte &- 0x20 < 0x60 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func readEscape() throws(JSONFault) {
        guard position + 1 < bytes.count else { throw fault(.unexpectedEnd) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let unit = try readUnicodeEscape()
            if UTF16.isTrailSurrogate(unit) { throw fault(.loneSurrogate) }
            guard UTF16.isLeadSurrogate(unit) else { return }
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u"), UTF16.isTrailSurrogate(try readUnicodeEscape())
            else { throw fault(.loneSurrogate) }
        default:
            throw fault(.invalidEscape)
        }
    }

    /// Reads `\uXXXX`.
    private mutating func readUnicodeEscape() throws(JSONFault) -> UInt16 {
        guard position + 6 <= bytes.count else { throw fault(.unexpectedEnd) }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = hexadecimalDigit(bytes[position + offset]) else { throw fault(.invalidEscape) }
            unit = unit << 4 | UInt16(digit)
        }
        position += 6
        return unit
    }

    /// Reads one character of two to four bytes: the well-formed sequences of the Unicode standard's table 3-7.
    private mutating func readMultibyteCharacter() throws(JSONFault) {
        let lead = bytes[position]
        let (length, second): (Int, ClosedRange<UInt8>)
        switch lead {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw fault(.invalidUTF8)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { throw fault(.invalidUTF8) }
        for offset in 2..<max(length, 2) where bytes[position + offset] & 0xc0 != 0x80 { throw fault(.invalidUTF8) }
        position += length
    }

    // MARK: - Keys

    /// Small objects, nearly all there are, are compared pair by pair; large ones by a set, so that nobody can make
    /// reading quadratic.
    private func refuseDuplicateKeys(in container: Int) throws(JSONFault) {
        let first = container + 1
        let end = Int(nodes[container].next)
        var key = first
        for _ in 0..<24 where key < end {
            var other = first
            while other < key {
                if isSame(nodes[key], nodes[other]) { throw duplicate(key) }
                other = Int(nodes[other + 1].next)
            }
            key = Int(nodes[key + 1].next)
        }
        guard key < end else { return }
        var seen: Set<[UInt8]> = []
        key = first
        while key < end {
            guard seen.insert(text(of: nodes[key])).inserted else { throw duplicate(key) }
            key = Int(nodes[key + 1].next)
        }
    }

    private func duplicate(_ key: Int) -> JSONFault {
        JSONFault(kind: .duplicateKey, offset: Int(nodes[key].start) - 1)
    }

    private func isSame(_ left: JSONNode, _ right: JSONNode) -> Bool {
        guard left.kind == .string, right.kind == .string else { return text(of: left) == text(of: right) }
        guard left.end - left.start == right.end - right.start else { return false }
        for offset in 0..<Int(left.end - left.start)
        where bytes[Int(left.start) + offset] != bytes[Int(right.start) + offset] {
            return false
        }
        return true
    }

    /// Keys are the same when their bytes are, as they are to nearly everybody who reads JSON.
    private func text(of node: JSONNode) -> [UInt8] {
        let bytes = Array(bytes[Int(node.start)..<Int(node.end)])
        return node.kind == .escapedString ? Array(JSONText.decode(bytes[...], isEscaped: true).utf8) : bytes
    }

    // MARK: - Bytes

    private mutating func append(_ kind: JSONNode.Kind, from start: Int, to end: Int) {
        nodes.append(
            JSONNode(kind: kind, start: UInt32(start), end: UInt32(end), next: UInt32(nodes.count + 1))
        )
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONFault) -> UInt8 {
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard try peek() == byte else { throw fault(.unexpectedByte) }
        position += 1
    }

    private func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: position)
    }
}

extension StaticString {
    fileprivate func byte(at offset: Int) -> UInt8 {
        withUTF8Buffer { $0[offset] }
    }
}

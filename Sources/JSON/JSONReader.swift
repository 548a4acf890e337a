/// Reads bytes into nodes in one pass, without recursion: nesting costs a node, which is there anyway, not the stack.
///
/// It looks at the bytes through a pointer, whose accesses are not checked again where the code before them has: this is
/// on the way of every call. It may not outlive the bytes and the nodes, so it is made and used inside `read` only.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Room for nodes, of which `count` are there.
    private let nodes: UnsafeMutableBufferPointer<JSONNode>
    private var count = 0
    private var position = 0
    /// The innermost container that is open, by the index of its node; its `next` is the one around it until it closes.
    private var container = JSONReader.noContainer
    private var containers = 0
    private let depth: Int

    private static let noContainer = -1

    private init(_ bytes: UnsafeBufferPointer<UInt8>, into nodes: UnsafeMutableBufferPointer<JSONNode>, depth: Int) {
        self.bytes = bytes
        self.nodes = nodes
        self.depth = depth
    }

    /// The nodes of a document.
    static func read(_ bytes: [UInt8], depth: Int) throws(JSONFault) -> [JSONNode] {
        guard bytes.count < Int(Int32.max) else { throw JSONFault(kind: .tooLarge, offset: 0) }
        // Nearly every document has fewer nodes than that. None has more than one for two bytes, and its open ends.
        let nodes = try read(bytes, depth: depth, room: bytes.count / 8 + 4)
        if let nodes { return nodes }
        if let nodes = try read(bytes, depth: depth, room: bytes.count / 2 + depth + 2) { return nodes }
        throw JSONFault(kind: .tooLarge, offset: 0)
    }

    /// Nil for a document with more nodes than there is room for.
    private static func read(_ bytes: [UInt8], depth: Int, room: Int) throws(JSONFault) -> [JSONNode]? {
        var fault: JSONFault?
        var nodes: [JSONNode] = []
        // On the stack where there are few; then they are copied into an array that is no larger than it must be.
        withUnsafeTemporaryAllocation(of: JSONNode.self, capacity: room) { buffer in
            bytes.withUnsafeBufferPointer { bytes in
                var reader = JSONReader(bytes, into: buffer, depth: depth)
                do throws(JSONFault) {
                    try reader.readDocument()
                } catch {
                    fault = error
                }
                nodes.reserveCapacity(reader.count)
                nodes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<reader.count]))
            }
        }
        guard let fault else { return nodes }
        if fault.kind == .tooLarge { return nil }
        throw fault
    }

    private mutating func readDocument() throws(JSONFault) {
        skipWhitespace()
        guard position < bytes.count else { throw fault(.empty) }
        try readValue()
        while container != Self.noContainer {
            skipWhitespace()
            if nodes[container].kind == .object {
                try readAfterMember()
            } else {
                try readAfterElement()
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

    private mutating func readAfterElement() throws(JSONFault) {
        if closeContainer(with: UInt8(ascii: "]")) { return }
        try expect(UInt8(ascii: ","))
        skipWhitespace()
        try readValue()
    }

    private mutating func readAfterMember() throws(JSONFault) {
        let object = container
        if closeContainer(with: UInt8(ascii: "}")) { return try refuseDuplicateKeys(in: object) }
        try expect(UInt8(ascii: ","))
        skipWhitespace()
        try readKey()
        try readValue()
    }

    private mutating func openContainer(_ kind: JSONNode.Kind) throws(JSONFault) {
        guard containers < depth else { throw fault(.tooDeep) }
        let around = container
        container = count
        containers += 1
        try append(kind, from: position, to: position)
        nodes[container].next = UInt32(truncatingIfNeeded: around)
        position += 1
        skipWhitespace()
    }

    private mutating func closeContainer(with byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        let closed = container
        container = Int(Int32(truncatingIfNeeded: nodes[closed].next))
        containers -= 1
        nodes[closed].end = UInt32(truncatingIfNeeded: position)
        nodes[closed].next = UInt32(truncatingIfNeeded: count)
        return true
    }

    private mutating func readKey() throws(JSONFault) {
        guard try peek() == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
        try readString()
        let key = count - 1
        nodes[key].tag = tag(of: nodes[key])
        skipWhitespace()
        try expect(UInt8(ascii: ":"))
        skipWhitespace()
    }

    // MARK: - Scalars

    @inline(__always)
    private mutating func readLiteral(_ text: StaticString, _ kind: JSONNode.Kind) throws(JSONFault) {
        let start = position
        // The last four bytes tell all, where there are as many: the first brought us here.
        let length = text.utf8CodeUnitCount
        if let four = bytes.fourBytes(at: start + length - 4), four == text.lastFourBytes {
            position = start + length
            return try append(kind, from: start, to: position)
        }
        for offset in 0..<length {
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            guard bytes[position] == text.utf8Start[offset] else { throw fault(.unexpectedByte) }
            position += 1
        }
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
        try append(.number, from: start, to: position)
    }

    private mutating func readDigits() throws(JSONFault) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw fault(position < bytes.count ? .invalidNumber : .unexpectedEnd) }
    }

    private mutating func readString() throws(JSONFault) {
        let start = position + 1
        position = bytes.endOfPlainText(from: start)
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            return try readRestOfString(from: start)
        }
        try append(.string, from: start, to: position)
        position += 1
    }

    /// Reads on behind what is plain in a string.
    private mutating func readRestOfString(from start: Int) throws(JSONFault) {
        var kind = JSONNode.Kind.string
        while true {
            position = bytes.endOfPlainText(from: position)
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                try append(kind, from: start, to: position)
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
    private func refuseDuplicateKeys(in object: Int) throws(JSONFault) {
        let first = object + 1
        let end = Int(nodes[object].next)
        var key = first
        // A bit for each tag that was seen, of which some share one: most keys find theirs not set, and are new.
        var seen: UInt64 = 0
        for _ in 0..<24 where key < end {
            let bit = 1 &<< UInt64(nodes[key].tag &* 0x9e37 &>> 10)
            if seen & bit != 0, occurs(key, from: first) { throw duplicate(key) }
            seen |= bit
            key = Int(nodes[key + 1].next)
        }
        guard key < end else { return }
        var texts: Set<[UInt8]> = []
        key = first
        while key < end {
            guard texts.insert(Self.text(of: nodes[key], in: bytes)).inserted else { throw duplicate(key) }
            key = Int(nodes[key + 1].next)
        }
    }

    private func duplicate(_ key: Int) -> JSONFault {
        JSONFault(kind: .duplicateKey, offset: Int(nodes[key].start) - 1)
    }

    /// Whether a key stands before itself too.
    ///
    /// Keys are the same when their bytes are, as they are to nearly everybody who reads JSON.
    private func occurs(_ key: Int, from first: Int) -> Bool {
        var other = first
        while other < key {
            if nodes[other].tag == nodes[key].tag, Self.text(of: nodes[other], in: bytes) == Self.text(of: nodes[key], in: bytes) { return true }
            other = Int(nodes[other + 1].next)
        }
        return false
    }

    private static func text(of node: JSONNode, in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let bytes = Array(bytes.part(Int(node.start), Int(node.end)))
        return node.kind == .escapedString ? Array(JSONText.decode(bytes[...], isEscaped: true).utf8) : bytes
    }

    @inline(__always)
    private func tag(of key: JSONNode) -> UInt16 {
        guard key.kind == .string else {
            return Self.text(of: key, in: bytes).withUnsafeBufferPointer { JSONNode.tag($0) }
        }
        return JSONNode.tag(bytes.part(Int(key.start), Int(key.end)))
    }

    // MARK: - Bytes

    @inline(__always)
    private mutating func append(_ kind: JSONNode.Kind, from start: Int, to end: Int) throws(JSONFault) {
        guard count < nodes.count else { throw fault(.tooLarge) }
        let start = UInt32(truncatingIfNeeded: start)
        let end = UInt32(truncatingIfNeeded: end)
        let next = UInt32(truncatingIfNeeded: count + 1)
        nodes.initializeElement(at: count, to: JSONNode(kind: kind, start: start, end: end, next: next))
        count += 1
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < bytes.count, bytes[position] <= 0x20 {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    private func peek() throws(JSONFault) -> UInt8 {
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        return bytes[position]
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard try peek() == byte else { throw fault(.unexpectedByte) }
        position += 1
    }

    private func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: position)
    }
}

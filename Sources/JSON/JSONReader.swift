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

    /// Reads value after value; what makes one loop of it is that a container ends where its last value does.
    private mutating func readDocument() throws(JSONFault) {
        skipWhitespace()
        guard position < bytes.count else { throw fault(.empty) }
        var isMember = false
        while true {
            if isMember { try readKey() }
            switch try peek() {
            case UInt8(ascii: "\""): try readString()
            case UInt8(ascii: "{"):
                try openContainer(.object)
                isMember = try peek() != UInt8(ascii: "}")
                if isMember { continue }
                closeContainer()
            case UInt8(ascii: "["):
                try openContainer(.array)
                isMember = false
                if try peek() != UInt8(ascii: "]") { continue }
                closeContainer()
            case UInt8(ascii: "t"): try readLiteral("true", .true)
            case UInt8(ascii: "f"): try readLiteral("false", .false)
            case UInt8(ascii: "n"): try readLiteral("null", .null)
            default: try readNumber()
            }
            guard try readBehindValue(&isMember) else { return }
        }
    }

    /// Reads the comma behind a value, or the ends of containers; false at the end of the document.
    @inline(__always)
    private mutating func readBehindValue(_ isMember: inout Bool) throws(JSONFault) -> Bool {
        while container != Self.noContainer {
            isMember = nodes[container].kind == .object
            skipWhitespace()
            let byte = try peek()
            if byte == UInt8(ascii: ",") {
                position += 1
                skipWhitespace()
                return true
            }
            guard byte == (isMember ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw fault(.unexpectedByte) }
            let closed = container
            closeContainer()
            if isMember { try Self.refuseDuplicateKeys(in: closed, of: nodes, bytes) }
        }
        skipWhitespace()
        guard position == bytes.count else { throw fault(.trailingBytes) }
        return false
    }

    // MARK: - Containers

    @inline(__always)
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

    @inline(__always)
    private mutating func closeContainer() {
        position += 1
        let closed = container
        container = Int(Int32(truncatingIfNeeded: nodes[closed].next))
        containers -= 1
        nodes[closed].end = UInt32(truncatingIfNeeded: position)
        nodes[closed].next = UInt32(truncatingIfNeeded: count)
    }

    // MARK: - Scalars

    @inline(__always)
    private mutating func readKey() throws(JSONFault) {
        guard try peek() == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
        let key = count
        try readString()
        nodes[key].tag = Self.tag(of: nodes[key], in: bytes)
        skipWhitespace()
        guard try peek() == UInt8(ascii: ":") else { throw fault(.unexpectedByte) }
        position += 1
        skipWhitespace()
    }

    @inline(__always)
    private mutating func readString() throws(JSONFault) {
        let start = position + 1
        let end = bytes.endOfPlainText(from: start)
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            try append(.string, from: start, to: end)
            position = end + 1
        } else {
            let string = try bytes.endOfString(from: end)
            try append(string.isEscaped ? .escapedString : .string, from: start, to: string.end)
            position = string.end + 1
        }
    }

    @inline(__always)
    private mutating func readLiteral(_ text: StaticString, _ kind: JSONNode.Kind) throws(JSONFault) {
        let end = position + text.utf8CodeUnitCount
        // The last four bytes tell all: the first of them all brought us here.
        guard let four = bytes.fourBytes(at: end - 4), four == text.lastFourBytes else {
            throw bytes.faultInLiteral(text, at: position)
        }
        try append(kind, from: position, to: end)
        position = end
    }

    @inline(__always)
    private mutating func readNumber() throws(JSONFault) {
        let end = try bytes.endOfNumber(from: position)
        try append(.number, from: position, to: end)
        position = end
    }

    // MARK: - Keys

    /// Small objects, nearly all there are, are compared pair by pair; large ones by a set, so that nobody can make
    /// reading quadratic.
    private static func refuseDuplicateKeys(
        in object: Int,
        of nodes: UnsafeMutableBufferPointer<JSONNode>,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONFault) {
        let first = object + 1
        let end = Int(nodes[object].next)
        var key = first
        // A bit for each tag that was seen, of which some share one: most keys find theirs not set, and are new.
        var seen: UInt64 = 0
        for _ in 0..<24 where key < end {
            let bit = 1 &<< UInt64(nodes[key].tag &* 0x85eb &>> 10)
            if seen & bit != 0, occurs(key, from: first, in: nodes, bytes) { throw duplicate(nodes[key]) }
            seen |= bit
            key = Int(nodes[key + 1].next)
        }
        guard key < end else { return }
        var texts: Set<[UInt8]> = []
        key = first
        while key < end {
            guard texts.insert(text(of: nodes[key], in: bytes)).inserted else { throw duplicate(nodes[key]) }
            key = Int(nodes[key + 1].next)
        }
    }

    private static func duplicate(_ key: JSONNode) -> JSONFault {
        JSONFault(kind: .duplicateKey, offset: Int(key.start) - 1)
    }

    /// Whether a key stands before itself too.
    ///
    /// Keys are the same when their bytes are, as they are to nearly everybody who reads JSON.
    private static func occurs(
        _ key: Int,
        from first: Int,
        in nodes: UnsafeMutableBufferPointer<JSONNode>,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var other = first
        while other < key {
            if nodes[other].tag == nodes[key].tag, text(of: nodes[other], in: bytes) == text(of: nodes[key], in: bytes)
            {
                return true
            }
            other = Int(nodes[other + 1].next)
        }
        return false
    }

    private static func text(of node: JSONNode, in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let bytes = Array(bytes.part(Int(node.start), Int(node.end)))
        return node.kind == .escapedString ? Array(JSONText.decode(bytes[...], isEscaped: true).utf8) : bytes
    }

    @inline(__always)
    private static func tag(of key: JSONNode, in bytes: UnsafeBufferPointer<UInt8>) -> UInt16 {
        guard key.kind == .string else {
            return text(of: key, in: bytes).withUnsafeBufferPointer { JSONNode.tag($0) }
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
    private func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: position)
    }
}

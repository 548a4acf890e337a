internal import Upstream

/// Takes in an answer as libcurl hands it over, line by line and piece by piece, and keeps no more than it may.
///
/// A value without I/O: it knows nothing of libcurl.
struct AnswerReader {
    /// Header bytes of all the answers to one request: interim answers count, so that they cannot go on for ever.
    static let headerByteLimit = 64 << 10

    private(set) var headers: [UpstreamHeader] = []
    private(set) var body: [UInt8] = []
    private(set) var headerBytes = 0
    /// Why the rest was refused, if it was.
    private(set) var refusal: Refusal?
    private let bodyByteLimit: Int
    private var isInHeader = false

    enum Refusal: Hashable {
        case headerTooLarge
        case bodyTooLarge
    }

    init(bodyByteLimit: Int) {
        self.bodyByteLimit = bodyByteLimit
    }

    /// Takes one header line, its line break included.
    ///
    /// False refuses the answer.
    ///
    /// A status line begins a new header, so what an interim answer said is forgotten; what follows the blank line
    /// (the trailer of a chunked body) is counted and not kept.
    mutating func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.headerByteLimit else {
            refusal = .headerTooLarge
            return false
        }
        if line.starts(with: Self.statusLineStart) {
            headers.removeAll(keepingCapacity: true)
            isInHeader = true
        } else if isInHeader {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                isInHeader = !line.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
                return true
            }
            keep(name: line[..<colon], value: line[(colon + 1)...])
        }
        return true
    }

    /// Takes a piece of the decoded body.
    ///
    /// False refuses the answer.
    mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= bodyByteLimit - body.count else {
            refusal = .bodyTooLarge
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private static let statusLineStart = Array("HTTP/".utf8)
    private static let keptNames = UpstreamResponse.keptHeaders.map { (name: $0, bytes: Array($0.utf8)) }

    private mutating func keep(name: Slice<UnsafeRawBufferPointer>, value: Slice<UnsafeRawBufferPointer>) {
        // Compared in place: most fields of an answer are dropped, and cost no allocation.
        let kept = Self.keptNames.first { kept in
            name.count == kept.bytes.count && zip(name, kept.bytes).allSatisfy { Self.lowercased($0) == $1 }
        }
        guard let kept else { return }
        var text = value
        while let first = text.first, Self.isSpace(first) { text = text.dropFirst() }
        while let last = text.last, Self.isSpace(last) { text = text.dropLast() }
        headers.append(UpstreamHeader(kept.name, String(decoding: text, as: UTF8.self)))
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}

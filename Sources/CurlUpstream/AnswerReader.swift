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
    /// Whether the last answer's header came up to its blank line.
    ///
    /// libcurl takes a connection that closes within the header for the end of a good answer.
    private(set) var isHeaderWhole = false
    /// Why the rest was refused, if it was.
    private(set) var refusal: Refusal?
    private let bodyByteLimit: Int
    private var isInterim = false
    private var contentLength: ContentLength?

    enum Refusal: Hashable {
        case headerTooLarge
        case bodyTooLarge
        case conflictingLengths
    }

    init(bodyByteLimit: Int) {
        self.bodyByteLimit = bodyByteLimit
    }

    /// Takes one header line, its line break included.
    ///
    /// False refuses the answer. A status line begins a new header, so what an interim answer said is forgotten; what
    /// follows the last header (the trailer of a chunked body) is counted and not kept.
    mutating func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.headerByteLimit else {
            refusal = .headerTooLarge
            return false
        }
        guard !isHeaderWhole, let first = line.first else { return true }
        // Most fields of an answer are dropped: their first letter says so already.
        if Self.isLetter(first), Self.firstLetters & Self.bit(of: first) == 0 { return true }
        if line.starts(with: Self.statusLineStart) {
            headers.removeAll(keepingCapacity: true)
            contentLength = nil
            isInterim =
                line.firstIndex(of: UInt8(ascii: " ")).map { line[($0 + 1)...].first == UInt8(ascii: "1") } ?? false
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            return takeField(
                name: UnsafeRawBufferPointer(rebasing: line[..<colon]),
                value: UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
            )
        } else if line.allSatisfy(Self.isSpace) {
            isHeaderWhole = !isInterim
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
        // Most bodies come in one piece, and are copied once.
        if body.isEmpty { body = Array(bytes) } else { body.append(contentsOf: bytes) }
        return true
    }

    /// What a `Content-Length` says; nil is no number that a length can be.
    private struct ContentLength {
        let value: UInt64?
    }

    private static let statusLineStart = Array("HTTP/".utf8)
    private static let contentLengthName = Array("content-length".utf8)
    private static let keptNames = UpstreamResponse.keptHeaders.map { (name: $0, bytes: Array($0.utf8)) }
    /// The letters with which a line may begin that is not dropped: a bit for each, in either case.
    private static let firstLetters = ([statusLineStart, contentLengthName] + keptNames.map(\.bytes))
        .reduce(UInt32(0)) { $0 | bit(of: $1[0]) }

    private static func bit(of letter: UInt8) -> UInt32 {
        1 << UInt32(letter & 0x1f)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private mutating func takeField(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        if Self.isSame(name, Self.contentLengthName) {
            // libcurl believes the last one. What follows on the connection would then be anybody's guess.
            let length = Self.number(in: Self.trimmed(value[...]))
            if let contentLength, length == nil || contentLength.value != length {
                refusal = .conflictingLengths
                return false
            }
            contentLength = ContentLength(value: length)
        } else if let kept = Self.keptNames.first(where: { Self.isSame(name, $0.bytes) }) {
            headers.append(UpstreamHeader(kept.name, String(decoding: Self.trimmed(value[...]), as: UTF8.self)))
        }
        return true
    }

    private static func number(in digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard !digits.isEmpty, digits.count < 19 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard UInt8(ascii: "0") <= digit, digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return number
    }

    /// Compared in place: a field that is dropped costs no allocation.
    private static func isSame(_ name: UnsafeRawBufferPointer, _ lowercaseName: [UInt8]) -> Bool {
        guard name.count == lowercaseName.count else { return false }
        for index in 0..<name.count where lowercased(name[index]) != lowercaseName[index] { return false }
        return true
    }

    private static func trimmed(_ value: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var text = value
        while let first = text.first, isSpace(first) { text = text.dropFirst() }
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return text
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}

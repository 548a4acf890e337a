internal import CCurl
internal import Upstream

/// The header lines of a request in libcurl's form.
///
/// libcurl reads the list while the request is sent and does not copy it: it must outlive the transfer.
final class HeaderList {
    /// Owned; freed with this object.
    private(set) var head: OpaquePointer?

    /// Builds the lines of a request with the given fields, and those that keep libcurl from adding fields of its own.
    ///
    /// libcurl sends what it is given: a line break in a value would smuggle in a header field, or a request. The
    /// routes are checked where they are made, and here again.
    ///
    /// libcurl formats what it adds itself byte by byte, and most of it twice: for each request its `Host` and
    /// `User-Agent` cost half as much as reading the answer. So they are ready lines here, which it formats once.
    ///
    /// Compression is not asked for: unpacking the usual answer, of a few hundred bytes, costs more than it saves. What
    /// comes compressed all the same is unpacked.
    init(_ fields: [UpstreamHeader], host: String?, hasBody: Bool) throws(HeaderFault) {
        let names = Set(fields.map { $0.name.lowercased() })
        var lines: [String] = []
        if let host, !names.contains("host") {
            // The first line takes libcurl's own away, and so makes room for the second.
            lines += ["Host:", "Host: \(host)"]
        }
        if !names.contains("user-agent") { lines.append("User-Agent: taskgate") }
        // Takes libcurl's own away.
        if !names.contains("accept-encoding") { lines.append("Accept-Encoding:") }
        for field in fields {
            lines.append(try Self.line(of: field))
        }
        if hasBody {
            // Ignored by many servers, at the cost of a second each time.
            lines.append("Expect:")
            // What libcurl would claim of every body: that it is a form.
            if !names.contains("content-type") { lines.append("Content-Type:") }
        }
        for line in lines {
            guard let longer = ccurl_headers_append(head, line) else { throw .noMemory }
            head = longer
        }
    }

    deinit {
        ccurl_headers_free(head)
    }

    /// One line as libcurl reads it: `Name:` would remove the field, and `Name;` is how to send it empty.
    static func line(of field: UpstreamHeader) throws(HeaderFault) -> String {
        guard isToken(field.name) else { throw .badName }
        guard field.value.utf8.allSatisfy(isValueByte) else { throw .badValue(name: field.name) }
        guard !framing.contains(field.name.lowercased()) else { throw .framing(name: field.name) }
        let isEmpty = field.value.utf8.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
    }

    /// Whether the text can be a field's name or a method.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    /// Where a message ends is libcurl's business: a second opinion on the wire is request smuggling.
    private static let framing: Set<String> = ["content-length", "transfer-encoding", "connection", "expect"]

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t")
    }
}

/// Why a header field is not sent.
///
/// Never holds a value.
enum HeaderFault: Error, Hashable {
    case badName
    case badValue(name: String)
    case framing(name: String)
    case noMemory

    var detail: String {
        switch self {
        case .badName: "a header field's name is not a token"
        case .badValue(let name): "the header field \(name) holds a control character"
        case .framing(let name): "the header field \(name) is not the caller's to set"
        case .noMemory: "out of memory"
        }
    }
}

/// One JSON document, read and validated whole: RFC 8259 without exceptions, UTF-8 checked, no lone surrogates, no
/// duplicate keys, nothing behind the value, and no deeper than allowed.
///
/// Reading makes one flat list of nodes over the bytes; strings and numbers are decoded only when asked for, and a
/// number keeps its digits.
package final class JSONDocument: Sendable {
    /// The document as it came.
    package let bytes: [UInt8]
    let nodes: [JSONNode]

    /// How deep arrays and objects may be nested unless a caller says otherwise.
    package static let defaultDepth = 64

    /// Reads a document of less than 2 GiB.
    ///
    /// Throws where and how the bytes are not JSON.
    package init(_ bytes: [UInt8], depth: Int = JSONDocument.defaultDepth) throws(JSONError) {
        do throws(JSONFault) {
            nodes = try JSONReader.read(bytes, depth: depth)
        } catch {
            throw JSONError(error, in: bytes)
        }
        self.bytes = bytes
    }

    /// The value that the document is.
    package var root: JSONElement { JSONElement(document: self, index: 0) }
}

/// One value or key: where its bytes stand, and which node follows what belongs to it.
struct JSONNode: Sendable {
    enum Kind: UInt8, Sendable {
        case null
        case `true`
        case `false`
        case number
        case string
        /// A string with at least one escape.
        case escapedString
        case array
        /// Its nodes are keys and values in turn.
        case object
    }

    var kind: Kind
    /// For a key: what two keys that are the same have in common.
    var tag: UInt16 = 0
    /// The first byte of the value, and for strings the one after the quotation mark.
    var start: UInt32
    /// The byte after the value, and for strings the closing quotation mark.
    var end: UInt32
    /// The index of the node behind this one and all that it holds.
    var next: UInt32

    var isString: Bool { kind == .string || kind == .escapedString }

    /// A number that tells nearly all keys of an object apart, so that few are compared byte by byte.
    @inline(__always)
    static func tag(_ key: UnsafeBufferPointer<UInt8>) -> UInt16 {
        guard key.count > 0 else { return 0 }
        let first = UInt16(key[0])
        let middle = UInt16(key[key.count >> 1])
        let last = UInt16(key[key.count &- 1])
        return first << 8 ^ middle << 4 ^ last ^ UInt16(truncatingIfNeeded: key.count) << 11
    }
}

/// Where a document is not JSON, and why.
package struct JSONError: Error, Sendable, CustomStringConvertible {
    package let fault: JSONFault.Kind
    /// Counted in bytes from 0.
    package let offset: Int
    /// Counted from 1.
    package let line: Int
    /// Counted in bytes from 1.
    package let column: Int

    init(_ fault: JSONFault, in bytes: [UInt8]) {
        self.fault = fault.kind
        self.offset = fault.offset
        let before = bytes.prefix(fault.offset)
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
    }

    package var description: String { "\(fault.rawValue) at line \(line), column \(column)" }
}

/// A fault and its place, before line and column are worked out.
package struct JSONFault: Error, Sendable {
    package enum Kind: String, Sendable {
        case empty = "nothing there"
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "a character that cannot stand there"
        case trailingBytes = "something behind the end of the value"
        case invalidNumber = "not a JSON number"
        case invalidEscape = "not a JSON escape"
        case loneSurrogate = "half of a surrogate pair"
        case controlCharacter = "a control character in a string"
        case invalidUTF8 = "not UTF-8"
        case duplicateKey = "a key that this object already has"
        case tooDeep = "nested too deeply"
        case tooLarge = "too large"
    }

    let kind: Kind
    let offset: Int
}

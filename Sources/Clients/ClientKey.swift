package import Digests
package import TaskModel

/// A key that the gateway made for a client: 256 random bits behind `tg_`, by which people and scanners know it.
package struct ClientKey: Sendable {
    /// How many random bytes a key is made of.
    package static let randomByteCount = 32

    package let secret: Secret
    package let digest: KeyDigest

    /// A key of random bytes, which must come from a source for keys.
    package init(random bytes: [UInt8]) {
        precondition(bytes.count == Self.randomByteCount)
        let text = "tg_" + Self.base64(bytes)
        secret = Secret(text)
        digest = KeyDigest(of: text)
    }

    /// Base64 in its URL-safe alphabet, without padding.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0...group.count { text.append(alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

package import NIOSSL

/// The private key of one PEM file.
///
/// Printing or reflecting it shows that it is there, never what it is.
package struct PrivateKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The file as it was read; for libcurl alone.
    package let pem: [UInt8]
    package let key: NIOSSLPrivateKey

    /// Reads a file's bytes; what stands around the key does not count.
    package init(pem: [UInt8]) throws(CertificateProblem) {
        guard pem.holds("PRIVATE KEY-----") else { throw .noKey }
        // The newer way of writing it, and the older one.
        guard !pem.holds("-----BEGIN ENCRYPTED PRIVATE KEY-----"), !pem.holds("Proc-Type: 4,ENCRYPTED") else {
            throw .encryptedKey
        }
        do {
            key = try NIOSSLPrivateKey(bytes: pem, format: .pem)
        } catch {
            throw .damagedKey
        }
        self.pem = pem
    }

    package var description: String { "[private key]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

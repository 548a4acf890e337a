internal import CDigest

/// A code that shows of a message that whoever sent it has a key: HMAC with SHA-256 (RFC 2104).
package enum MessageCode {
    /// The 32 bytes of the code.
    package static func of(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            let isMade = key.withUnsafeBytes { key in
                message.withUnsafeBytes { message in
                    cdigest_hmac_sha256(
                        key.baseAddress,
                        key.count,
                        message.baseAddress,
                        message.count,
                        buffer.baseAddress
                    )
                }
            }
            // What is not signed must not be sent.
            precondition(isMade, "libcrypto cannot make a message code")
            count = 32
        }
    }
}

/// Why a file's certificates or its key cannot be used, in a sentence that says what would be right.
package enum CertificateProblem: Error, Sendable, Hashable, CustomStringConvertible {
    case noCertificate
    case damagedCertificate
    case noKey
    case damagedKey
    case encryptedKey
    case keyOfAnother

    package var description: String {
        switch self {
        case .noCertificate: "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        case .damagedCertificate: "holds a certificate that cannot be read: it is damaged, or not whole"
        case .noKey: "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
        case .damagedKey:
            "holds a private key that cannot be read: it is damaged, not whole, or of a kind that is not known"
        case .encryptedKey:
            "holds a private key that is encrypted: nobody is there to type its passphrase, so let the file be readable "
                + "by the gateway alone, and decrypt it (openssl pkey -in <encrypted> -out <file>)"
        case .keyOfAnother:
            "does not belong to the certificate: the key must be the one of the first certificate in its file"
        }
    }
}

package import NIOSSL
package import TaskModel

/// The certificates of one PEM file, in its order: authorities to trust, or a certificate and those that vouch for it.
package struct CertificateList: Sendable, Hashable {
    /// The file as it was read.
    package let pem: [UInt8]
    /// At least one.
    package let certificates: [NIOSSLCertificate]

    /// Reads a file's bytes; what stands around the certificates does not count.
    package init(pem: [UInt8]) throws(CertificateProblem) {
        guard
            pem.holds("-----BEGIN CERTIFICATE-----") || pem.holds("-----BEGIN X509 CERTIFICATE-----")
                || pem.holds("-----BEGIN TRUSTED CERTIFICATE-----")
        else { throw .noCertificate }
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        } catch {
            throw .damagedCertificate
        }
        guard !certificates.isEmpty else { throw .damagedCertificate }
        self.pem = pem
    }

    /// What is wrong with the time of each certificate that is out of its own.
    package func warnings(at now: Timestamp) -> [String] {
        certificates.enumerated().compactMap { index, certificate in
            let which =
                certificates.count == 1 ? "the certificate" : "certificate \(index + 1) of \(certificates.count)"
            let first = Timestamp(millisecondsSinceEpoch: Int64(certificate.notValidBefore) * 1000)
            let last = Timestamp(millisecondsSinceEpoch: Int64(certificate.notValidAfter) * 1000)
            if now > last { return "\(which) expired at \(last)" }
            if now < first { return "\(which) is not valid before \(first)" }
            return nil
        }
    }
}

extension [UInt8] {
    /// Whether a text stands anywhere in the bytes.
    func holds(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}

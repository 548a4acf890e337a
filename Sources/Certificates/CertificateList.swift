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

    /// Which certificate is out of its time; nil where none is.
    ///
    /// Of several it names the first: the system's own list always has some.
    package func warning(at now: Timestamp) -> String? {
        let late = certificates.enumerated().compactMap { index, certificate in
            Self.lateness(of: certificate, at: now).map { (number: index + 1, text: $0) }
        }
        guard let first = late.first else { return nil }
        guard certificates.count > 1 else { return "the certificate \(first.text)" }
        let others = late.count > 1 ? ", and \(late.count - 1) more \(late.count == 2 ? "is" : "are") out of time" : ""
        return "certificate \(first.number) of \(certificates.count) \(first.text)\(others)"
    }

    private static func lateness(of certificate: NIOSSLCertificate, at now: Timestamp) -> String? {
        let first = Timestamp(millisecondsSinceEpoch: Int64(certificate.notValidBefore) * 1000)
        let last = Timestamp(millisecondsSinceEpoch: Int64(certificate.notValidAfter) * 1000)
        if now > last { return "expired at \(last)" }
        if now < first { return "is not valid before \(first)" }
        return nil
    }
}

extension [UInt8] {
    /// Whether a text stands anywhere in the bytes.
    func holds(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}

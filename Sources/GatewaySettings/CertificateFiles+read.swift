internal import Documents

extension CertificateFiles {
    /// The two files that an object gives, or nil after a fault.
    init?(reading cursor: DocumentCursor, folder: String) {
        let read: CertificateFiles? = cursor.object { CertificateFiles(reading: &$0, folder: folder) }
        guard let read else { return nil }
        self = read
    }

    fileprivate init?(reading object: inout DocumentObject, folder: String) {
        let certificate = object.required(
            "certificate",
            "a file of the certificate and those that vouch for it, as PEM"
        )
        .flatMap { FilePath.read($0, folder: folder) }
        let key = object.required("key", "a file of the certificate's private key, as PEM")
            .flatMap { FilePath.read($0, folder: folder) }
        guard let certificate, let key else { return nil }
        self.init(certificate: certificate, key: key)
    }
}

extension ListenerTLSSettings {
    /// How the gateway is to speak TLS, or nil after a fault.
    init?(reading cursor: DocumentCursor, folder: String) {
        let read: ListenerTLSSettings? = cursor.object { object in
            let files = CertificateFiles(reading: &object, folder: folder)
            let authorities = FilePath.readOptional(object.optional("client_ca"), folder: folder)
            return files.map { ListenerTLSSettings(files: $0, clientAuthorityFile: authorities) }
        }
        guard let read else { return nil }
        self = read
    }
}

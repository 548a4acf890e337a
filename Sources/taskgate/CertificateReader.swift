internal import Certificates
internal import Documents
internal import GatewayHTTP
internal import GatewaySettings
internal import Glibc
internal import JSON
internal import TaskModel
internal import Upstream

/// Reads the certificates and keys that a configuration names, and collects what is wrong with them.
struct CertificateReader {
    /// The configuration, for the places of faults.
    let file: String
    /// When certificates are to be valid.
    let now: Timestamp
    var faults: [DocumentFault] = []
    var warnings: [String] = []

    /// Each new connection reads them all.
    private static let fewAuthorities = 20

    init(file: String, now: Timestamp) {
        self.file = file
        self.now = now
    }

    /// What the listener shows; nil after a fault.
    mutating func listener(_ settings: ListenerTLSSettings) -> ServerCertificates? {
        let place = JSONPointer().appending("tls")
        let identity = identity(settings.files, at: place)
        guard let path = settings.clientAuthorityFile else {
            return identity.map { ServerCertificates(identity: $0, clientAuthorities: nil) }
        }
        let authorities = certificates(path, at: place.appending("client_ca"))
        guard let identity, let authorities else { return nil }
        return ServerCertificates(identity: identity, clientAuthorities: authorities)
    }

    /// What a provider is trusted by and shown; nil where the configuration says nothing of it, or after a fault.
    mutating func trust(_ settings: ProviderSettings) -> UpstreamTrust? {
        var trust: UpstreamTrust?
        if let path = settings.authorityFile {
            let place = settings.place.appending("ca_file")
            if let list = certificates(path, at: place) {
                trust = UpstreamTrust(authorities: list.pem)
                if list.certificates.count > Self.fewAuthorities {
                    warn(
                        place,
                        path,
                        "each new connection reads its \(list.certificates.count) certificates; keep those needed"
                    )
                }
            }
        }
        if let files = settings.clientCertificate,
            let identity = identity(files, at: settings.place.appending("client_certificate"))
        {
            trust = trust ?? UpstreamTrust()
            trust?.identity = UpstreamIdentity(certificates: identity.chain.pem, key: identity.key.pem)
        }
        return trust
    }

    /// The authorities that all providers are trusted by; nil where the configuration names none, or after a fault.
    mutating func authorities(_ settings: UpstreamSettings) -> CertificateList? {
        guard let path = settings.certificateFile else { return nil }
        return certificates(path, at: JSONPointer().appending("upstream").appending("ca_file"))
    }

    private mutating func identity(_ files: CertificateFiles, at place: JSONPointer) -> Identity? {
        let chain = certificates(files.certificate, at: place.appending("certificate"))
        let keyPlace = place.appending("key")
        let key = read(files.key, at: keyPlace) { bytes throws(CertificateProblem) in try PrivateKey(pem: bytes) }
        if WholeFile.isReadByAll(files.key) {
            warn(keyPlace, files.key, "everybody on this machine can read it; chmod o-r it")
        }
        guard let chain, let key else { return nil }
        do throws(CertificateProblem) {
            return try Identity(chain: chain, key: key)
        } catch {
            fault(keyPlace, files.key, "\(error)")
            return nil
        }
    }

    private mutating func certificates(_ path: String, at place: JSONPointer) -> CertificateList? {
        let list = read(path, at: place) { bytes throws(CertificateProblem) in try CertificateList(pem: bytes) }
        if let warning = list?.warning(at: now) { warn(place, path, warning) }
        return list
    }

    private mutating func read<Value>(
        _ path: String,
        at place: JSONPointer,
        _ parse: ([UInt8]) throws(CertificateProblem) -> Value
    ) -> Value? {
        guard let file = WholeFile(path: path) else {
            fault(place, path, "cannot be read")
            return nil
        }
        do throws(CertificateProblem) {
            return try parse(file.bytes)
        } catch {
            fault(place, path, "\(error)")
            return nil
        }
    }

    private mutating func fault(_ place: JSONPointer, _ path: String, _ problem: String) {
        faults.append(DocumentFault(file: file, place: place, problem: "\(path) \(problem)"))
    }

    private mutating func warn(_ place: JSONPointer, _ path: String, _ warning: String) {
        warnings.append("\(file)#\(place): \(path): \(warning)")
    }
}

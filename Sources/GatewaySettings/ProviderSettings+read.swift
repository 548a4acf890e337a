internal import Addresses
internal import Documents
internal import TaskModel

extension ProviderSettings {
    /// Reads one member of `providers`; `timeouts` holds where its own say nothing.
    init(named name: String, reading cursor: DocumentCursor, timeouts: TimeoutSettings, folder: String) {
        if !TaskID.isProviderName(name) {
            cursor.fault(
                "a provider's name is a lower-case letter, then up to 31 lower-case letters, digits and hyphens"
            )
        }
        var settings = ProviderSettings(name: name, timeouts: timeouts)
        cursor.object(into: &settings) { $0.read(&$1, folder: folder) }
        self = settings
    }

    private mutating func read(_ object: inout DocumentObject, folder: String) {
        if let cursor = object.optional("definition") { read(definition: cursor) }
        if let cursor = object.optional("base_url") { read(baseURL: cursor) }
        if let cursor = object.optional("variables") { read(variables: cursor) }
        if let cursor = object.optional("credential") {
            credential = CredentialSource(reading: cursor, folder: folder) ?? credential
        }
        authorityFile = FilePath.readOptional(object.optional("ca_file"), folder: folder)
        clientCertificate = object.optional("client_certificate")
            .flatMap { CertificateFiles(reading: $0, folder: folder) }
        if let cursor = object.optional("minimum_interval") {
            minimumInterval = cursor.duration(in: .zero ... .seconds(3600))
        }
        object.optional("timeouts")?.object(into: &timeouts) { $0.read(&$1) }
        object.integer("response_bytes", in: 1 << 10...64 << 20, into: &responseBytes)
        object.optional("limits")?.object(into: &limits) { $0.read(&$1) }
        if let cursor = object.optional("enabled") { isEnabled = cursor.bool() ?? isEnabled }
    }

    private mutating func read(definition cursor: DocumentCursor) {
        guard let text = cursor.text() else { return }
        guard TaskID.isProviderName(text) else {
            cursor.fault("must be a definition's name: its file's, without the folder and \".json\"")
            return
        }
        definition = text
    }

    private mutating func read(baseURL cursor: DocumentCursor) {
        guard let text = cursor.text() else { return }
        do throws(AddressProblem) {
            baseURL = try BaseURL(text)
        } catch {
            cursor.fault(error.description)
        }
    }

    private mutating func read(variables cursor: DocumentCursor) {
        for (name, cursor) in cursor.members() ?? [] {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isWordByte) else {
                cursor.fault("a variable's name is 1 to 64 letters, digits and underscores")
                continue
            }
            guard let value = cursor.text() else { continue }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                cursor.fault("must hold no control character")
                continue
            }
            variables[name] = value
        }
    }
}

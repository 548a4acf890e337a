internal import Documents
internal import GatewaySettings
internal import Glibc

/// What the system says of a file that may change: whoever changes it changes this.
///
/// Links are followed, so that a folder whose link is turned to another one counts, too.
struct FileStamp: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let changed: [Int]

    /// Nil where there is no such file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        changed = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
}

/// How all the files are that a configuration is read from: itself, definitions, keys and certificates.
struct FileStamps: Hashable, Sendable {
    /// Nil for a file that is not there.
    private let stamps: [String: FileStamp?]

    /// Looks at the configuration, and at every file that it names, as far as it can be read.
    init(of options: ConfigurationOptions) {
        // The configuration first: where it changes now, the list of the others may be out of date.
        let own = FileStamp(path: options.config)
        var stamps = Self.look(at: options.files)
        stamps[options.config] = own
        self.stamps = stamps
    }

    private init(_ stamps: [String: FileStamp?]) {
        self.stamps = stamps
    }

    /// How the same files are now.
    func again() -> FileStamps { FileStamps(Self.look(at: Set(stamps.keys))) }

    private static func look(at paths: Set<String>) -> [String: FileStamp?] {
        Dictionary(uniqueKeysWithValues: paths.map { ($0, FileStamp(path: $0)) })
    }
}

extension ConfigurationOptions {
    /// Every file that the configuration names, as far as it can be read.
    fileprivate var files: Set<String> {
        guard let file = WholeFile(path: config) else { return [] }
        let settings = Settings.examine(file.bytes, file: config, folder: file.folder).settings
        let definitions = DefinitionFolder.find(named: providers, besideConfiguration: file.folder)
        var files: [String?] = [
            settings.tls?.files.certificate, settings.tls?.files.key, settings.tls?.clientAuthorityFile,
            settings.upstream.certificateFile,
        ]
        for provider in settings.providers {
            files += [
                definitions.file(of: provider.definition), provider.authorityFile,
                provider.clientCertificate?.certificate, provider.clientCertificate?.key,
            ]
            if case .file(let path) = provider.credential { files.append(path) }
        }
        let secrets = settings.clientWebhookSecrets.values + (settings.webhooks.secret.map { [$0] } ?? [])
        for source in secrets.flatMap({ [$0.current, $0.previous] }) {
            if case .file(let path)? = source { files.append(path) }
        }
        return Set(files.compactMap { $0 })
    }
}

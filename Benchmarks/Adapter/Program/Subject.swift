internal import Glibc
internal import JSON
internal import Providers
internal import TaskModel
internal import Upstream

/// One provider with its documented answers: golden cases of the tests, without the space between the values.
struct Subject {
    private let provider: Provider
    private let catalog: ProviderCatalog
    private let status: Exchange
    private let cancel: Exchange

    private struct Exchange {
        let task: String
        let response: UpstreamResponse

        init(_ path: String) throws {
            let golden = try JSONDocument(bytes(of: path)).root
            guard let task = golden["task"]?.string, let status = golden["answer"]?["http"]?.integer,
                let body = golden["answer"]?["body"]
            else { throw Unreadable(path: path) }
            self.task = task
            response = UpstreamResponse(status: status, body: compact(body.sourceBytes[body.sourceRange]))
        }
    }

    /// A task that runs, and a cancel that is taken.
    private static let cases = [
        "blackbox-cloud": ("status-processing", "cancel-stopped"),
        "blackbox-agent": ("status-in-progress", "cancel-cancelled"),
        "xpander": ("status-executing", "cancel-stopped"),
        "qmail": ("status-running", "cancel-requested"),
    ]

    init(_ name: String) throws {
        let folder = "Tests/ProvidersTests/Cases"
        guard let cases = Self.cases[name] else { throw Unreadable(path: name) }
        status = try Exchange("\(folder)/\(name)/\(cases.0).json")
        cancel = try Exchange("\(folder)/\(name)/\(cases.1).json")
        let key = try JSONDocument(bytes(of: "\(folder)/keys.json")).root[name]?.string
        let file = "providers/\(name).json"
        let definition = try ProviderDefinition.read(bytes(of: file), name: name, file: file)
        provider = try Provider(definition, .init(name: name, credential: key.map { Secret($0) }))
        catalog = ProviderCatalog([ProviderCatalog.Entry(provider)])
    }

    var work: [Work] {
        let now = Timestamp(millisecondsSinceEpoch: 1_795_262_400_000)
        let provider = provider
        let catalog = catalog
        let (status, cancel) = (status, cancel)
        let text = "\(provider.name):\(status.task)"
        let statusID = TaskID(provider: provider.name, native: status.task)
        let cancelID = TaskID(provider: provider.name, native: cancel.task)
        func work(_ name: String, _ once: @escaping () throws -> Int) -> Work {
            Work(provider: provider.name, name: name, once: once)
        }
        return [
            work("find the task") { try catalog.locate(text, provider: nil).native.utf8.count },
            work("status request") { try provider.request(.status, for: statusID).target.utf8.count },
            work("cancel request") { try provider.request(.cancel, for: cancelID).target.utf8.count },
            work("status answer") {
                try provider.readStatus(status.response, of: statusID, at: now).snapshot.providerStatus.utf8.count
            },
            work("cancel answer") {
                let reading = try provider.readCancel(cancel.response, of: cancelID, at: now)
                guard case .accepted(let task?) = reading else { return 0 }
                return task.snapshot.providerStatus.utf8.count
            },
        ]
    }
}

/// A file of the repository that the benchmark cannot use.
private struct Unreadable: Error {
    let path: String
}

private func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    guard count < bytes.count else { throw Unreadable(path: path) }
    return Array(bytes[..<count])
}

/// The same JSON without the space between its values, as providers send it.
private func compact(_ json: ArraySlice<UInt8>) -> [UInt8] {
    var compact: [UInt8] = []
    var isInString = false
    var isEscaped = false
    for byte in json where isInString || byte > 0x20 {
        compact.append(byte)
        if byte == UInt8(ascii: "\""), !isEscaped { isInString.toggle() }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return compact
}

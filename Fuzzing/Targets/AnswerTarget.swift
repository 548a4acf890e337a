internal import JSON
internal import Providers
internal import TaskModel
internal import Upstream

/// A provider's answer, hostile or not: read as a task or as an error, bounded, and without the key.
///
/// The first line says which provider answers what, as in `xpander status 200`; the rest is the body.
enum AnswerTarget {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_795_262_400_000)
    /// No text that is shown is longer.
    private static let maximumText = 500

    static func run(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let words = String(decoding: parts[0], as: UTF8.self).split(separator: " ")
        guard parts.count == 2, words.count == 3,
            let provider = KnownProviders.all.first(where: { $0.name == words[0] }),
            let operation = Operation(rawValue: String(words[1])), let status = Int(words[2]), 100...599 ~= status
        else { return }
        let id = TaskID(provider: provider.name, native: provider.definition.exampleID)
        let response = UpstreamResponse(
            status: status,
            headers: [UpstreamHeader("Retry-After", "5")],
            body: Array(parts[1])
        )
        do {
            switch operation {
            case .status: try check(provider.readStatus(response, of: id, at: now), provider)
            case .cancel:
                switch try provider.readCancel(response, of: id, at: now) {
                case .accepted(let reading): if let reading { try check(reading, provider) }
                case .refused(let error): try check(error, provider)
                }
            case .rename: try provider.readRename(response, at: now)
            }
        } catch let error as GatewayError {
            try check(error, provider)
        }
    }

    private static func check(_ reading: TaskReading, _ provider: Provider) throws {
        let snapshot = reading.snapshot
        let texts = [
            snapshot.providerStatus, snapshot.reason, snapshot.title, snapshot.message, snapshot.error?.message,
            snapshot.error?.code,
        ]
        for text in texts { try check(text, provider) }
        try Finding.unless(snapshot.progress.map { 0...100 ~= $0 } ?? true, "a progress is beyond its range")
        try Finding.unless(snapshot.durationSeconds.map { $0.isFinite } ?? true, "a duration is no number")
        try Finding.unless(reading.pollHint.map { $0 >= .zero } ?? true, "a time to poll is past")
        guard let source = snapshot.source else { return }
        try hidesKeys(source.response, of: provider)
        _ = try JSONDocument(source.response)
        if let range = source.result { _ = try JSONDocument(Array(source.response[range])) }
    }

    private static func check(_ error: GatewayError, _ provider: Provider) throws {
        try Finding.unless(error.provider == provider.name, "an error names another provider")
        try Finding.unless(!error.detail.isEmpty, "an error says nothing")
        try Finding.unless(error.retryAfter.map { $0 >= .zero } ?? true, "a time to ask again is past")
        try check(error.providerMessage, provider)
        try hidesKeys(Array(error.detail.utf8), of: provider)
    }

    private static func check(_ text: String?, _ provider: Provider) throws {
        guard let text else { return }
        let bytes = Array(text.utf8)
        try Finding.unless(bytes.count <= maximumText, "a text has \(bytes.count) bytes")
        try hidesKeys(bytes, of: provider)
    }

    private static func hidesKeys(_ bytes: [UInt8], of provider: Provider) throws {
        for secret in provider.secrets { try Finding.unless(!bytes.contains(secret), "the key is shown") }
    }
}

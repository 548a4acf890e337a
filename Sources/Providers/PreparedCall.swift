internal import Addresses
internal import Upstream

/// A key in the form in which it is sent.
enum PreparedCredential: Sendable {
    case header(UpstreamHeader)
    /// `name=key`, percent-encoded.
    case query(QueryPair)

    struct QueryPair: Sendable {
        let name: String
        let key: String

        var literal: String { "\(name)=\(key)" }
    }

    /// The key where it is sent in another form than its own.
    var encodedForms: [[UInt8]] {
        switch self {
        case .header(let header):
            header.value.hasPrefix("Basic ") ? [Array(header.value.utf8.dropFirst("Basic ".utf8.count))] : []
        case .query(let pair): [Array(pair.key.utf8)]
        }
    }

    init(_ carrier: CredentialRule.Carrier, key: String) {
        switch carrier {
        case .header(let name, let prefix):
            self = .header(UpstreamHeader(name, prefix + key))
        case .basicUserName:
            self = .header(UpstreamHeader("Authorization", "Basic " + Base64.encode(Array((key + ":").utf8))))
        case .query(let name):
            self = .query(QueryPair(name: name, key: key.percentEncoded))
        }
    }
}

/// What is ready before a request of one operation is made.
final class PreparedCall: Sendable {
    /// Nil where the answer says nothing of where the task stands.
    let word: Source?
    let words: Vocabulary
    let fields: FieldSources
    /// The operation's own rules, and behind them those of the whole file.
    let answers: [AnswerRule]
    let route: UpstreamRoute
    /// Mount prefix, path and query; what is left open comes with the call.
    let target: PreparedTemplate
    /// The header fields that differ from call to call.
    let headers: [(name: String, value: PreparedTemplate)]
    /// Whether the request takes a value from a status answer.
    let usesStatusAnswer: Bool
    /// Nil where nothing in the body comes with the call.
    private let openBody: BodyTemplate?
    /// What is sent then: nothing, an empty body, whose length is said, or always the same one.
    private let fixedBody: [UInt8]?

    init(
        _ operation: Operation,
        _ call: OperationDefinition,
        definition: ProviderDefinition,
        name: String,
        base: BaseURL,
        variables: [String: String],
        credential: PreparedCredential?,
        limits: UpstreamLimits,
        trust: UpstreamTrust?
    ) throws(HoleError) {
        var target = try call.target.filled(with: variables)
        target.pieces.insert(.text(base.prefix), at: 0)
        var fixed: [UpstreamHeader] = []
        switch credential {
        case .header(let header): fixed.append(header)
        case .query(let pair):
            let hasQuery = target.pieces.contains { piece in
                if case .text(let text) = piece { text.contains("?") } else { false }
            }
            target.pieces.append(.text((hasQuery ? "&" : "?") + pair.literal))
        case nil: break
        }
        var open: [(name: String, value: PreparedTemplate)] = []
        for (name, template) in definition.headers + call.headers {
            let value = try template.filled(with: variables)
            if value.sources.isEmpty {
                fixed.append(UpstreamHeader(name, try PreparedTemplate(value).render { _ in nil }))
            } else {
                open.append((name, PreparedTemplate(value)))
            }
        }
        func isSet(_ name: String) -> Bool {
            (fixed.map(\.name) + open.map(\.name)).contains { $0.lowercased() == name }
        }
        if !isSet("accept") { fixed.append(UpstreamHeader("Accept", "application/json")) }
        if call.body != nil { fixed.append(UpstreamHeader("Content-Type", call.contentType)) }
        word = call.word
        words = call.words ?? definition.words
        fields = call.fields
        answers = call.answers + definition.answers
        self.target = PreparedTemplate(target)
        headers = open
        usesStatusAnswer = call.usesStatusAnswer
        if let body = call.body {
            openBody = body.sources.isEmpty ? nil : body
            fixedBody = body.sources.isEmpty ? try body.render { _ in nil } : nil
        } else {
            openBody = nil
            // What changes something says its length, which is 0 without a body (RFC 9110, section 8.6).
            fixedBody = ["POST", "PUT", "PATCH"].contains(call.method) ? [] : nil
        }
        route = UpstreamRoute(
            name: "\(name) \(operation.rawValue)",
            method: call.method,
            origin: base.origin,
            headers: fixed,
            isRepeatable: operation == .status,
            limits: limits,
            trust: trust
        )
    }
}

extension PreparedCall {
    /// The body of one request.
    func body(_ value: (HoleSource) -> String?) throws(HoleError) -> [UInt8]? {
        guard let openBody else { return fixedBody }
        return try openBody.render(value)
    }
}

/// RFC 4648, section 4.
private enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(UInt32(0)) { $0 << 8 | UInt32($1 < group.count ? group[start + $1] : 0) }
            for position in 0..<4 {
                let isPadding = position > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> (18 - 6 * UInt32(position)) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

// How a fault is written in a call of the control interface.
extension SimulatedFault {
    static let kinds = [
        "answer", "applied-then-answer", "delay", "silence", "close", "answer-lost", "reset", "short-body", "truncated",
        "html", "empty", "no-content", "array", "duplicate-key", "invalid-utf8", "byte-order-mark", "depth-bomb",
        "endless", "gzip-bomb", "redirect", "rewritten", "drip", "raw",
    ]

    /// Nil for an unknown kind, and for one that lacks something.
    init?(json: SimulatorJSON) {
        let duration = json["duration"]?.string.flatMap { Duration(simulatorText: $0) }
        let bytes = json["bytes"]?.integer ?? 104_857_600
        switch json["kind"]?.string {
        case "answer":
            guard let status = Self.status(json) else { return nil }
            self = .answer(status: status, headers: Self.headers(json), body: json["body"]?.string ?? "")
        case "applied-then-answer":
            guard let status = Self.status(json) else { return nil }
            self = .appliedThenAnswer(status: status, headers: Self.headers(json), body: json["body"]?.string ?? "")
        case "delay":
            guard let duration else { return nil }
            self = .delay(duration)
        case "drip": self = .drip(every: duration ?? .milliseconds(100))
        case "redirect":
            guard let place = json["to"]?.string else { return nil }
            self = .redirect(to: place, status: Self.status(json) ?? 307)
        case "rewritten":
            guard let text = json["text"]?.string, let other = json["to"]?.string else { return nil }
            self = .rewritten(text, to: other)
        case "raw":
            guard let text = json["text"]?.string else { return nil }
            self = .raw(text)
        case "depth-bomb": self = .depthBomb(levels: json["levels"]?.integer ?? 100_000)
        case "endless": self = .endlessBody(bytes: bytes)
        case "gzip-bomb": self = .gzipBomb(bytes: bytes)
        case let kind?:
            guard let fault = Self.plain[kind] else { return nil }
            self = fault
        case nil: return nil
        }
    }

    private static let plain: [String: SimulatedFault] = [
        "silence": .silence, "close": .close, "answer-lost": .answerLost, "reset": .resetMidBody,
        "short-body": .shortBody, "truncated": .truncatedJSON, "html": .htmlPage, "empty": .emptyBody,
        "no-content": .noContent, "array": .jsonArray, "duplicate-key": .duplicateKey, "invalid-utf8": .invalidUTF8,
        "byte-order-mark": .byteOrderMark,
    ]

    private static func status(_ json: SimulatorJSON) -> Int? {
        guard let status = json["status"]?.integer, (200...599).contains(status) else { return nil }
        return status
    }

    private static func headers(_ json: SimulatorJSON) -> [SimulatedHeader] {
        guard case .object(let members) = json["headers"] else { return [] }
        return members.sorted { $0.key < $1.key }.compactMap { name, value in
            value.string.map { SimulatedHeader(name, $0) }
        }
    }
}

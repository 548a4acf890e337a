/// What a client sends over a connection: answered in well-formed HTTP, the same however the network cuts it.
enum RequestTarget {
    static func run(_ bytes: [UInt8]) throws {
        // More than this is a matter of limits, which tests of their own have.
        let bytes = Array(bytes.prefix(16 << 10))
        let whole = try ServedConnection.answers(to: [bytes])
        let pieces = stride(from: 0, to: bytes.count, by: 7).map { Array(bytes[$0..<min($0 + 7, bytes.count)]) }
        let cut = try ServedConnection.answers(to: pieces)
        try Finding.unless(
            whole.map(\.status) == cut.map(\.status),
            "\(whole.map(\.status)) at once, \(cut.map(\.status)) in pieces"
        )
    }
}

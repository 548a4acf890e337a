/// What a client sends over a connection: answered in well-formed HTTP, the same however the network cuts it.
enum RequestTarget {
    static func run(_ bytes: [UInt8]) throws {
        // More than this is a matter of limits, which tests of their own have.
        let bytes = Array(bytes.prefix(16 << 10))
        let whole = try ServedConnection.answers(to: [bytes])
        // Small ones for what is short, and never more than take as long as all the rest.
        let size = max(7, bytes.count / 64)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        let cut = try ServedConnection.answers(to: pieces)
        try Finding.unless(
            whole.map(\.status) == cut.map(\.status),
            "\(whole.map(\.status)) at once, \(cut.map(\.status)) in pieces"
        )
    }
}

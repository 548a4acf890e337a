/// What the `Host` of a request names.
enum HostName {
    /// The host of `host`, `host:port` or `[address]:port`, in lower case; nil for what cannot be one.
    static func host(in authority: String) -> String? {
        let bytes = Array(authority.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(isHostByte) else { return nil }
        let text = authority.lowercased()
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || (rest.hasPrefix(":") && isPort(rest.dropFirst())) else { return nil }
            return String(text[text.index(after: text.startIndex)..<bracket])
        }
        guard let colon = text.firstIndex(of: ":") else { return text }
        guard isPort(text[text.index(after: colon)...]), colon != text.startIndex else { return nil }
        return String(text[..<colon])
    }

    /// Whether this is `localhost` or `127.0.0.1`, with or without a port: what nearly every client says, seen at once.
    static func isPlainLoopback(_ authority: String) -> Bool {
        for name in ["localhost", "127.0.0.1"] where authority.utf8.starts(with: name.utf8) {
            let rest = authority.utf8.dropFirst(name.utf8.count)
            guard let colon = rest.first else { return true }
            return colon == UInt8(ascii: ":") && isPort(Substring(rest.dropFirst()))
        }
        return false
    }

    /// Whether a host without port and brackets can only be this machine.
    static func isLoopback(_ host: String) -> Bool {
        switch host {
        case "localhost", "::1": return true
        default:
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 } && UInt16(text) != nil)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
